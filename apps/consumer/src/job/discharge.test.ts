import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Env } from '../env.ts';
import { readSettings } from '../settings.ts';
import { asPlatform } from '../simulation/platform.ts';
import { cancelJob, deleteJob } from './control.ts';
import { discharge } from './discharge.ts';
import { dueDuties, MAX_DIRECTORY_ATTEMPTS, postponeDue, strikeOff } from './duties.ts';
import { NOW, running } from './fixtures.ts';
import type { Stored } from './state.ts';

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));

/** Everything that left, in order. */
let calls: string[] = [];
/** What the server says to the command that removes a directory. */
let removal: () => Response = () => Response.json({ exit_code: 0 });
const pool = { release: async () => calls.push('release') };
const env = asPlatform<Env>({ OPENHANDS_API_URL: 'http://agent.test', AGENT_POOL: { idFromName: () => '', get: () => pool } });
const settings = readSettings(env);

beforeEach(() => {
  calls = [];
  vi.useFakeTimers({ now: NOW + 2_000, toFake: ['Date'] });
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const call = new URL(url).pathname.split('/').at(-1) ?? '';
    calls.push(init.method === 'DELETE' ? 'delete' : call);
    return call === 'execute_bash_command' ? removal() : Response.json({ success: true });
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Does what is due of stops, and stores what came of it. */
async function alarm(stored: Stored, now: number): Promise<Stored> {
  const stops = dueDuties(stored, now, settings).filter(({ kind }) => kind === 'stop');
  const postponed = postponeDue(stored, now, settings);
  const done = await discharge(stops, postponed, { env, settings, readResult: () => new Uint8Array() });
  return strikeOff(postponed, done, now).stored;
}

it('a run is interrupted and deleted, its place given back, and then its directory removed', async () => {
  removal = () => Response.json({ exit_code: 0 });
  const after = await alarm(cancelJob(running(), NOW + 2_000).state, NOW + 2_000);
  expect(calls).toEqual(['interrupt', 'delete', 'release', 'execute_bash_command']);
  expect(after.stops).toEqual([]);
});

it('a directory that will not go is left where it is after some tries, of a deleted job too', async () => {
  removal = () => Response.json({ exit_code: 1, stderr: 'read-only' });
  let stored: Stored = deleteJob(running(), NOW + 2_000);
  let tries = 0;
  for (let now = NOW + 2_000; stored.stops.length > 0; tries++) {
    stored = await alarm(stored, now);
    now = stored.stops[0]?.at ?? now;
  }
  expect(tries).toBe(1 + MAX_DIRECTORY_ATTEMPTS);
  expect(calls.filter((call) => call === 'release')).toHaveLength(1);
  expect(calls.filter((call) => call === 'interrupt')).toHaveLength(1);
});
