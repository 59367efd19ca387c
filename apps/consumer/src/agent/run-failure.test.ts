import { expect, test } from 'vitest';
import { judgeFailure } from './run-failure.ts';

test('a key that the model provider refused is for an operator to change', () => {
  const { error, passing } = judgeFailure('openhands', { code: 'LLMAuthenticationError', detail: 'Incorrect key sk-planted1234567890' });
  expect(error).toEqual({
    code: 'agent-unauthorized',
    message: 'The model provider refused the key (LLMAuthenticationError). Check LLM_API_KEY.',
    retryable: false,
  });
  expect(passing).toBe(false);
});

test('a limit, an outage and a silence of the model provider pass', () => {
  const codes = ['LLMRateLimitError', 'LLMServiceUnavailableError', 'LLMTimeoutError', 'LLMNoResponseError'];
  const judged = codes.map((code) => judgeFailure('openhands', { code, detail: '' }));
  expect(judged.map(({ passing, error }) => [passing, error.retryable])).toEqual(codes.map(() => [true, true]));
});

test('no key appears in what is told, whoever wrote it there', () => {
  const detail = 'litellm.NotFoundError: no model; key sk-planted1234567890, AIzaPlanted12345678, Bearer planted-token.';
  for (const code of ['NotFoundError', 'LLMBadRequestError', 'ValueError']) {
    const { message } = judgeFailure('openhands', { code, detail }).error;
    expect(message).toContain(`${code}`);
    expect(message).toContain('no model');
    expect(message).not.toMatch(/planted/i);
  }
});

test("the embedded agent's own codes are its job's; from OpenHands they are somebody else's words", () => {
  const failure = { code: 'needs-openhands', detail: 'Configure one.' };
  expect(judgeFailure('embedded', failure).error).toMatchObject({ code: 'needs-openhands', message: 'Configure one.' });
  expect(judgeFailure('openhands', failure).error.code).toBe('agent-error');
});

test('a code that is a property of every object is just a code', () => {
  expect(judgeFailure('openhands', { code: 'constructor', detail: 'x' }).error.message).toBe('The agent ended with constructor: x.');
});
