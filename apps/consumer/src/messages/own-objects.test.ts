import { afterEach, expect, test, vi } from 'vitest';
import type { Env } from '../env.ts';
import { asPlatform } from '../simulation/platform.ts';
import { turnJob, turnPool } from './own-objects.ts';

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));
afterEach(() => vi.useRealTimers());

const never = () => new Promise<never>(() => {});
const silent = { begin: never, input: never, verifying: never, finish: never, giveUp: never, acquire: never, watch: never, release: never };
const namespace = { idFromName: (name: string) => name, get: () => silent };
const env = asPlatform<Env>({ JOB: namespace, AGENT_POOL: namespace });

test('a handler gives up on an object of ours that never answers', async () => {
  vi.useFakeTimers();
  const job = turnJob(env, 'job');
  const pool = turnPool(env, 'embedded');
  const place = { jobId: 'job', conversationId: 'run', tenant: 'tenant', priority: 'normal', maxCostUsd: null } as const;
  const waits = [
    job.begin({ generation: 1, turn: 1 }),
    job.input('token'),
    job.verifying('token'),
    job.finish({ token: 'token', conversationId: 'run' }, { kind: 'running' }),
    job.giveUp({ generation: 1, turn: 1 }),
    pool.acquire(place),
    pool.watch(place),
    pool.release('run'),
  ].map((waiting) => expect(waiting).rejects.toThrow('did not answer within 15000 ms'));
  await vi.advanceTimersByTimeAsync(15_000);
  await Promise.all(waits);
});
