/** The pool itself, between Jobs that only listen and a server that is asked how its runs are. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Env } from '../env.ts';
import { Network, noTrouble } from '../simulation/network.ts';
import { ObjectHost } from '../simulation/objects.ts';
import { asPlatform } from '../simulation/platform.ts';
import { Chance } from '../simulation/random.ts';
import { VirtualTime } from '../simulation/time.ts';
import { AgentPool, type PlaceRequest } from './agent-pool.ts';

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));

const RUNS = 150;
const idOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
const place = (index: number): PlaceRequest => ({
  jobId: `job ${index}`,
  conversationId: idOf(index),
  tenant: 'acme',
  priority: 'normal',
  maxCostUsd: 2,
});

describe('a pool of live runs', () => {
  let time: VirtualTime;
  let uninstall = (): void => {};
  let pool: ObjectHost;
  /** The ids of each look, in order. */
  let looks: string[][] = [];
  /** What Jobs were told: the method and whose run. */
  let told: string[] = [];
  const costs = new Map<string, number>();
  const ended = new Set<string>();
  let tokens = 0;
  /** A look that names it is answered by an error of the server; told of in no readable way. */
  let broken = '';
  let garbled = '';
  /** A look that names it is never answered, nor is any read while it is set. */
  let hanging = '';
  let reads = 0;

  const info = (id: string) => ({
    id: id === garbled ? null : id,
    execution_status: ended.has(id) ? 'finished' : 'running',
    last_user_message_id: 'message',
    leaf_event_id: `event ${looks.length}`,
    stats: {
      usage_to_metrics: {
        agent: {
          model_name: 'model',
          accumulated_cost: costs.get(id) ?? 0,
          accumulated_token_usage: { prompt_tokens: tokens, completion_tokens: 0 },
        },
      },
    },
  });

  function serve(url: string, init: RequestInit): Promise<Response> {
    const { pathname, searchParams } = new URL(url);
    const ids = searchParams.getAll('ids');
    const isLook = pathname === '/api/conversations';
    if (isLook) looks.push(ids);
    else reads += 1;
    if (ids.includes(hanging) || (hanging !== '' && !isLook)) {
      return new Promise((_resolve, reject) => init.signal?.addEventListener('abort', () => reject(new Error('given up'))));
    }
    if (ids.includes(broken)) return Promise.resolve(Response.json({ detail: 'Internal Server Error' }, { status: 500 }));
    return Promise.resolve(Response.json(isLook ? ids.map(info) : { items: [], next_page_id: null }));
  }

  const looksAt = (id: string, from = 0): number => looks.slice(from).filter((ids) => ids.includes(id)).length;

  beforeEach(async () => {
    // One of its own: the pools of other tests would go on in it.
    time = new VirtualTime();
    [looks, told, hanging, broken, garbled, reads, tokens] = [[], [], '', '', '', 0, 0];
    costs.clear();
    ended.clear();
    for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
    vi.stubGlobal('fetch', serve);
    const network = new Network(time, new Chance(1), noTrouble);
    uninstall = time.install(network.chance);
    const listener = (method: string) => async (conversationId: string) => {
      told.push(`${method} ${conversationId}`);
      return { kind: 'keep' };
    };
    const env = asPlatform<Env>({
      JOB: { idFromName: (name: string) => name, get: () => ({ observe: listener('observe'), progress: listener('progress') }) },
      OPENHANDS_API_URL: 'http://agent.test',
      OPENHANDS_MAX_RUNS: String(RUNS),
    });
    pool = new ObjectHost('AgentPool openhands', network, (ctx) => new AgentPool(ctx, env), {});
    for (let index = 0; index < RUNS; index++) await pool.call('watch', [place(index)]);
  });
  afterEach(() => {
    uninstall();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('is looked at in calls of 99, and each Job hears of its run at most every ten seconds', async () => {
    await time.pass(9_000);
    expect(new Set(looks.map((ids) => ids.length))).toEqual(new Set([99, 51]));
    expect(new Set(told).size).toBe(RUNS);
    expect(told.length).toBe(RUNS);
  });

  it('does not wait for one that hangs for ever: the others are looked at, and their ends are told', async () => {
    hanging = idOf(7);
    await time.pass(25_000);
    for (let index = 0; index < RUNS; index++) if (index !== 7) ended.add(idOf(index));
    await time.pass(30_000);
    const observed = new Set(told.filter((each) => each.startsWith('observe')));
    expect(observed.size).toBe(RUNS - 1);
    expect(observed.has(`observe ${idOf(7)}`)).toBe(false);
    const from = looks.length;
    await time.pass(60_000);
    for (const ids of looks.slice(from)) if (ids.includes(hanging)) expect(ids).toEqual([hanging]);
  });

  it.each(['broken', 'garbled'] as const)(
    'is not blinded by one that is %s: the others are looked at, and their ends are told',
    async (how) => {
      if (how === 'broken') broken = idOf(7);
      else garbled = idOf(7);
      await time.pass(10_000);
      for (let index = 0; index < RUNS; index++) ended.add(idOf(index));
      await time.pass(45_000);
      const observed = () => new Set(told.filter((each) => each.startsWith('observe')));
      expect(observed().size).toBe(RUNS - 1);
      expect(observed().has(`observe ${idOf(7)}`)).toBe(false);
      [broken, garbled] = ['', ''];
      await time.pass(40_000);
      expect(observed().has(`observe ${idOf(7)}`)).toBe(true);
    },
  );

  it('tells a Job at once when its run costs more than it may', async () => {
    await time.pass(4_000);
    told = [];
    costs.set(idOf(3), 2.01);
    costs.set(idOf(4), 2);
    await time.pass(4_000);
    expect(told).toEqual([`progress ${idOf(3)}`]);
  });

  it('warns once that a model has no known price, where tokens are used and cost nothing', async () => {
    const warnings = () => vi.mocked(console.warn).mock.calls.filter(([line]) => String(line).includes('no bound on cost acts')).length;
    await time.pass(4_000);
    expect(warnings()).toBe(0);
    tokens = 10;
    await time.pass(9_000);
    expect(warnings()).toBe(1);
  });

  it('looks at once for a hint, once a second for a thousand, and never for a stranger', async () => {
    await time.pass(20_000);
    const from = looks.length;
    await pool.call('wake', [idOf(5)]);
    await pool.call('wake', ['stranger']);
    await time.pass(100);
    expect(looks.slice(from)).toEqual([[idOf(5)]]);
    for (let hint = 0; hint < 200; hint++) {
      await pool.call('wake', [idOf(5)]);
      await time.pass(10);
    }
    expect(looksAt(idOf(5), from)).toBeLessThanOrEqual(3);
  });

  it('reads what ten runs do after a round', async () => {
    await time.pass(600);
    expect(reads).toBe(10);
  });

  it('delays no look and no end for a read that hangs', async () => {
    hanging = 'every read';
    await time.pass(4_000);
    expect(reads).toBe(2);
    const rounds = looks.length;
    ended.add(idOf(0));
    await time.pass(6_000);
    expect(looks.length).toBeGreaterThan(rounds);
    expect(told).toContain(`observe ${idOf(0)}`);
  });

  it('tells how it stands: everybody’s places and counts, or a tenant’s places alone', async () => {
    await pool.call('acquire', [{ ...place(RUNS), tenant: 'other' }]);
    await time.pass(5_000);
    expect(await pool.call('figures', [null])).toMatchObject({
      leases: RUNS,
      leaseLimit: RUNS,
      running: RUNS,
      waiting: 1,
      waitingSince: expect.any(Number),
      counted: { looks: { answered: looks.length, failed: 0 } },
    });
    expect(await pool.call('figures', ['other'])).toMatchObject({ leases: 0, running: 0, waiting: 1, counted: null });
    expect(await pool.call('figures', ['nobody'])).toMatchObject({ leases: 0, waiting: 0, waitingSince: null, counted: null });
  });

  it('takes back no count that it has shown when it is evicted, and writes none for its looks', async () => {
    const ended = { kind: 'ended', status: 'completed', code: null, queueMs: 1, runMs: 1, totalMs: 2, costUsd: 0 };
    await pool.call('count', [[ended]]);
    const written = JSON.stringify(pool.rows.get('counts'));
    await time.pass(60_000);
    expect(JSON.stringify(pool.rows.get('counts'))).toBe(written);
    await pool.call('count', [[ended]]);
    const shown = await pool.call('figures', [null]);
    pool.crash();
    expect(await pool.call('figures', [null])).toMatchObject({ counted: { ended: [{ status: 'completed', code: null, count: 2 }] } });
    expect(shown).toMatchObject({ counted: { ended: [{ status: 'completed', code: null, count: 2 }] } });
  });
});
