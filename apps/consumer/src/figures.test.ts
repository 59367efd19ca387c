import type { PoolFigures, StandingFigures } from '@mcpoverflow/types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Env } from './env.ts';
import { figuresOf } from './figures.ts';
import { asPlatform } from './simulation/platform.ts';

vi.mock('cloudflare:workers', () => import('./simulation/platform.ts'));

const pool: PoolFigures = { leases: 1, leaseLimit: 2, running: 1, waiting: 0, waitingSince: null, counted: null };
const standing: StandingFigures = { job: 3, delivery: 0, message: 0 };
const well = Promise.resolve({ healthy: true, version: '1', latency: 5 });
const asked: unknown[] = [];

const envWith = (parts: object) =>
  asPlatform<Env>({
    JOBS_QUEUE: { metrics: async () => ({ backlogCount: 4, oldestMessageTimestamp: new Date(1_000) }) },
    WEBHOOKS_QUEUE: { metrics: async () => ({ backlogCount: 0 }) },
    AGENT_POOL: {
      idFromName: (name: string) => name,
      get: (name: string) => ({
        figures: async (tenant: string | null) => {
          asked.push([name, tenant]);
          return pool;
        },
      }),
    },
    DEAD_LETTERS: {
      idFromName: (name: string) => name,
      get: () => ({
        countStanding: async (scope: unknown) => {
          asked.push(scope);
          return standing;
        },
      }),
    },
    ...parts,
  });

describe('how the engine stands', () => {
  beforeEach(() => {
    asked.length = 0;
    vi.useFakeTimers();
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('is told by every part, a queue that is not bound left out', async () => {
    expect(await figuresOf(envWith({}), null, well)).toEqual({
      openhands: await well,
      queues: { jobs: { backlog: 4, oldestAt: 1_000 }, webhooks: { backlog: 0, oldestAt: null }, 'dead-letters': null },
      pools: { openhands: pool, embedded: pool },
      deadLetters: standing,
    });
  });

  it('asks for a tenant’s part alone, and for no queue, which is everybody’s', async () => {
    const figures = await figuresOf(envWith({}), 'acme', well);
    expect(figures).not.toHaveProperty('queues');
    expect(asked).toEqual(expect.arrayContaining([['openhands', 'acme'], ['embedded', 'acme'], { tenant: 'acme' }]));
  });

  it('is told without a part that hangs, and one that fails, by those that answer', async () => {
    const env = envWith({
      JOBS_QUEUE: { metrics: () => new Promise(() => undefined) },
      WEBHOOKS_QUEUE: { metrics: async () => Promise.reject(new Error('down')) },
    });
    const telling = figuresOf(env, null, Promise.reject(new Error('no agent')));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await telling).toMatchObject({ openhands: null, queues: { jobs: null, webhooks: null }, deadLetters: standing });
  });
});
