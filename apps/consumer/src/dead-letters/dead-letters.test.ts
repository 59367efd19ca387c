import type { DeadLetterQuery } from '@mcpoverflow/types';
import { deadLetterDetailSchema, deadLetterGroupsSchema, deadLetterListSchema } from '@mcpoverflow/types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { command, deadDelivery, death, deathOf, Engine, everybody, NOW, named, pass, RETENTION_MS } from './fixtures.ts';

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));

let engine: Engine;
beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => {});
  engine = new Engine();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const mine = { tenant: 'tenant' };
const theirs = { tenant: 'other' };
const query = (change: Partial<DeadLetterQuery> = {}): DeadLetterQuery => ({ limit: 20, ...change });

async function list(change: Partial<DeadLetterQuery> = {}, scope: { tenant: string | null } = everybody) {
  const answer = await engine.object.list(scope, query(change));
  return answer.kind === 'page' ? deadLetterListSchema.parse(answer.list) : expect.unreachable();
}
const ids = async (change: Partial<DeadLetterQuery> = {}, scope: { tenant: string | null } = everybody): Promise<string[]> =>
  (await list(change, scope)).deadLetters.map(({ id }) => id);
async function groups(change: Partial<DeadLetterQuery> = {}, scope: { tenant: string | null } = everybody) {
  const answer = await engine.object.groups(scope, query(change));
  return answer.kind === 'page' ? deadLetterGroupsSchema.parse(answer.page) : expect.unreachable();
}
async function detail(id: string) {
  const answer = await engine.object.read(everybody, id);
  return answer.kind === 'found' ? deadLetterDetailSchema.parse(answer.deadLetter) : null;
}
const message = { messageId: 'm', queue: 'mcpoverflow-jobs', body: '{"v":9}', reason: 'unreadable', jobId: null } as const;

describe('reports', () => {
  it('may come twice, late and in any order', async () => {
    const died = death('a');
    const recovered = death('a', { outcome: 'recovered', sequence: 2, generation: 2, error: null });
    await engine.object.record([died, recovered]);
    await engine.object.record([died]);
    await engine.object.record([recovered, died]);
    expect(await detail('job_a')).toMatchObject({ status: 'recovered', deaths: 1, history: [{ event: 'died' }, { event: 'recovered' }] });
  });

  it('tell of a deleted job that nothing is left to tell', async () => {
    await engine.object.record([death('a'), deadDelivery('msg_1', 'a', { sequence: 2 }), death('b')]);
    await engine.object.record([{ kind: 'deleted', sequence: 3, at: NOW + 1, jobId: 'a', tenant: 'tenant', generation: 1 }]);
    expect(await ids()).toEqual(['job_b']);
    await engine.object.record([death('a'), deadDelivery('msg_1', 'a', { sequence: 2 })]);
    expect(await ids()).toEqual(['job_b']);
    // The same id, submitted again.
    await engine.object.record([death('a', { at: NOW + 2 })]);
    expect(await ids()).toEqual(['job_a', 'job_b']);
  });

  it('of an owner who tried again show it, and how it went', async () => {
    await engine.object.record([death('a'), death('a', { outcome: 'retried', sequence: 2, generation: 2, error: null })]);
    expect(await detail('job_a')).toMatchObject({ status: 'replaying' });
    await engine.object.record([death('a', { sequence: 3, generation: 2 })]);
    expect(await detail('job_a')).toMatchObject({ status: 'dead', deaths: 2, deathsOfFingerprint: 2, replays: 0 });
  });

  it('that cannot be read are dropped and told of, and hold up no other', async () => {
    await engine.object.record([{ ...death('b'), sequence: -1 }, death('c', { at: 1e300 }), death('a')]);
    expect(await ids()).toEqual(['job_a']);
    expect(console.error).toHaveBeenCalledTimes(2);
  });

  it('of a deletion count from the latest one on', async () => {
    const deleted = { kind: 'deleted', sequence: 3, jobId: 'a', tenant: 'tenant', generation: 1 } as const;
    await engine.object.record([
      { ...deleted, at: NOW + 10 },
      { ...deleted, at: NOW + 5 },
    ]);
    await engine.object.record([death('a', { at: NOW + 7 })]);
    expect(await ids()).toEqual([]);
  });
});

