/** Asks the one object that knows every dead letter, on behalf of a caller who sees their own or all. */
import { type DeadLetterScope, type DeadLettersRpc, type Result, uuidSchema } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import { callObject } from '../jobs/call-job.ts';
import type { Refusal } from '../problems.ts';

/** The name of the object in `DEAD_LETTERS`. */
export const DEAD_LETTERS_NAME = 'all';

export const deadLetterNotFound: Refusal = {
  code: 'dead-letter-not-found',
  detail: 'No dead letter has this id. It goes with its job, and when its retention ends.',
};

export const replayNotFound: Refusal = { code: 'replay-not-found', detail: 'No replay has this id.' };

/** The call may reach the object twice, so it must be one that is harmless to repeat. */
export const callDeadLetters = <Answer>(
  c: ApiContext,
  call: (deadLetters: DeadLettersRpc, scope: DeadLetterScope) => Promise<Answer>,
): Promise<Result<Answer, Refusal>> =>
  callObject(c, c.env.DEAD_LETTERS, DEAD_LETTERS_NAME, (deadLetters) => call(deadLetters, c.get('deadLetterScope')));

/** The replay an address names; undefined for what cannot be one. */
export const replayIdOf = (c: ApiContext): string | undefined => uuidSchema.safeParse(c.req.param('replayId')).data;
