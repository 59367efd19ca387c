import { type Replay, replayItemListSchema, replaySchema } from '@mcpoverflow/types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { command, deadDelivery, death, deathOf, Engine, everybody, NOW, named, pass } from './fixtures.ts';

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

const HOUR_MS = 3_600_000;

async function replay(change: Parameters<typeof command>[0] = {}, scope: { tenant: string | null } = everybody): Promise<Replay> {
  const answer = await engine.object.replay(scope, command(change));
  return answer.kind === 'mismatch' ? expect.unreachable() : replaySchema.parse(answer.replay);
}
async function seen(replayId = 'replay-1'): Promise<Replay> {
  const answer = await engine.object.readReplay(everybody, replayId);
  return answer.kind === 'found' ? replaySchema.parse(answer.replay) : expect.unreachable();
}
async function statusOf(jobId: string) {
  const answer = await engine.object.read(everybody, `job_${jobId}`);
  return answer.kind === 'found' ? answer.deadLetter : expect.unreachable();
}
const startsOf = (jobId: string): readonly string[] => engine.job(jobId).started;
const allStarts = (): number => [...engine.jobs.values()].reduce((sum, { started }) => sum + started.length, 0);
const dying = async (jobIds: readonly string[], ends: 'recovered' | 'died' | null): Promise<void> => {
  await engine.die(jobIds);
  for (const jobId of jobIds) engine.job(jobId).ends = ends;
};

describe('a replay', () => {
  it('brings every job back once, at its rate, and tells how it went', async () => {
    await dying(named('a', 200), 'recovered');
    await replay({ ratePerSecond: 10, canary: 1 });
    await pass(5_000);
    // The canary took a second; then ten a second, and those of the second it took.
    expect(allStarts()).toBeGreaterThan(25);
    expect(allStarts()).toBeLessThanOrEqual(1 + 10 * (4 + 1) + 1);
    await pass(30_000);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { total: 200, recovered: 200, waiting: 0, running: 0 } });
    expect(allStarts()).toBe(200);
    expect(await statusOf('a-00000')).toMatchObject({ status: 'recovered', replays: 1, generation: 2 });
  });

  it('names the generation that it began', async () => {
    await dying(['a'], null);
    await replay();
    await pass(0);
    expect((await seen()).items).toEqual([{ deadLetterId: 'job_a', kind: 'job', jobId: 'a', state: 'running', generation: 2 }]);
  });

  it('stops after its canary died, starts nothing else and says why', async () => {
    await dying(named('a', 50), 'died');
    await replay({ canary: 1, ratePerSecond: 100 });
    await pass(60_000);
    expect(await seen()).toMatchObject({
      state: 'stopped',
      reason: 'The canary died again, so nothing else was started.',
      counts: { total: 50, died: 1, notStarted: 49, waiting: 0 },
    });
    expect((await seen()).items.map(({ state }) => state)).toEqual(['died', ...Array(49).fill('not-started')]);
    expect(allStarts()).toBe(1);
    expect(await statusOf('a-00000')).toMatchObject({ status: 'dead', deaths: 2, deathsOfFingerprint: 2 });
  });

  it('stops when too large a share dies, and counts what still runs', async () => {
    await dying(named('a', 100), 'died');
    await replay({ stopOnFailureRatio: 0.5, ratePerSecond: 5 });
    await pass(60_000);
    const { state, counts } = await seen();
    expect(state).toBe('stopped');
    expect(counts.died).toBeGreaterThanOrEqual(10);
    expect(counts.died).toBe(allStarts());
    expect(counts.died + counts.notStarted).toBe(100);
  });

  it('rests while it is paused, and goes on', async () => {
    await dying(named('a', 20), 'recovered');
    await replay();
    await pass(450);
    expect(await engine.object.control(everybody, 'replay-1', 'pause')).toMatchObject({ kind: 'done', replay: { state: 'paused' } });
    const before = allStarts();
    await pass(HOUR_MS);
    expect(allStarts()).toBe(before);
    expect((await seen()).counts.recovered).toBe(before);
    engine.restart();
    expect(await engine.object.control(everybody, 'replay-1', 'resume')).toMatchObject({ kind: 'done', replay: { state: 'running' } });
    await pass(10_000);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { recovered: 20 } });
  });

  it('that is aborted starts nothing more; what runs still tells its outcome', async () => {
    await dying(named('a', 20), null);
    await replay();
    await pass(450);
    expect(await engine.object.control(everybody, 'replay-1', 'abort')).toMatchObject({ kind: 'done', replay: { state: 'aborted' } });
    const begun = allStarts();
    await engine.end('a-00000', 'recovered');
    await pass(HOUR_MS);
    expect(allStarts()).toBe(begun);
    expect((await seen()).counts).toMatchObject({ recovered: 1, running: begun - 1, notStarted: 20 - begun });
    expect((await engine.object.control(everybody, 'replay-1', 'resume')).kind).toBe('refused');
    expect((await engine.object.control(everybody, 'replay-1', 'abort')).kind).toBe('done');
  });

  it('of nothing is completed', async () => {
    expect(await replay()).toMatchObject({ state: 'completed', counts: { total: 0 } });
  });

  it('sends a webhook call, not its job', async () => {
    await engine.object.record([deadDelivery('msg_1', 'a')]);
    engine.job('a').status = 'failed';
    await replay();
    await pass(0);
    await engine.object.record([deadDelivery('msg_1', 'a', { outcome: 'recovered', sequence: 2 })]);
    expect(await seen()).toMatchObject({ state: 'completed', items: [{ deadLetterId: 'delivery_msg_1', state: 'recovered' }] });
  });

  it('skips what is in quarantine unless it is forced', async () => {
    await dying(['a'], 'died');
    for (const replayId of ['one', 'two']) {
      await replay({ replayId });
      await pass(2_000);
    }
    expect(await statusOf('a')).toMatchObject({ deaths: 3, quarantined: true, replays: 2 });
    expect(await replay({ replayId: 'three' })).toMatchObject({
      counts: { skipped: 1 },
      items: [{ reason: expect.stringContaining('quarantine') }],
    });
    expect(await replay({ replayId: 'four', force: true })).toMatchObject({ counts: { running: 1 } });
  });
});