describe('a message', () => {
  it('is kept raw, once however often it is delivered', async () => {
    for (let times = 0; times < 3; times++) await engine.object.recordMessage(message);
    const [id] = await ids();
    expect(await detail(id ?? '')).toMatchObject({
      kind: 'message',
      code: 'unreadable',
      body: '{"v":9}',
      queue: 'mcpoverflow-jobs',
      deaths: 1,
    });
    expect(await ids()).toHaveLength(1);
  });

  it('is the operator’s to see and nobody else’s', async () => {
    await engine.object.recordMessage(message);
    expect(await ids({}, mine)).toEqual([]);
    expect(await engine.object.countStanding(everybody)).toEqual({ job: 0, delivery: 0, message: 1 });
    expect(await engine.object.countStanding(mine)).toEqual({ job: 0, delivery: 0, message: 0 });
  });
});

describe('a tenant', () => {
  beforeEach(() => engine.object.record([death('a'), death('b', { tenant: 'other' })]));

  it('sees its own dead letters, whatever it asks for', async () => {
    expect(await ids({}, mine)).toEqual(['job_a']);
    expect(await ids({ tenant: 'other' }, mine)).toEqual([]);
    expect(await ids({ tenant: 'other' })).toEqual(['job_b']);
    expect((await groups({}, theirs)).groups).toMatchObject([{ count: 1, sample: { id: 'job_b' } }]);
    expect(await engine.object.read(mine, 'job_b')).toEqual({ kind: 'not-found' });
    expect(await engine.object.countStanding(mine)).toEqual({ job: 1, delivery: 0, message: 0 });
  });

  it('discards its own and no others', async () => {
    expect(await engine.object.discard(mine, { kind: 'ids', ids: ['job_a', 'job_b', 'job_c'] })).toEqual({ discarded: 1 });
    expect(await engine.object.discard(mine, { kind: 'filter', filter: { tenant: 'other' } })).toEqual({ discarded: 0 });
    expect(await detail('job_b')).toMatchObject({ status: 'dead' });
  });
});

describe('a list', () => {
  it('is filtered by everything that a filter can name', async () => {
    await engine.object.record([
      death('a'),
      deathOf('b', 'internal', { at: NOW + 1, type: 'validate-connector' }),
      deadDelivery('msg_1', 'c', { at: NOW + 2 }),
      death('d', { outcome: 'died', at: NOW + 3 }),
      death('d', { outcome: 'recovered', sequence: 2, error: null }),
    ]);
    const fingerprint = (await detail('job_a'))?.fingerprint ?? '';
    expect(await ids()).toEqual(['job_d', 'delivery_msg_1', 'job_b', 'job_a']);
    expect(await ids({ status: 'recovered' })).toEqual(['job_d']);
    expect(await ids({ kind: 'delivery' })).toEqual(['delivery_msg_1']);
    expect(await ids({ type: 'validate-connector' })).toEqual(['job_b']);
    expect(await ids({ type: 'job.completed' })).toEqual(['delivery_msg_1']);
    expect(await ids({ code: 'internal' })).toEqual(['job_b']);
    expect(await ids({ fingerprint })).toEqual(['job_d', 'job_a']);
    expect(await ids({ since: new Date(NOW + 1).toISOString(), until: new Date(NOW + 3).toISOString() })).toEqual([
      'delivery_msg_1',
      'job_b',
    ]);
  });

  it('refuses a cursor that is not one of its own', async () => {
    for (const cursor of ['?', btoa('[1]'), btoa('{"a":1}'), btoa("[1,'x']"), '']) {
      expect(await engine.object.list(everybody, query({ cursor }))).toEqual({ kind: 'invalid-cursor' });
      expect(await engine.object.groups(everybody, query({ cursor }))).toEqual({ kind: 'invalid-cursor' });
    }
  });
});

