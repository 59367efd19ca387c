import { deriveUuid } from '@mcpoverflow/types';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deadLetterOf } from '../testing/fake-dead-letters.ts';
import { FakeEngine } from '../testing/fake-engine.ts';

const path = '/api/dead-letters/replay';
const withLetters = () => {
  const engine = new FakeEngine();
  engine.deadLetters.letters = [deadLetterOf({ id: 'job_1' }), deadLetterOf({ id: 'job_2' })];
  const replay = (body: unknown, headers: Record<string, string> = {}) => engine.post(path, body, headers);
  return { engine, replay, commands: () => [...engine.deadLetters.replays.values()].map(({ command }) => command) };
};
const idOf = async (response: Response) => (await response.json<{ replayId: string }>()).replayId;
afterEach(() => vi.restoreAllMocks());

describe('POST /api/dead-letters/replay', () => {
  it('answers 202 with the replay and its address', async () => {
    const { replay, commands } = withLetters();
    const response = await replay({ ids: ['job_1'], ratePerSecond: 2, canary: 1, stopOnFailureRatio: 0.5, force: true });
    expect(response.status).toBe(202);
    const { replayId, state } = await response.json<{ replayId: string; state: string }>();
    expect(state).toBe('running');
    expect(response.headers.get('Location')).toBe(`/api/dead-letters/replays/${replayId}`);
    expect(commands()).toEqual([
      {
        replayId,
        requestFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        selection: { kind: 'ids', ids: ['job_1'] },
        dryRun: false,
        ratePerSecond: 2,
        canary: 1,
        stopOnFailureRatio: 0.5,
        force: true,
        patched: false,
      },
    ]);
  });

  it.each([
    [{ filter: { code: 'internal' } }, { kind: 'filter', filter: { code: 'internal' } }],
    [{ fingerprint: 'f1' }, { kind: 'filter', filter: { fingerprint: 'f1' } }],
  ])('selects by %j, ten a second and without a canary unless told', async (body, selection) => {
    const { replay, commands } = withLetters();
    await replay(body);
    expect(commands()).toMatchObject([{ selection, ratePerSecond: 10, canary: 0, force: false, dryRun: false }]);
  });

  it('only plans a dry run, and executes the plan as it was made, once', async () => {
    const { engine, replay, commands } = withLetters();
    const planned = await replay({ ids: ['job_1'], dryRun: true });
    expect(planned.status).toBe(200);
    const plan = await planned.json<{ replayId: string }>();
    expect(plan).toMatchObject({ state: 'planned', items: [{ deadLetterId: 'job_1', state: 'will-replay' }] });
    for (const _time of ['first', 'second']) {
      const executed = await replay({ planId: plan.replayId });
      expect(executed.status).toBe(202);
      expect(executed.headers.get('Location')).toBe(`/api/dead-letters/replays/${plan.replayId}`);
      expect(await executed.json()).toMatchObject({ replayId: plan.replayId, state: 'running' });
    }
    expect(commands()).toHaveLength(1);
    await engine.request(`/api/dead-letters/replays/${plan.replayId}/abort`, { method: 'POST' });
    const refused = await replay({ planId: plan.replayId });
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ code: 'replay-not-possible', detail: 'The replay is aborted.' });
  });

  it.each([['00000000-0000-4000-8000-000000000000'], ['nonsense']])('has no plan %s', async (planId) => {
    const response = await withLetters().replay({ planId });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'replay-not-found' });
  });

  it('takes no second opinion on a plan', async () => {
    const { replay } = withLetters();
    const response = await replay({ planId: await idOf(await replay({ ids: ['job_1'], dryRun: true })), canary: 1, force: true });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/canary' }, { pointer: '/force' }] });
  });

  it('takes no key with a plan, which is started once by itself', async () => {
    const { replay } = withLetters();
    const planId = await idOf(await replay({ ids: ['job_1'], dryRun: true }));
    const response = await replay({ planId }, { 'Idempotency-Key': 'again' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-idempotency-key', detail: expect.stringContaining('started once') });
  });

  it('takes an empty filter for a dry run alone', async () => {
    const { replay, commands } = withLetters();
    const refused = await replay({ filter: {} });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: 'invalid-request', detail: expect.stringContaining('{"status":"dead"}') });
    expect(commands()).toEqual([]);
    expect((await replay({ filter: {}, dryRun: true })).status).toBe(200);
    expect((await replay({ filter: { status: 'dead' } })).status).toBe(202);
  });

  it('is repeated by key without a second replay', async () => {
    const { replay, commands } = withLetters();
    const key = { 'Idempotency-Key': '"again"' };
    const ids = [await replay({ ids: ['job_1'] }, key), await replay({ ids: ['job_1'] }, key)].map(idOf);
    const expected = await deriveUuid('replay', 'local', 'again');
    expect(await Promise.all(ids)).toEqual([expected, expected]);
    expect(commands()).toHaveLength(1);
    const other = await replay({ ids: ['job_2'] }, key);
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ code: 'idempotency-mismatch' });
  });

  it('is another one every time without a key', async () => {
    const { replay, commands } = withLetters();
    await replay({ ids: ['job_1'] });
    await replay({ ids: ['job_1'] });
    expect(new Set(commands().map(({ replayId }) => replayId)).size).toBe(2);
  });

  it.each<[string, unknown, string]>([
    ['nothing selected', {}, ''],
    ['two selections', { ids: ['job_1'], fingerprint: 'f1' }, ''],
    ['no ids', { ids: [] }, '/ids'],
    ['more than 1,000 ids', { ids: Array.from({ length: 1_001 }, (_, index) => `job_${index}`) }, '/ids'],
    ['a rate that never gets there', { fingerprint: 'f1', ratePerSecond: 0.009 }, '/ratePerSecond'],
    ['a rate of none', { fingerprint: 'f1', ratePerSecond: 0 }, '/ratePerSecond'],
    ['a share above one', { fingerprint: 'f1', stopOnFailureRatio: 2 }, '/stopOnFailureRatio'],
    ['another field', { fingerprint: 'f1', speed: 1 }, '/speed'],
    ['another field in the filter', { filter: { colour: 'red' } }, '/filter/colour'],
  ])('refuses %s', async (_name, body, pointer) => {
    const { replay, commands } = withLetters();
    const response = await replay(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-request', errors: [{ pointer }] });
    expect(commands()).toEqual([]);
  });

  it('has room for 1,000 ids of 128 characters, and not for megabytes', async () => {
    const { replay } = withLetters();
    const ids = Array.from({ length: 1_000 }, (_, index) => `job_${index}`.padEnd(128, 'x'));
    expect((await replay({ ids })).status).toBe(202);
    const large = await replay({ ids: ['job_1'], patch: [{ op: 'add', path: '/spec', value: 'x'.repeat(256 * 1024) }] });
    expect(large.status).toBe(413);
  });

  it('refuses a key that is none', async () => {
    const response = await withLetters().replay({ fingerprint: 'f1' }, { 'Idempotency-Key': '' });
    expect(await response.json()).toMatchObject({ code: 'invalid-idempotency-key' });
  });

  it('says that it cannot be answered right now', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { engine, replay } = withLetters();
    engine.faults.deadLetters = new Error('no such object');
    expect((await replay({ fingerprint: 'f1' })).status).toBe(503);
  });
});
