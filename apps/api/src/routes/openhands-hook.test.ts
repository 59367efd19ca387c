import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const SECRET = 'abcdefghijklmnopqrstuvwx01';
const HEX = '0123456789abcdef0123456789abcdef';
const ID = '01234567-89ab-cdef-0123-456789abcdef';
const EVENTS = `/hooks/openhands/${SECRET}/events/${HEX}`;

afterEach(() => vi.restoreAllMocks());

const engineWith = (vars: object = {}) => new FakeEngine({ OPENHANDS_HOOK_SECRET: SECRET, ...vars });
const status = (value: string) => ({ kind: 'ConversationStateUpdateEvent', key: 'execution_status', value });
const message = { kind: 'MessageEvent', source: 'agent', llm_message: { content: [] } };

/** Posts a body and answers the status and which conversations were looked at for it. */
async function post(path: string, body: BodyInit | undefined, engine = engineWith(), headers: Record<string, string> = {}) {
  const response = await engine.request(path, { method: 'POST', headers, ...(body === undefined ? {} : { body, duplex: 'half' }) });
  await Promise.all(engine.background);
  return { status: response.status, woken: engine.woken };
}

describe('a batch of events', () => {
  it.each(['finished', 'error', 'stuck', 'paused', 'waiting_for_confirmation', 'something new'])(
    'that says %s is a hint',
    async (value) => {
      expect(await post(EVENTS, JSON.stringify([message, status('running'), status(value)]))).toEqual({ status: 204, woken: [ID] });
    },
  );

  it('that tells of no end is none', async () => {
    const bodies = [
      [],
      [message],
      [status('running'), status('idle')],
      [null, 7, 'finished', [], { kind: 'x', key: 'execution_status', value: 'finished' }],
    ];
    for (const body of bodies) expect(await post(EVENTS, JSON.stringify(body))).toEqual({ status: 204, woken: [] });
  });

  it('may name its conversation with dashes, in any case', async () => {
    expect((await post(`/hooks/openhands/${SECRET}/events/${ID.toUpperCase()}`, JSON.stringify([status('finished')]))).woken).toEqual([ID]);
  });

  it('for what is no id is taken and forgotten', async () => {
    for (const id of ['number-7', HEX.slice(1), `${HEX}0`, '%00', '..%2f']) {
      expect(await post(`/hooks/openhands/${SECRET}/events/${id}`, '[')).toEqual({ status: 204, woken: [] });
    }
  });
});

describe('a body that cannot be read', () => {
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(0x20)),
    });
  const broken = () => new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('reset')) });
  it.each<[string, () => BodyInit | undefined]>([
    ['nothing', () => undefined],
    ['half of JSON', () => '[{"kind": "Conv'],
    ['no text', () => new Uint8Array([0xff, 0xfe, 0x00, 0x9f, 0x92])],
    ['megabytes in one piece', () => JSON.stringify([message, 'x'.repeat(3_000_000)])],
    ['brackets without end', () => '['.repeat(200_000)],
    ['more events than a batch has', () => JSON.stringify(Array(5_000).fill(0))],
    ['an endless stream', endless],
    ['a stream that breaks', broken],
  ])('(%s) is a hint, and answered as any other', async (_, body) => {
    expect(await post(EVENTS, body())).toEqual({ status: 204, woken: [ID] });
  });

  it('is not read further than it takes to tell', async () => {
    let pieces = 0;
    let isCancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pieces += 1;
        controller.enqueue(new Uint8Array(64 * 1024));
      },
      cancel: () => {
        isCancelled = true;
      },
    });
    await post(EVENTS, stream);
    expect(pieces).toBeLessThan(10);
    expect(isCancelled).toBe(true);
  });

  it('is not unpacked', async () => {
    const headers = { 'Content-Encoding': 'gzip' };
    expect(await post(EVENTS, 'no gzip', engineWith(), headers)).toEqual({ status: 204, woken: [ID] });
  });
});

describe('a conversation', () => {
  const CONVERSATIONS = `/hooks/openhands/${SECRET}/conversations`;

  it('is a hint when it is not at work', async () => {
    expect(await post(CONVERSATIONS, JSON.stringify({ id: ID, execution_status: 'finished' }))).toEqual({ status: 204, woken: [ID] });
    expect((await post(CONVERSATIONS, JSON.stringify({ id: ID, execution_status: 'running' }))).woken).toEqual([]);
  });

  it('that is too large to read is known by its beginning', async () => {
    const body = JSON.stringify({ id: ID, execution_status: 'running', stats: 'x'.repeat(500_000) });
    expect((await post(CONVERSATIONS, body)).woken).toEqual([ID]);
    expect((await post(`/hooks/openhands/${SECRET}`, body)).woken).toEqual([ID]);
  });

  it('without an id is taken and forgotten', async () => {
    expect(await post(CONVERSATIONS, '{"title": "nothing"}')).toEqual({ status: 204, woken: [] });
  });
});

describe('the address', () => {
  const body = JSON.stringify([status('finished')]);
  const answer = async (engine: FakeEngine, path: string, init: RequestInit = {}) => {
    const response = await engine.request(path, { method: 'POST', body, headers: { 'X-Request-Id': 'same' }, ...init });
    const { instance: _, ...problem } = await response.json<{ instance: string }>();
    return { status: response.status, headers: [...response.headers], problem };
  };

  it.each([
    ['a wrong secret', { OPENHANDS_HOOK_SECRET: SECRET }, EVENTS.replace(SECRET, `${SECRET}2`)],
    ['a longer one', { OPENHANDS_HOOK_SECRET: SECRET }, EVENTS.replace(SECRET, 'x'.repeat(5_000))],
    ['no secret configured', {}, EVENTS],
    ['another address below it', { OPENHANDS_HOOK_SECRET: SECRET }, `${EVENTS}/more`],
  ])('with %s is one that does not exist', async (_, vars, path) => {
    for (const auth of [{}, { AUTH: 'keys' }]) {
      const engine = new FakeEngine({ ...vars, ...auth });
      expect(await answer(engine, path)).toEqual(await answer(engine, '/nothing/of/the/kind'));
      expect([engine.woken, engine.background]).toEqual([[], []]);
    }
  });

  it('takes POST alone and does not exist for other methods', async () => {
    const engine = engineWith();
    const get = { method: 'GET', body: null };
    expect(await answer(engine, EVENTS, get)).toEqual(await answer(engine, '/nothing', get));
    expect((await answer(engine, EVENTS, get)).status).toBe(404);
  });

  it('needs no key, and no origin', async () => {
    expect((await post(EVENTS, body, engineWith({ AUTH: 'keys' }))).status).toBe(204);
    expect((await post(EVENTS, body, engineWith(), { Origin: 'https://evil.example.com' })).status).toBe(204);
  });

  it('is never shown: not in a problem, and not in the log', async () => {
    const lines = (['info', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level).mockImplementation(() => undefined));
    const engine = engineWith();
    engine.faults.consumer = new Error('no consumer');
    expect((await post(EVENTS, body, engine, { 'x-session-api-key': 's3cret' })).status).toBe(204);
    const problem = await (await engine.request(`/hooks/openhands/${SECRET}/elsewhere`, { method: 'POST', body })).text();
    const printed = JSON.stringify(lines.flatMap(({ mock }) => mock.calls));
    expect(printed).toContain('hint not passed on');
    expect(problem).toContain('/hooks/***');
    for (const text of [printed, problem]) expect(text).not.toMatch(new RegExp(`${SECRET}|s3cret`));
  });
});
