/** Decides to leave dead letters as they are: they stay in the history, and nobody is asked about them any more. */
import type { ReplayCommand } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import { callObjectOnce } from '../jobs/call-job.ts';
import { aboutRequest, log } from '../log.ts';
import { problemResponse, unavailable } from '../problems.ts';
import { DEAD_LETTERS_NAME } from './call-dead-letters.ts';

/** The object is asked once: a repeat discards nothing more, and would count nothing. */
const unknownOutcome = unavailable('The dead letters did not answer, so nobody knows what was discarded. It is safe to send this again.');

/** Answers how many of the selection were `dead` and are discarded now. */
export async function discard(c: ApiContext, selection: ReplayCommand['selection']): Promise<Response> {
  const answer = await callObjectOnce(
    c,
    c.env.DEAD_LETTERS,
    DEAD_LETTERS_NAME,
    (deadLetters) => deadLetters.discard(c.get('deadLetterScope'), selection),
    unknownOutcome,
  );
  if (!answer.ok) return problemResponse(c, answer.error);
  const { discarded } = answer.value;
  log('info', 'dead letters discarded', { ...aboutRequest(c), outcome: String(discarded) });
  return c.json({ discarded }, 200, { 'Cache-Control': 'no-store' });
}
