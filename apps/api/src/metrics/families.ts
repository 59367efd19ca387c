/**
 * What `GET /metrics` shows, by name: the one place where a figure of the engine gets its name, its unit and
 * its sentence. `docs/operations.md` has the same list, held by a test.
 *
 * A figure that could not be read is absent, never 0; `mcpoverflow_part_up` says which part was silent.
 */
import { type EngineFigures, engines, type HistogramFigures, type PoolFigures, queueNames } from '@mcpoverflow/types';
import type { Family, HistogramSample, Sample } from './exposition.ts';

export interface About {
  readonly version: string;
  readonly environment: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

type NamedPool = PoolFigures & { readonly engine: string };

/** The families of these figures; those of a tenant are fewer. */
export function familiesOf(figures: EngineFigures, { version, environment, now }: About): Family[] {
  const queues = queueNames.flatMap((queue) => {
    const known = figures.queues?.[queue];
    return known == null ? [] : [{ queue, ...known }];
  });
  const pools = engines.flatMap((engine): NamedPool[] => {
    const known = figures.pools[engine];
    return known === null ? [] : [{ engine, ...known }];
  });
  const counted = pools.flatMap(({ engine, counted }) => (counted === null ? [] : [{ engine, ...counted }]));
  const ofPools = (value: (pool: NamedPool) => number): Sample[] =>
    pools.map((pool) => ({ labels: { engine: pool.engine }, value: value(pool) }));
  const times = (which: (one: (typeof counted)[number]) => HistogramFigures): HistogramSample[] =>
    counted.map((one) => ({ labels: { engine: one.engine }, ...which(one) }));

  return [
    {
      name: 'mcpoverflow_build_info',
      help: 'The release that answers, and its environment. Always 1.',
      type: 'gauge',
      samples: [{ labels: { version, environment }, value: 1 }],
    },
    {
      name: 'mcpoverflow_part_up',
      help: 'Whether a part of the engine told its figures (1) or could not be read (0): its figures are missing then.',
      type: 'gauge',
      samples: partsOf(figures),
    },
    {
      name: 'mcpoverflow_openhands_up',
      help: 'Whether the agent answered a real call in the last 10 seconds. The engine label says which agent takes new jobs.',
      type: 'gauge',
      samples: ofAgent(figures, ({ healthy }) => (healthy ? 1 : 0)),
    },
    {
      name: 'mcpoverflow_openhands_probe_seconds',
      help: 'How long that call took.',
      type: 'gauge',
      samples: ofAgent(figures, ({ latency }) => latency / 1000),
    },
    {
      name: 'mcpoverflow_queue_backlog_messages',
      help: 'Messages in a queue that nobody has acknowledged.',
      type: 'gauge',
      samples: queues.map(({ queue, backlog }) => ({ labels: { queue }, value: backlog })),
    },
    {
      name: 'mcpoverflow_queue_oldest_message_age_seconds',
      help: 'Age of the oldest message in a queue; 0 when it is empty.',
      type: 'gauge',
      samples: queues.map(({ queue, oldestAt }) => ({ labels: { queue }, value: ageOf(oldestAt, now) })),
    },
    {
      name: 'mcpoverflow_pool_leases',
      help: 'Places of an agent that are taken: runs that start, are at work or are being ended.',
      type: 'gauge',
      samples: ofPools(({ leases }) => leases),
    },
    {
      name: 'mcpoverflow_pool_lease_limit',
      help: 'Places that an agent has (OPENHANDS_MAX_RUNS, EMBEDDED_MAX_RUNS).',
      type: 'gauge',
      samples: ofPools(({ leaseLimit }) => leaseLimit),
    },
    {
      name: 'mcpoverflow_jobs_running',
      help: 'Jobs whose run the last look saw at work.',
      type: 'gauge',
      samples: ofPools(({ running }) => running),
    },
    {
      name: 'mcpoverflow_jobs_waiting',
      help: 'Jobs that wait for a place.',
      type: 'gauge',
      samples: ofPools(({ waiting }) => waiting),
    },
    {
      name: 'mcpoverflow_jobs_oldest_wait_seconds',
      help: 'How long the job that waits longest has waited for a place; 0 when none does.',
      type: 'gauge',
      samples: ofPools(({ waitingSince }) => ageOf(waitingSince, now)),
    },
    {
      name: 'mcpoverflow_dead_letters',
      help: 'Dead letters that stand: nobody has brought them back or discarded them.',
      type: 'gauge',
      samples: Object.entries(figures.deadLetters ?? {}).map(([kind, value]) => ({ labels: { kind }, value })),
    },
    {
      name: 'mcpoverflow_jobs_ended_total',
      help: 'Jobs that ended, by status and error code. A replayed job ends again.',
      type: 'counter',
      samples: counted.flatMap(({ engine, ended }) =>
        ended.map(({ status, code, count }) => ({ labels: { engine, status, code: code ?? '' }, value: count })),
      ),
    },
    {
      name: 'mcpoverflow_model_cost_usd_total',
      help: 'US dollars that the models of ended jobs have cost, as OpenHands tells.',
      type: 'counter',
      samples: counted.map(({ engine, costUsd }) => ({ labels: { engine }, value: costUsd })),
    },
    {
      name: 'mcpoverflow_looks_total',
      help: 'Calls by which the pool looked at live runs.',
      type: 'counter',
      samples: counted.flatMap(({ engine, looks }) =>
        Object.entries(looks).map(([outcome, value]) => ({ labels: { engine, outcome }, value })),
      ),
    },
    {
      name: 'mcpoverflow_webhook_attempts_total',
      help: 'Attempts of webhook calls, by what came of them.',
      type: 'counter',
      samples: counted.flatMap(({ engine, attempts }) =>
        attempts.map(({ outcome, count }) => ({ labels: { engine, outcome }, value: count })),
      ),
    },
    {
      name: 'mcpoverflow_job_queue_seconds',
      help: 'From the submission or replay of a job until its run had begun. Jobs that never began are not in it.',
      type: 'histogram',
      samples: times(({ queueTime }) => queueTime),
    },
    {
      name: 'mcpoverflow_job_run_seconds',
      help: 'From the start of the run of a job until its end, verification included.',
      type: 'histogram',
      samples: times(({ runTime }) => runTime),
    },
    {
      name: 'mcpoverflow_job_duration_seconds',
      help: 'From the submission or replay of a job to its end, whatever the end.',
      type: 'histogram',
      samples: times(({ jobTime }) => jobTime),
    },
    {
      name: 'mcpoverflow_webhook_attempt_seconds',
      help: 'How long an attempt of a webhook call took.',
      type: 'histogram',
      samples: times(({ attemptTime }) => attemptTime),
    },
  ];
}

/** A clock ahead of ours makes no negative age. */
const ageOf = (since: number | null, now: number): number => (since === null ? 0 : Math.max(0, now - since) / 1000);

function ofAgent({ openhands }: EngineFigures, value: (agent: NonNullable<EngineFigures['openhands']>) => number): Sample[] {
  if (openhands === null) return [];
  const { engine } = openhands;
  return [{ ...(engine === undefined ? {} : { labels: { engine } }), value: value(openhands) }];
}

function partsOf({ openhands, queues, pools, deadLetters }: EngineFigures): Sample[] {
  const parts = [
    ['openhands', openhands],
    ...Object.entries(queues ?? {}).map(([queue, figures]) => [`queue ${queue}`, figures] as const),
    ...Object.entries(pools).map(([engine, figures]) => [`pool ${engine}`, figures] as const),
    ['dead letters', deadLetters],
  ] as const;
  return parts.map(([part, figures]) => ({ labels: { part }, value: figures === null ? 0 : 1 }));
}