describe('a changed submission', () => {
  it.each(['good', 'lost'] as const)('is ordered, and remembered, on a %s line', async (line) => {
    await dying(['a'], 'recovered');
    engine.job('a').line = line;
    await replay({ patched: true });
    await pass(2_000);
    expect(engine.job('a').orders).toMatchObject([{ patched: true, generation: 1 }]);
    expect((await statusOf('a')).history.map(({ event }) => event)).toEqual(['died', 'patched', 'replayed', 'recovered']);
  });
});

describe('two replays of one group', () => {
  it('start no job twice', async () => {
    await dying(named('a', 60), 'recovered');
    await Promise.all([replay({ replayId: 'one', ratePerSecond: 100 }), replay({ replayId: 'two', ratePerSecond: 100 })]);
    await pass(60_000);
    expect(allStarts()).toBe(60);
    const [one, two] = await Promise.all([seen('one'), seen('two')]);
    expect([one.state, two.state]).toEqual(['completed', 'completed']);
    expect(one.counts.recovered + two.counts.recovered).toBe(60);
    expect(one.counts.skipped + two.counts.skipped).toBe(60);
    expect(two.items.find(({ state }) => state === 'skipped')?.reason).toBe('It is being replayed already.');
  });

  it('leave alone what its owner brought back meanwhile', async () => {
    await dying(['a', 'b'], 'recovered');
    await replay({ dryRun: true });
    Object.assign(engine.job('a'), { generation: 2, status: 'processing' });
    await engine.object.record([death('a', { outcome: 'retried', sequence: 2, generation: 2, error: null })]);
    // Not even its Job has said so yet.
    Object.assign(engine.job('b'), { generation: 2, status: 'processing' });
    await engine.object.execute(everybody, 'replay-1');
    await pass(5_000);
    expect((await seen()).items.map(({ state, reason }) => `${state}: ${reason}`)).toEqual([
      'skipped: It is being replayed already.',
      'skipped: The job has moved on.',
    ]);
    expect(allStarts()).toBe(0);
  });
});

