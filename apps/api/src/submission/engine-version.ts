/**
 * Which engine would do the work, and in which version: part of the result cache's key. Asking the
 * consumer on every submission would double its cost, so an answer is kept for ten seconds per isolate.
 */
import type { ConsumerRpc, SubmissionOptions } from '@mcpoverflow/types';
import { within } from '../within.ts';

export type EngineVersion = Awaited<ReturnType<ConsumerRpc['engineFor']>>;
type Requested = NonNullable<SubmissionOptions['engine']>;

const KEEP_MS = 10_000;
const LIMIT_MS = 2_000;

/** Per binding and not per module, so that two environments in one process never share an answer. */
const kept = new WeakMap<ConsumerRpc, Map<Requested, { readonly until: number; readonly answer: EngineVersion }>>();

/** Rejects when the consumer does not answer. `now` in milliseconds. */
export async function engineVersion(consumer: ConsumerRpc, requested: Requested, now: number): Promise<EngineVersion> {
  const answers = kept.get(consumer) ?? new Map();
  kept.set(consumer, answers);
  const known = answers.get(requested);
  if (known !== undefined && now < known.until) return known.answer;
  const { engine, version } = await within(consumer.engineFor(requested), LIMIT_MS, 'the consumer');
  const answer = { engine, version };
  answers.set(requested, { until: now + KEEP_MS, answer });
  return answer;
}
