import type { AgentFault } from '@mcpoverflow/openhands';
import { expect, it } from 'vitest';
import { outcomeOfFault } from './agent-fault.ts';

const fault = (code: AgentFault['code'], ambiguous: boolean): AgentFault => ({ code, message: 'It did not go well.', ambiguous });

it('a call that failed says whether it may have created a run, whether it is tried again or not', () => {
  for (const ambiguous of [true, false]) {
    expect(outcomeOfFault(fault('agent-timeout', ambiguous))).toMatchObject({ kind: 'retry', ambiguous });
    expect(outcomeOfFault(fault('agent-rejected', ambiguous))).toMatchObject({ kind: 'failed', ambiguous });
  }
});
