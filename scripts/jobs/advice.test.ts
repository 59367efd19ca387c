import { jobError } from '@mcpoverflow/types';
import { expect, test } from 'vitest';
import { adviceFor } from './advice.ts';

const url = 'http://127.0.0.1:8787/api/jobs/1/retry';

test.each(['needs-openhands', 'agent-unauthorized'] as const)(
  '%s asks for a retry once its cause is mended, as its message does',
  (code) => {
    expect(adviceFor(jobError(code, 'Set it up and retry the job.'), url)).toBe(
      `Once that is mended, start the same job again: curl -X POST ${url}`,
    );
  },
);

test('a fault that may pass by itself is worth a retry now', () => {
  expect(adviceFor(jobError('agent-timeout', 'Too slow.'), url)).toBe(`It may succeed when tried again: curl -X POST ${url}`);
});

test('a fault of the submission itself asks for another one', () => {
  expect(adviceFor(jobError('specification-unusable', 'It has no operations.'), url)).not.toContain('curl');
});
