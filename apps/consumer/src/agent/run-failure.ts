/**
 * What it means that a run ended in `error`. The server names an exception; what an operator needs to know is
 * whose fault it was and what to change. Most are the language model's, and those pass or they do not. Codes
 * are those of openhands/sdk/llm/exceptions and litellm, as a real server 1.58.2 gave them.
 *
 * Their detail is the provider's own answer. It has been seen to repeat the key it was sent, so nothing that
 * looks like one is passed on.
 */
import { withoutSecrets } from '@mcpoverflow/openhands';
import { type Engine, type JobError, type JobErrorCode, jobError } from '@mcpoverflow/types';

/** `passing`: it may work in a while, in the same conversation. */
export interface RunFailure {
  readonly error: JobError;
  readonly passing: boolean;
}

/** Codes that the embedded agent gives itself; from a real agent they would be somebody else's words. */
const embeddedCodes = { 'needs-openhands': 'needs-openhands', 'specification-unusable': 'specification-unusable' } as const;

const sentences: Readonly<Record<string, readonly [code: JobErrorCode, passing: boolean, sentence: string]>> = {
  MaxIterationsReached: ['agent-iterations-exhausted', false, 'The agent used up its steps without finishing.'],
  LLMAuthenticationError: ['agent-unauthorized', false, 'The model provider refused the key (LLMAuthenticationError). Check LLM_API_KEY.'],
  LLMRateLimitError: ['agent-rate-limited', true, 'The model provider limits requests, or its quota is used up (LLMRateLimitError).'],
  LLMServiceUnavailableError: ['agent-unavailable', true, 'The model provider is not available (LLMServiceUnavailableError).'],
  LLMTimeoutError: ['agent-unavailable', true, 'The model provider did not answer in time (LLMTimeoutError).'],
  LLMNoResponseError: ['agent-unavailable', true, 'The model gave no answer (LLMNoResponseError).'],
  LLMContextWindowExceedError: [
    'agent-error',
    false,
    'The task is too large for the context window of the model (LLMContextWindowExceedError). Use a model with a larger one.',
  ],
  LLMContextWindowTooSmallError: [
    'agent-rejected',
    false,
    'The context window of the model is too small for OpenHands (LLMContextWindowTooSmallError). Set OPENHANDS_LLM to another model.',
  ],
};
const refusals: ReadonlySet<string> = new Set(['LLMBadRequestError', 'NotFoundError', 'LLMContentPolicyViolationError']);

/** Judges what the agent's server said of a failed run. */
export function judgeFailure(engine: Engine, { code, detail }: { readonly code: string; readonly detail: string }): RunFailure {
  const judged = (of: JobErrorCode, message: string, passing = false): RunFailure => ({ error: jobError(of, message), passing });
  if (engine === 'embedded') {
    for (const own of Object.values(embeddedCodes)) if (own === code) return judged(own, detail);
  }
  const known = Object.hasOwn(sentences, code) ? sentences[code] : undefined;
  if (known !== undefined) return judged(known[0], known[2], known[1]);
  const because = withoutSecrets(detail).slice(0, 300);
  if (refusals.has(code)) {
    return judged(
      'agent-rejected',
      `The model provider refused the request (${code}). Check OPENHANDS_LLM and LLM_BASE_URL. It said: ${because}`,
    );
  }
  return judged('agent-error', `The agent ended with ${code}: ${because}`);
}