describe('a plan', () => {
  it('says what it would do, what that cost last time, and does nothing', async () => {
    await engine.object.record([
      death('a', { costUsd: 0.5 }),
      deathOf('b', 'internal', { costUsd: 0.25 }),
      death('c'),
      death('d'),
      death('d', { outcome: 'recovered', sequence: 2, error: null }),
      death('e', { tenant: 'other' }),
    ]);
    const ids = ['job_a', 'job_b', 'job_c', 'job_d', 'job_e', 'job_nobody', 'job_a'];
    const plan = await replay({ dryRun: true, selection: { kind: 'ids', ids } }, { tenant: 'tenant' });
    expect(plan).toMatchObject({ state: 'planned', estimatedCostUsd: 0.75, counts: { total: 6, waiting: 3, skipped: 3 } });
    expect(plan.items.map(({ deadLetterId, state, reason }) => [deadLetterId, reason ?? state])).toEqual([
      ['job_a', 'will-replay'],
      ['job_b', 'will-replay'],
      ['job_c', 'will-replay'],
      ['job_d', 'It has recovered.'],
      ['job_e', 'It does not exist.'],
      ['job_nobody', 'It does not exist.'],
    ]);
    await pass(HOUR_MS);
    expect(allStarts()).toBe(0);
  });

  it('is executed as it was made, and looks at each letter again when its turn comes', async () => {
    await dying(['a', 'b'], 'recovered');
    await replay({ dryRun: true });
    await dying(['c'], 'recovered');
    await engine.object.discard(everybody, { kind: 'ids', ids: ['job_b'] });
    for (let times = 0; times < 2; times++) expect((await engine.object.execute(everybody, 'replay-1')).kind).toBe('done');
    await pass(10_000);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { total: 2, recovered: 1, skipped: 1 } });
    expect((await engine.object.execute(everybody, 'replay-1')).kind).toBe('done');
    expect([startsOf('a'), startsOf('b'), startsOf('c')].map(({ length }) => length)).toEqual([1, 0, 0]);
  });

  it('that was aborted is not executed, before its start or after', async () => {
    await dying(['a'], null);
    for (const replayId of ['one', 'two']) {
      await replay({ replayId, dryRun: true });
      if (replayId === 'two') await engine.object.execute(everybody, replayId);
      await engine.object.control(everybody, replayId, 'abort');
      expect((await engine.object.execute(everybody, replayId)).kind).toBe('refused');
    }
  });

  it('that stopped itself is not executed again', async () => {
    await dying(['a', 'b'], 'died');
    await replay({ dryRun: true, canary: 1 });
    await engine.object.execute(everybody, 'replay-1');
    await pass(5_000);
    expect((await engine.object.execute(everybody, 'replay-1')).kind).toBe('refused');
  });

  it('with a change of the submission says that it keeps none, and is not executed', async () => {
    await dying(['a'], null);
    const { reason } = await replay({ dryRun: true, patched: true });
    expect(reason).toBe('A change of the submission is not kept with a plan: send it with the replay itself.');
    expect((await engine.object.execute(everybody, 'replay-1')).kind).toBe('refused');
    expect(startsOf('a')).toHaveLength(0);
  });

  it('is gone after a day, and a replay a month after its end', async () => {
    await dying(named('a', 1_200), 'recovered');
    await replay({ dryRun: true });
    await replay({ replayId: 'run', selection: { kind: 'ids', ids: ['job_a-00000'] } });
    await pass(24 * HOUR_MS);
    expect(await engine.object.execute(everybody, 'replay-1')).toEqual({ kind: 'not-found' });
    await pass(2 * HOUR_MS);
    expect(engine.database.prepare('SELECT count(*) AS count FROM item').get()).toEqual({ count: 1 });
    expect((await seen('run')).state).toBe('completed');
    await pass(30 * 24 * HOUR_MS);
    expect(await engine.object.readReplay(everybody, 'run')).toEqual({ kind: 'not-found' });
  });

  it('of ten thousand is made at once and shown page by page', async () => {
    for (let start = 0; start < 10_000; start += 1_000) await engine.die(named(`a${start / 1_000}`, 1_000));
    const plan = await replay({ dryRun: true });
    expect(plan.counts).toMatchObject({ total: 10_000, waiting: 10_000 });
    expect(plan.items).toHaveLength(100);
    const found = new Set<string>();
    let cursor: string | undefined;
    do {
      const answer = await engine.object.replayItems(everybody, 'replay-1', { limit: 100, ...(cursor === undefined ? {} : { cursor }) });
      const { items, next } = answer.kind === 'page' ? replayItemListSchema.parse(answer.list) : expect.unreachable();
      expect(items.length).toBeLessThanOrEqual(100);
      for (const { deadLetterId } of items) found.add(deadLetterId);
      cursor = next;
    } while (cursor !== undefined);
    expect(found.size).toBe(10_000);
  });
});