describe('discarding', () => {
  it('takes what is dead, keeps it in the history, and tells its Job until it answers', async () => {
    await engine.die(named('a', 30));
    await engine.object.recordMessage(message);
    engine.job('a-00003').line = 'dead';
    expect(await engine.object.discard(everybody, { kind: 'filter', filter: { kind: 'job' } })).toEqual({ discarded: 30 });
    expect(await engine.object.discard(everybody, { kind: 'filter', filter: {} })).toEqual({ discarded: 1 });
    await pass(5_000);
    engine.restart();
    engine.job('a-00003').line = 'good';
    await pass(3_600_000);
    expect([...engine.jobs.values()].map(({ discards }) => discards)).toEqual(Array(30).fill(['1']));
    expect(await detail('job_a-00003')).toMatchObject({ status: 'discarded', history: [{ event: 'died' }, { event: 'discarded' }] });
  });

  it('is told with the death it was decided of, and anew when it is decided anew meanwhile', async () => {
    await engine.die(['a']);
    await engine.object.record([deadDelivery('msg_1', 'b', { attempts: 7 })]);
    engine.job('a').line = 'slow';
    await engine.object.discard(everybody, { kind: 'filter', filter: {} });
    await pass(1_000);
    await engine.object.record([death('a', { sequence: 2, generation: 2 })]);
    await engine.object.discard(everybody, { kind: 'ids', ids: ['job_a'] });
    await pass(3_600_000);
    expect(engine.job('a').discards).toEqual(['1', '2']);
    expect(engine.job('b').discards).toEqual(['msg_1 7']);
    expect(engine.database.prepare('SELECT count(*) AS count FROM letter WHERE tell_at IS NOT NULL').get()).toEqual({ count: 0 });
  });

  it('leaves what is no longer dead', async () => {
    await engine.object.record([death('a'), death('a', { outcome: 'recovered', sequence: 2, error: null })]);
    expect(await engine.object.discard(everybody, { kind: 'ids', ids: ['job_a'] })).toEqual({ discarded: 0 });
  });
});

describe('what cannot be read', () => {
  const spoil = (id: string, change: string): unknown => engine.database.prepare(`UPDATE letter SET ${change} WHERE id = ?`).all(id);

  it('is passed over by lists, groups and plans, which go on behind it', async () => {
    await engine.object.record(named('a', 5).map((jobId, index) => death(jobId, { at: NOW + index })));
    spoil('job_a-00003', "stage = 'nowhere'");
    const first = await list({ limit: 2 });
    expect(first.deadLetters.map(({ id }) => id)).toEqual(['job_a-00004']);
    expect(await ids({ limit: 2, cursor: first.next ?? '' })).toEqual(['job_a-00002', 'job_a-00001']);
    spoil('job_a-00004', "kind = 'other'");
    expect(await engine.object.countStanding(everybody)).toEqual({ job: 4, delivery: 0, message: 0 });
    expect((await groups()).groups).toEqual([]);
    const plan = await engine.object.replay(everybody, command({ dryRun: true }));
    expect(plan).toMatchObject({ replay: { counts: { total: 5, skipped: 1 } } });
  });

  it('is discarded all the same, and replaced by the next death', async () => {
    await engine.object.record([death('a'), death('b')]);
    spoil('job_a', "history = '{'");
    expect(await detail('job_a')).toBeNull();
    expect(await engine.object.discard(everybody, { kind: 'filter', filter: {} })).toEqual({ discarded: 2 });
    await engine.object.record([death('a', { sequence: 2, generation: 2 })]);
    expect(await detail('job_a')).toMatchObject({ status: 'dead', generation: 2, history: [{ event: 'died' }] });
  });
});

describe('wrong settings', () => {
  it('keep the letters, stop nothing else, and are looked at again', async () => {
    engine.settings = { DEAD_LETTER_RETENTION_DAYS: 'many' };
    engine.restart();
    await engine.die(['a']);
    await pass(RETENTION_MS + 7_200_000);
    expect(await ids()).toEqual(['job_a']);
    engine.settings = {};
    engine.restart();
    await pass(7_200_000);
    expect(await ids()).toEqual([]);
  });
});

describe('the link of a group', () => {
  it('lists what the group counts', async () => {
    await engine.object.record([death('a'), death('b', { tenant: 'other' })]);
    const [group] = (await groups({ kind: 'job', tenant: 'other' })).groups;
    const link = new URL(group?.links.deadLetters ?? '', 'http://engine');
    expect(Object.fromEntries(link.searchParams)).toEqual({
      status: 'dead',
      kind: 'job',
      tenant: 'other',
      fingerprint: group?.fingerprint,
    });
  });
});

