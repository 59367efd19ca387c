/**
 * Which engine would do the work, and in which version: part of the result cache's key. Asking the
 * consumer on every submission would double its cost, so an answer is kept for ten seconds per isolate,
 * "no answer" included: a submission must not wait for an agent it does not need yet.
 */
import type { ConsumerRpc, SubmissionOptions } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import { aboutRequest, describeError, log } from '../log.ts';
import { within } from '../within.ts';

export type EngineVersion = Awaited<ReturnType<ConsumerRpc['engineFor']>>;
type Requested = NonNullable<SubmissionOptions['engine']>;

const KEEP_MS = 10_000;
/** A little more than the consumer itself takes at most; only its absence reaches this. */
const LIMIT_MS = 400;

/** Per binding and not per module, so that two environments in one process never share an answer. */
const kept = new WeakMap<ConsumerRpc, Map<Requested, { readonly until: number; readonly answer: EngineVersion | undefined }>>();

async function ask(c: ApiContext, requested: Requested): Promise<EngineVersion | undefined> {
  try {
    const { engine, version } = await within(c.env.CONSUMER.engineFor(requested), LIMIT_MS, 'the consumer');
    return { engine, version };
  } catch (error) {
    log('warn', 'engine version unknown', { ...aboutRequest(c), error: describeError(error) });
    return undefined;
  }
}

/** The engine that `requested` means right now; undefined when the consumer does not answer. `now` in milliseconds. */
export async function engineVersion(c: ApiContext, requested: Requested, now: number): Promise<EngineVersion | undefined> {
  const answers = kept.get(c.env.CONSUMER) ?? new Map();
  kept.set(c.env.CONSUMER, answers);
  const known = answers.get(requested);
  if (known !== undefined && now < known.until) return known.answer;
  const answer = await ask(c, requested);
  answers.set(requested, { until: now + KEEP_MS, answer });
  return answer;
}