describe('the same request again', () => {
  it('meets its replay', async () => {
    await dying(['a'], null);
    await replay();
    await pass(1_000);
    expect(await engine.object.replay(everybody, command())).toMatchObject({ kind: 'existing', replay: { counts: { running: 1 } } });
    expect(startsOf('a')).toHaveLength(1);
  });

  it('is told when it is another request', async () => {
    await replay();
    expect(await engine.object.replay(everybody, command({ requestFingerprint: 'other' }))).toEqual({ kind: 'mismatch' });
    expect(await engine.object.replay({ tenant: 'tenant' }, command())).toEqual({ kind: 'mismatch' });
  });
});

describe('another tenant', () => {
  it('sees and does nothing', async () => {
    await dying(['a'], null);
    await replay({ dryRun: true }, { tenant: 'tenant' });
    const other = { tenant: 'other' };
    expect(await engine.object.readReplay(other, 'replay-1')).toEqual({ kind: 'not-found' });
    expect(await engine.object.execute(other, 'replay-1')).toEqual({ kind: 'not-found' });
    expect(await engine.object.replayItems(other, 'replay-1', { limit: 1 })).toEqual({ kind: 'not-found' });
    for (const action of ['pause', 'resume', 'abort'] as const) {
      expect(await engine.object.control(other, 'replay-1', action)).toEqual({ kind: 'not-found' });
    }
    expect(await replay({ replayId: 'mine' }, other)).toMatchObject({ counts: { total: 0 } });
    expect((await seen()).state).toBe('planned');
  });
});

describe('items by state', () => {
  it('are those that are shown so', async () => {
    await dying(named('a', 4), null);
    await replay({ ratePerSecond: 1 });
    await pass(1_100);
    const of = async (state: 'running' | 'will-replay' | 'not-started') => {
      const answer = await engine.object.replayItems(everybody, 'replay-1', { limit: 10, state });
      return answer.kind === 'page' ? answer.list.items.length : expect.unreachable();
    };
    expect([await of('running'), await of('will-replay'), await of('not-started')]).toEqual([2, 2, 0]);
    await engine.object.control(everybody, 'replay-1', 'abort');
    expect([await of('running'), await of('will-replay'), await of('not-started')]).toEqual([2, 0, 2]);
    expect(await engine.object.replayItems(everybody, 'replay-1', { limit: 1, cursor: 'x' })).toEqual({ kind: 'invalid-cursor' });
  });
});