describe('what goes by itself', () => {
  it('is not a letter that is brought back right now, for which nothing wakes', async () => {
    await engine.die(['a']);
    engine.database.exec("UPDATE letter SET status = 'replaying'");
    await pass(RETENTION_MS + 7_200_000);
    expect(await ids()).toEqual(['job_a']);
    expect(engine.alarmAt).toBeNull();
  });

  it('is a letter after its retention, and nothing earlier', async () => {
    await engine.die(named('a', 250));
    await pass(RETENTION_MS - 1_000);
    expect((await groups()).groups).toMatchObject([{ count: 250 }]);
    await pass(3_700_000);
    expect(await ids()).toEqual([]);
    expect(engine.alarmAt).toBeNull();
  });
});

describe('ten thousand letters', () => {
  const COUNT = 10_000;
  const causes = ['internal', 'agent-error', 'agent-lost', 'agent-stuck'] as const;
  const spread = (index: number) => causes[Math.floor(Math.log2(1 + (index % 15)))] ?? 'internal';

  beforeEach(async () => {
    const jobs = named('a', COUNT);
    for (let start = 0; start < COUNT; start += 1_000) {
      const part = jobs.slice(start, start + 1_000);
      await engine.object.record(
        part.map((jobId, index) => {
          const every = start + index;
          return deathOf(jobId, spread(every), { at: NOW + Math.floor(every / 3), tenant: every % 100 === 0 ? 'rare' : 'tenant' });
        }),
      );
    }
  });

  async function pages(read: (cursor: object) => Promise<{ readonly names: readonly string[]; readonly next?: string | undefined }>) {
    const all: string[][] = [];
    let next: string | undefined;
    do {
      const page = await read(next === undefined ? {} : { cursor: next });
      all.push([...page.names]);
      next = page.next;
    } while (next !== undefined);
    return all;
  }

  it('are listed page by page, each once and in order', async () => {
    const all = await pages(async (cursor) => {
      const { deadLetters, next } = await list({ limit: 100, ...cursor });
      return { names: deadLetters.map(({ lastDeathAt, id }) => `${lastDeathAt} ${id}`), next };
    });
    expect(all).toHaveLength(100);
    const names = all.flat();
    expect(new Set(names).size).toBe(COUNT);
    expect(names).toEqual([...names].sort().reverse());
  });

  it('of whom a hundred are a tenant’s are listed for it', async () => {
    expect(
      await pages(async (cursor) => {
        const { deadLetters, next } = await list({ limit: 40, ...cursor }, { tenant: 'rare' });
        return { names: deadLetters.map(({ id }) => id), next };
      }),
    ).toMatchObject([{ length: 40 }, { length: 40 }, { length: 20 }]);
  });

  it('are grouped by cause, the largest first, page by page', async () => {
    const all = await pages(async (cursor) => {
      const { groups: page, next } = await groups({ limit: 3, ...cursor });
      return { names: page.map(({ code, count }) => `${code} ${count}`), next };
    });
    const counts = causes.map((code) => Array.from({ length: COUNT }, (_, index) => spread(index)).filter((each) => each === code).length);
    expect(all).toEqual([[`agent-stuck ${counts[3]}`, `agent-lost ${counts[2]}`, `agent-error ${counts[1]}`], [`internal ${counts[0]}`]]);
  });

  it('are read through an index, whatever is asked for', () => {
    const queries: string[] = [];
    const real = engine.database.prepare.bind(engine.database);
    vi.spyOn(engine.database, 'prepare').mockImplementation((text) => {
      queries.push(text);
      return real(text);
    });
    const fingerprint = 'f';
    const everything = { status: 'dead', kind: 'job', type: 'analyze', code: 'internal', since: '2026-01-01T00:00:00Z' } as const;
    const cursor = btoa(JSON.stringify([1, 'x']));
    for (const filter of [{}, { cursor }, everything, { fingerprint }, { ...everything, fingerprint, cursor }]) {
      void engine.object.list(everybody, query(filter));
      void engine.object.list(mine, query(filter));
      void engine.object.groups(mine, query(filter));
    }
    expect(queries.length).toBeGreaterThan(5);
    for (const text of queries) {
      const plan = real(`EXPLAIN QUERY PLAN ${text}`)
        .all()
        .map(({ detail: step }) => String(step));
      expect(plan.filter((step) => /^(SCAN|SEARCH) letter/.test(step) && !/USING (COVERING INDEX|PRIMARY KEY)/.test(step))).toEqual([]);
    }
  });
});
