/**
 * How the engine stands right now, asked of every part at once. A part that hangs or fails is left out: who
 * looks at figures does so because something is wrong, and must see what can be seen.
 */
import type { Engine, EngineFigures, PoolFigures, QueueFigures, StandingFigures } from '@mcpoverflow/types';
import { deadLettersOf } from './dead-letters/dead-letters.ts';
import { within } from './deadline.ts';
import type { Env } from './env.ts';
import { describeError, log } from './log.ts';
import { poolOf } from './pool/agent-pool.ts';

/** With what the api waits for the answer, this is the most that a caller waits. */
const PART_TIMEOUT_MS = 5_000;

/** @param tenant whose part to tell; null for everything there is */
export async function figuresOf(
  env: Env,
  tenant: string | null,
  probe: Promise<NonNullable<EngineFigures['openhands']>>,
): Promise<EngineFigures> {
  const [openhands, jobs, webhooks, deadLetterMessages, onOpenhands, onEmbedded, deadLetters] = await Promise.all([
    part('openhands', probe),
    queueFigures('jobs queue', tenant === null ? env.JOBS_QUEUE : undefined),
    queueFigures('webhooks queue', tenant === null ? env.WEBHOOKS_QUEUE : undefined),
    queueFigures('dead-letters queue', tenant === null ? env.DEAD_LETTERS_QUEUE : undefined),
    poolFigures(env, 'openhands', tenant),
    poolFigures(env, 'embedded', tenant),
    part<StandingFigures>('dead letters', deadLettersOf(env).countStanding({ tenant })),
  ]);
  return {
    openhands,
    ...(tenant === null ? { queues: { jobs, webhooks, 'dead-letters': deadLetterMessages } } : {}),
    pools: { openhands: onOpenhands, embedded: onEmbedded },
    deadLetters,
  };
}

async function part<Answer>(what: string, asking: Promise<Answer>): Promise<Answer | null> {
  try {
    return await within(asking, PART_TIMEOUT_MS, what);
  } catch (error) {
    log('warn', 'a part of the figures is missing', { kind: what, error: describeError(error) });
    return null;
  }
}

const poolFigures = (env: Env, engine: Engine, tenant: string | null): Promise<PoolFigures | null> =>
  part<PoolFigures>(`pool ${engine}`, poolOf(env, engine).figures(tenant));

async function queueFigures(what: string, queue: Pick<Queue<unknown>, 'metrics'> | undefined): Promise<QueueFigures | null> {
  if (queue === undefined) return null;
  const metrics = await part(what, queue.metrics());
  if (metrics === null) return null;
  return { backlog: metrics.backlogCount, oldestAt: metrics.oldestMessageTimestamp?.getTime() ?? null };
}