describe('when things go wrong', () => {
  it('a Job that cannot be reached is asked again, and started once', async () => {
    await dying(['a'], 'recovered');
    engine.job('a').line = 'dead';
    await replay();
    await pass(20_000);
    expect((await seen()).counts).toMatchObject({ running: 1 });
    engine.job('a').line = 'good';
    await pass(60_000);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { recovered: 1 } });
    expect(startsOf('a')).toHaveLength(1);
  });

  it('a Job that can never be reached is given up, and its letter is dead as before', async () => {
    await dying(['a', 'b'], 'recovered');
    engine.job('a').line = 'dead';
    await replay();
    await pass(HOUR_MS);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { recovered: 1, skipped: 1 } });
    expect((await seen()).items[0]).toMatchObject({ state: 'skipped', reason: 'Its job could not be reached.' });
    expect(await statusOf('a')).toMatchObject({ status: 'dead', replays: 0 });
  });

  it('an outcome that arrives before its Job’s answer settles the item', async () => {
    await dying(['a'], null);
    engine.job('a').line = 'lost';
    await replay();
    await pass(0);
    await engine.end('a', 'recovered');
    expect(await seen()).toMatchObject({ state: 'completed', counts: { recovered: 1 }, items: [{ generation: 2 }] });
    const { history, replays } = await statusOf('a');
    expect(replays).toBe(1);
    expect(history.map(({ event }) => event)).toEqual(['died', 'replayed', 'recovered']);
    await pass(HOUR_MS);
    expect(startsOf('a')).toHaveLength(1);
  });

  it('a job that is deleted meanwhile is no one’s to wait for', async () => {
    await dying(['a', 'b'], null);
    await replay();
    await pass(1_000);
    const gone = { kind: 'deleted', sequence: 9, at: Date.now(), tenant: 'tenant', generation: 2 } as const;
    await engine.object.record([
      { ...gone, jobId: 'a' },
      { ...gone, jobId: 'b' },
    ]);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { cancelled: 2 } });
  });

  it('a letter that another replay has brought back since is that one’s to wait for', async () => {
    await dying(['a'], null);
    engine.job('a').line = 'dead';
    await replay({ replayId: 'one' });
    await pass(0);
    await engine.retry('a');
    await engine.end('a', 'died');
    await replay({ replayId: 'two' });
    engine.job('a').line = 'good';
    await pass(60_000);
    expect((await seen('one')).items).toMatchObject([{ state: 'skipped', reason: 'The job has moved on.' }]);
    expect((await seen('two')).items).toMatchObject([{ state: 'running', generation: 3 }]);
    expect(startsOf('a')).toEqual(['two 2']);
  });

  it('an owner who tries again tells that the replay’s generation had died, should that report be lost', async () => {
    await dying(['a'], null);
    await replay();
    await pass(0);
    await engine.object.record([death('a', { outcome: 'retried', sequence: 60, generation: 3, error: null })]);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { died: 1, running: 0 } });
  });

  it('a storm of kills loses nothing and starts nothing twice', async () => {
    await dying(named('a', 40), 'recovered');
    await replay({ ratePerSecond: 20, canary: 2 });
    for (const pause of [0, 1, 50, 199, 200, 201, 333, 1_000, 5, 7, 999, 20_000, 250, 250, 250]) {
      await pass(pause);
      engine.restart();
    }
    await pass(120_000);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { total: 40, recovered: 40 } });
    expect(allStarts()).toBe(40);
  });

  it('answers that are lost with their asker are asked for again, and change nothing', async () => {
    await dying(named('a', 5), null);
    for (const jobId of named('a', 5)) engine.job(jobId).line = 'lost';
    await replay({ ratePerSecond: 100 });
    await pass(300);
    engine.restart();
    for (const jobId of named('a', 5)) engine.job(jobId).line = 'good';
    await pass(30_000);
    expect((await seen()).items.map(({ state, generation }) => `${state} ${generation}`)).toEqual(Array(5).fill('running 2'));
    expect(allStarts()).toBe(5);
  });

  it('a replay that cannot be read is stopped and says so, and holds up nobody else', async () => {
    await dying(['a', 'b'], 'recovered');
    const only = (id: string) => ({ kind: 'ids', ids: [`job_${id}`] }) as const;
    engine.job('a').line = 'dead';
    await replay({ replayId: 'broken', selection: only('a') });
    for (const spoiled of ['next_start_at = 9e999', "rate_per_second = 'fast'"]) {
      engine.database.exec(`UPDATE replay SET state = 'running', ${spoiled} WHERE replay_id = 'broken'`);
      await engine.object.record([death('c')]);
      expect(await statusOf('c')).toMatchObject({ status: 'dead' });
      expect(engine.database.prepare("SELECT state, reason FROM replay WHERE replay_id = 'broken'").get()).toEqual({
        state: 'stopped',
        reason: expect.stringContaining('fault'),
      });
    }
    await replay({ replayId: 'sound', selection: only('b') });
    await pass(5_000);
    expect(await seen('sound')).toMatchObject({ state: 'completed', counts: { recovered: 1 } });
    // What the broken one waited for is reported, and kept.
    await engine.end('a', 'recovered');
    expect(await statusOf('a')).toMatchObject({ status: 'recovered' });
  });

  it('a paused replay of which nothing is left is completed', async () => {
    await dying(['a'], null);
    await replay();
    await pass(0);
    await engine.object.control(everybody, 'replay-1', 'pause');
    await engine.end('a', 'recovered');
    expect((await seen()).state).toBe('completed');
    expect((await engine.object.control(everybody, 'replay-1', 'resume')).kind).toBe('refused');
  });

  it('what was brought back on for another is settled by what its Job says of it', async () => {
    await dying(['a'], null);
    engine.job('a').line = 'lost';
    await replay();
    await pass(0);
    // It died as this replay brought it back, and its owner retried it: only that was reported.
    Object.assign(engine.job('a'), { generation: 3, status: 'processing', line: 'good' });
    await engine.object.record([death('a', { outcome: 'retried', sequence: 3, generation: 3, error: null })]);
    await pass(60_000);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { died: 1 }, items: [{ generation: 2 }] });
    expect(await statusOf('a')).toMatchObject({ status: 'replaying' });
  });

  it('a letter that is gone does not keep its replay from ending', async () => {
    await dying(['a'], null);
    engine.job('a').line = 'lost';
    await replay();
    await pass(0);
    engine.database.exec('DELETE FROM letter');
    Object.assign(engine.job('a'), { status: 'completed', line: 'good' });
    await pass(60_000);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { recovered: 1 } });
  });

  it('an answer that knows the outcome settles the item, before it is reported', async () => {
    await dying(['a'], null);
    engine.job('a').line = 'lost';
    await replay();
    await pass(0);
    engine.job('a').reportsAfterMs = HOUR_MS;
    await engine.end('a', 'recovered');
    engine.job('a').line = 'good';
    await pass(60_000);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { recovered: 1 } });
    expect(await statusOf('a')).toMatchObject({ status: 'recovered', replays: 1 });
    await pass(HOUR_MS);
    expect((await statusOf('a')).history.map(({ event }) => event)).toEqual(['died', 'replayed', 'recovered']);
  });

  it('a report that is lost for ever is made up for by asking, an hour later', async () => {
    await dying(['a', 'b'], null);
    await replay();
    await pass(1_000);
    engine.job('a').status = 'completed';
    engine.job('b').status = 'failed';
    await pass(HOUR_MS + 30_000);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { recovered: 1, died: 1 } });
    expect([(await statusOf('a')).status, (await statusOf('b')).status]).toEqual(['recovered', 'dead']);
    expect(engine.alarmAt).toBeGreaterThan(Date.now() + HOUR_MS);
  });

  it('the death before, reported late, settles nothing: the replay waits for its own', async () => {
    await engine.object.record([deadDelivery('msg_1', 'b', { attempts: 10 })]);
    engine.job('b').line = 'dead';
    await replay();
    await pass(0);
    await engine.object.record([deadDelivery('msg_1', 'b', { attempts: 10, sequence: 3 })]);
    expect((await seen()).counts).toMatchObject({ running: 1, died: 0 });
    engine.job('b').line = 'good';
    await pass(10_000);
    await engine.object.record([deadDelivery('msg_1', 'b', { attempts: 20, sequence: 4 })]);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { died: 1 } });
    expect(engine.job('b').orders).toContainEqual({ replayId: 'replay-1', deliveryId: 'msg_1', attempts: 10 });
  });

  it('those that wait for their next try keep no others from starting', async () => {
    await dying(named('a', 40), 'recovered');
    for (const jobId of named('a', 20)) engine.job(jobId).line = 'dead';
    await replay({ ratePerSecond: 100 });
    await pass(10_000);
    expect((await seen()).counts).toMatchObject({ recovered: 20, running: 20 });
  });

  it('as many calls as may be under way, lost with their asker, are asked again', async () => {
    await dying(named('a', 40), 'recovered');
    for (const jobId of named('a', 40)) engine.job(jobId).line = 'lost';
    await replay({ ratePerSecond: 100 });
    await pass(5_000);
    expect(allStarts()).toBe(20);
    engine.restart();
    for (const jobId of named('a', 40)) engine.job(jobId).line = 'good';
    await pass(60_000);
    expect(await seen()).toMatchObject({ state: 'completed', counts: { recovered: 40 } });
    expect(allStarts()).toBe(40);
  });

  it('what may have begun goes on being asked for after an abort', async () => {
    await dying(['a'], 'recovered');
    engine.job('a').line = 'dead';
    await replay();
    await pass(0);
    await engine.object.control(everybody, 'replay-1', 'abort');
    engine.job('a').line = 'good';
    await pass(60_000);
    expect(await seen()).toMatchObject({ state: 'aborted', counts: { recovered: 1, notStarted: 0 } });
  });

  it('its alarm never throws, and comes again', async () => {
    await dying(['a', 'b'], 'recovered');
    await replay({ ratePerSecond: 1 });
    const broken = vi.spyOn(engine.database, 'exec').mockImplementation(() => {
      throw new Error('disk I/O error');
    });
    await expect(engine.object.alarm()).resolves.toBeUndefined();
    broken.mockRestore();
    expect(engine.alarmAt).not.toBeNull();
    await pass(120_000);
    expect((await seen()).state).toBe('completed');
  });
});
