/**
 * The Cloud driver against a server that speaks OpenHands Cloud's published API: starts that take a while,
 * sandboxes that come, pause and go, and every way the Cloud has of saying no. Each test ends by asking
 * whether driver and server kept to the published contract.
 */
import { type Agent, type AgentFault, type CloudOptions, createCloud, type RunSnapshot, type StartRun } from '@mcpoverflow/openhands';
import type { Result, Task } from '@mcpoverflow/types';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CLOUD_API_KEY, type CloudServer, refusals, startCloudServer, withoutDashes } from './support/openhands-cloud-server.ts';
import { cannedAnalysis } from './support/openhands-server.ts';

const START = 'post /api/v1/app-conversations';
const LOOK = 'get /api/v1/app-conversations';
const STARTS = 'get /api/v1/app-conversations/start-tasks/search';

let server: CloudServer;
let agent: Agent;

const driver = (changes: Partial<CloudOptions> = {}): Agent =>
  createCloud({
    baseUrl: server.url,
    apiKey: CLOUD_API_KEY,
    fetch,
    now: Date.now,
    timeoutMs: 10_000,
    createTimeoutMs: 10_000,
    retries: 0,
    missingPauseMs: 1,
    ...changes,
  });

beforeEach(async () => {
  server = await startCloudServer({ maxSandboxes: 3 });
  agent = driver();
});
afterEach(async () => {
  await server.close();
  expect(server.violations).toEqual([]);
});

const request = (conversationId: string = crypto.randomUUID()): StartRun => ({
  conversationId,
  workingDirectory: `/workspace/${conversationId}`,
  prompt: 'Analyse it.',
  tags: {},
});

/** A run whose sandbox is up, without its message. */
async function readyRun(): Promise<string> {
  const { conversationId } = request();
  await agent.start(request(conversationId));
  for (let look = 0; look < 10; look += 1) {
    const run = expectOk(await agent.get(conversationId));
    if (run?.status === 'idle') return conversationId;
  }
  throw new Error('The sandbox did not come up.');
}

/** A run that has its message and has done its work. */
async function finishedRun(): Promise<string> {
  const id = await readyRun();
  const task: Task = { v: 1, type: 'analyze', jobId: 'job-1', generation: 1, parameters: {}, files: [] };
  expectOk(await agent.upload(id, `/workspace/${id}/task.json`, new TextEncoder().encode(JSON.stringify(task))));
  expectOk(await agent.send(id, 'Analyse it.'));
  return id;
}

function expectOk<T>(result: Result<T, AgentFault>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}
const statusOf = (result: Result<RunSnapshot | null, AgentFault>): string =>
  result.ok ? (result.value?.status ?? 'unknown') : result.error.code;
const faultOf = (result: Result<unknown, AgentFault>): AgentFault | null => (result.ok ? null : result.error);
const callsOf = (name: string): number => server.calls.filter((call) => call === name).length;

describe('starting', () => {
  test('a run starts without its message, is known while its sandbox comes up, and is idle when it is there', async () => {
    const { conversationId } = request();
    expect(expectOk(await agent.start(request(conversationId)))).toMatchObject({
      id: conversationId,
      status: 'starting',
      hasUserMessage: false,
    });
    const seen: string[] = [];
    for (let look = 0; look < 5; look += 1) seen.push(statusOf(await agent.get(conversationId)));
    expect(seen).toEqual(['starting', 'starting', 'idle', 'idle', 'idle']);
    expect(expectOk(await agent.get(conversationId))).toMatchObject({ status: 'idle', hasUserMessage: false });
    expect(expectOk(await agent.userMessageCount(conversationId))).toBe(0);
  });

  test('the model is the one that was asked for; nothing else is decided', async () => {
    agent = driver({ model: 'anthropic/some-model' });
    const id = await readyRun();
    expect(expectOk(await agent.getMany([id]))).toMatchObject([{ id, model: 'anthropic/some-model' }]);
  });

  test('an unknown id is null', async () => {
    const id = crypto.randomUUID();
    expect(await agent.get(id)).toEqual({ ok: true, value: null });
    expect(await agent.getMany([id])).toEqual({ ok: true, value: [null] });
  });

  test('a start that fails later is an error with the reason of the Cloud', async () => {
    server.failStart({ at: 'STARTING_CONVERSATION', detail: 'No API key is set for the model.' });
    const { conversationId } = request();
    await agent.start(request(conversationId));
    let run = await agent.get(conversationId);
    while (statusOf(run) === 'starting') run = await agent.get(conversationId);
    expect(statusOf(run)).toBe('error');
    expect(expectOk(await agent.getMany([conversationId]))).toMatchObject([{ status: 'error' }]);
    expect(expectOk(await agent.failure(conversationId))).toEqual({
      id: null,
      code: 'StartFailed',
      detail: 'No API key is set for the model.',
    });
  });

  test('a sandbox that did not come up gives no reason against the run: another one may come up', async () => {
    server.failStart({ at: 'WAITING_FOR_SANDBOX', detail: 'The sandbox failed to start for an unexpected reason. Please try again.' });
    const { conversationId } = request();
    await agent.start(request(conversationId));
    expect(statusOf(await agent.get(conversationId))).toBe('error');
    expect(await agent.failure(conversationId)).toEqual({ ok: true, value: null });
    // What the start left behind goes with the run.
    expect(server.sandboxes.size).toBe(1);
    expect(await agent.delete(conversationId)).toEqual({ ok: true, value: undefined });
    expect(server.sandboxes.size).toBe(0);
  });

  test('a start whose answer was lost is found, and leaves open whether it was heard until then', async () => {
    const { conversationId } = request();
    agent = driver({
      fetch: async (url, init) => {
        const answer = await fetch(url, init);
        if (init.method === 'POST') throw new Error('The connection broke.');
        return answer;
      },
    });
    expect(faultOf(await agent.start(request(conversationId)))).toMatchObject({ code: 'agent-unreachable', ambiguous: true });
    expect(statusOf(await agent.get(conversationId))).toBe('starting');
  });

  test('a start is found behind a hundred others', async () => {
    const { conversationId } = request();
    await agent.start(request(conversationId));
    for (let other = 0; other < 100; other += 1) await agent.start(request());
    expect(statusOf(await agent.get(conversationId))).toBe('starting');
    expect(callsOf(STARTS)).toBe(2);
  });

  test('a second start of the same run fails on its id and changes nothing', async () => {
    const id = await readyRun();
    await agent.start(request(id));
    for (let look = 0; look < 3; look += 1) expect(statusOf(await agent.get(id))).toBe('idle');
    const twice = request().conversationId;
    await agent.start(request(twice));
    await agent.start(request(twice));
    const seen = new Set<string>();
    for (let look = 0; look < 6; look += 1) seen.add(statusOf(await agent.get(twice)));
    expect([...seen]).toEqual(['starting', 'idle']);
  });
});

describe('looking', () => {
  test('many runs are one call per 99, and one search for all that are not there yet', async () => {
    const ready = await readyRun();
    const starting = request().conversationId;
    await agent.start(request(starting));
    const unknown = Array.from({ length: 120 }, () => crypto.randomUUID());
    const before = server.calls.length;
    const seen = expectOk(await agent.getMany([ready, ...unknown, starting]));
    expect(seen.map((run) => run?.status ?? null)).toEqual(['idle', ...unknown.map(() => null), 'starting']);
    expect(server.calls.slice(before).sort()).toEqual([LOOK, LOOK, STARTS]);
  });

  test('no search is made when every run is there', async () => {
    const id = await readyRun();
    const before = callsOf(STARTS);
    await agent.getMany([id, id]);
    expect(callsOf(STARTS)).toBe(before);
  });

  test('what a sandbox is tells what its run is', async () => {
    const id = await finishedRun();
    const sandboxId = withoutDashes(id);
    expect(statusOf(await agent.get(id))).toBe('finished');
    for (const [sandbox, run] of [
      ['PAUSED', 'suspended'],
      ['ERROR', 'error'],
      ['STARTING', 'starting'],
    ] as const) {
      server.put(sandboxId, sandbox);
      expect(expectOk(await agent.getMany([id]))[0]?.status).toBe(run);
      server.put(sandboxId, sandbox);
      expect(statusOf(await agent.get(id))).toBe(run);
    }
    server.put(sandboxId, 'ERROR');
    expect(await agent.failure(id)).toEqual({ ok: true, value: null });
  });

  test('a sandbox that seems to be missing is asked for three times before its run counts as gone', async () => {
    const id = await finishedRun();
    server.flicker(id, 2);
    expect(statusOf(await agent.get(id))).toBe('finished');
    server.flicker(id, 1);
    expect(expectOk(await agent.getMany([id]))).toEqual([null]);
    server.put(withoutDashes(id), 'MISSING');
    const before = callsOf(LOOK);
    expect(await agent.get(id)).toEqual({ ok: true, value: null });
    expect(callsOf(LOOK) - before).toBe(3);
    expect(faultOf(await agent.send(id, 'Go on.'))).toMatchObject({ code: 'agent-lost' });
  });

  test('a look that runs out of time is no word on the run', async () => {
    const id = await finishedRun();
    expect(faultOf(await agent.get(id, AbortSignal.abort()))).toMatchObject({ code: 'agent-timeout' });
    expect(faultOf(await agent.interrupt(id, AbortSignal.abort()))).toMatchObject({ code: 'agent-timeout' });
  });

  test('costs and tokens come with every look', async () => {
    const id = await finishedRun();
    const conversation = server.inner.conversations.get(id);
    if (conversation !== undefined) conversation.costUsd = 0.25;
    expect(expectOk(await agent.getMany([id]))).toMatchObject([{ costUsd: 0.25, promptTokens: 10, completionTokens: 5 }]);
  });
});

describe('working in the sandbox', () => {
  test('files go up, the message follows, and the result comes down', async () => {
    const id = await finishedRun();
    expect(expectOk(await agent.userMessageCount(id))).toBe(1);
    const result = expectOk(await agent.download(id, `/workspace/${id}/result.json`, 10_000));
    expect(JSON.parse(new TextDecoder().decode(result))).toEqual(cannedAnalysis('job-1'));
    expect(expectOk(await agent.finalResponse(id))).toBe('I have written result.json.');
    expect(await agent.failure(id)).toEqual({ ok: true, value: null });
    expect(faultOf(await agent.download(id, `/workspace/${id}/nothing`, 10_000))).toMatchObject({ code: 'result-missing' });
  });

  test('a sandbox over the limit is paused without a word; resuming it gives another key and the run goes on', async () => {
    const oldest = await finishedRun();
    await readyRun();
    await readyRun();
    await readyRun();
    expect(statusOf(await agent.get(oldest))).toBe('suspended');
    expect(faultOf(await agent.download(oldest, `/workspace/${oldest}/result.json`, 10_000))).toMatchObject({ code: 'agent-unavailable' });
    expect(await agent.resume(oldest)).toEqual({ ok: true, value: undefined });
    expect(server.sandboxes.get(withoutDashes(oldest))?.resumes).toBe(1);
    expect(statusOf(await agent.get(oldest))).toBe('starting');
    expect(statusOf(await agent.get(oldest))).toBe('finished');
    expect((await agent.download(oldest, `/workspace/${oldest}/result.json`, 10_000)).ok).toBe(true);
  });

  test('a key that changes between two calls is no reproach to the key of the account', async () => {
    const id = await finishedRun();
    const sandbox = server.sandboxes.get(withoutDashes(id));
    let asked = false;
    agent = driver({
      fetch: (url, init) => {
        if (url.includes('/sandbox/') && !asked && sandbox !== undefined) {
          asked = true;
          sandbox.sessionKey = 'another';
        }
        return fetch(url, init);
      },
    });
    expect(faultOf(await agent.finalResponse(id))).toMatchObject({ code: 'agent-unavailable', ambiguous: false });
    expect((await agent.finalResponse(id)).ok).toBe(true);
  });

  test('an idle run in a running sandbox is run', async () => {
    const id = await readyRun();
    expect(await agent.resume(id)).toEqual({ ok: true, value: undefined });
    expect(server.inner.calls.filter(({ route }) => route === 'run')).toHaveLength(1);
  });

  test.each([
    ['plain http elsewhere', (id: string) => `http://sandbox.example.com/api/conversations/${id}`],
    ['credentials', (id: string) => `https://user:secret@sandbox.example.com/api/conversations/${id}`],
    ['another conversation', () => `https://sandbox.example.com/api/conversations/${withoutDashes(crypto.randomUUID())}`],
    ['another path', (id: string) => `https://sandbox.example.com/else/${id}`],
    ['no address', () => 'javascript:alert(1)'],
  ])('an address with %s gets neither key nor file', async (_what, address) => {
    const id = await readyRun();
    server.misname(id, address(withoutDashes(id)));
    const reached: string[] = [];
    agent = driver({
      fetch: (url, init) => {
        reached.push(new URL(url).origin);
        return fetch(url, init);
      },
    });
    expect(faultOf(await agent.upload(id, '/workspace/x', new Uint8Array(1)))).toMatchObject({ code: 'agent-answer-unreadable' });
    expect(new Set(reached)).toEqual(new Set([server.url]));
  });
});

describe('stopping', () => {
  test('a running run is interrupted; one whose sandbox does not run counts as stopped', async () => {
    const id = await finishedRun();
    expect(await agent.interrupt(id)).toEqual({ ok: true, value: undefined });
    expect(server.inner.calls.filter(({ route }) => route === 'interrupt')).toHaveLength(1);
    server.pause(withoutDashes(id));
    expect(await agent.interrupt(id)).toEqual({ ok: true, value: undefined });
    expect(await agent.interrupt(crypto.randomUUID())).toEqual({ ok: true, value: undefined });
    expect(server.inner.calls.filter(({ route }) => route === 'interrupt')).toHaveLength(1);
  });

  test('a run whose agent server does not answer is stopped with its sandbox', async () => {
    const id = await finishedRun();
    server.inner.misbehave({ route: 'interrupt' }, { answer: { kind: 'status', status: 500 } });
    expect(await agent.interrupt(id)).toEqual({ ok: true, value: undefined });
    expect(server.sandboxes.get(withoutDashes(id))?.status).toBe('PAUSED');
  });

  test('removing a run removes its sandbox; an unknown one counts as removed', async () => {
    const id = await finishedRun();
    expect(await agent.removeDirectory(id, `/workspace/${id}`)).toEqual({ ok: true, value: undefined });
    expect(await agent.delete(id)).toEqual({ ok: true, value: undefined });
    expect(server.sandboxes.size).toBe(0);
    expect(await agent.delete(id)).toEqual({ ok: true, value: undefined });
    expect(await agent.get(id)).toEqual({ ok: true, value: null });
  });

  test('a run that is still being started is removed once it is there', async () => {
    const { conversationId } = request();
    await agent.start(request(conversationId));
    expect(faultOf(await agent.delete(conversationId))).toMatchObject({
      code: 'agent-unavailable',
      ambiguous: false,
      retryAfterMs: 10_000,
    });
    let removed = await agent.delete(conversationId);
    for (let look = 0; look < 5 && !removed.ok; look += 1) removed = await agent.delete(conversationId);
    expect(removed.ok).toBe(true);
    expect(await agent.get(conversationId)).toEqual({ ok: true, value: null });
    expect(server.sandboxes.size).toBe(0);
  });
});

describe('refusals', () => {
  test.each([
    ['too many conversations', refusals.concurrency, undefined, /Close a conversation/],
    ['too many requests', refusals.throttled, 1_000, /Too many requests/],
    ['a rate limit', refusals.rateLimit, 42_000, /Rate limit exceeded/],
  ])('%s (429) is a rate limit that says when to come back, if it knows', async (_what, refusal, retryAfterMs, message) => {
    server.refuse(START, refusal);
    const fault = faultOf(await agent.start(request()));
    expect(fault).toMatchObject({ code: 'agent-rate-limited', ambiguous: false });
    expect(fault?.retryAfterMs).toBe(retryAfterMs);
    expect(fault?.message).toMatch(message);
  });

  test('the daily limit is honoured until it ends', async () => {
    const now = Date.now();
    agent = driver({ now: () => now });
    server.refuse(START, refusals.daily(new Date(now + 3_600_000)));
    expect(faultOf(await agent.start(request()))).toMatchObject({ code: 'agent-rate-limited', retryAfterMs: 3_600_000 });
    server.refuse(START, refusals.daily(new Date(now + 90 * 86_400_000)));
    expect(faultOf(await agent.start(request()))).toMatchObject({ code: 'agent-rate-limited', retryAfterMs: 86_400_000 });
  });

  test('a limit while looking is passed on, not taken for an absent run', async () => {
    const id = await readyRun();
    server.refuse(LOOK, refusals.throttled);
    expect(faultOf(await agent.get(id))).toMatchObject({ code: 'agent-rate-limited' });
    expect(faultOf(await agent.getMany([id]))).toMatchObject({ code: 'agent-rate-limited' });
    expect(faultOf(await agent.interrupt(id))).toMatchObject({ code: 'agent-rate-limited' });
  });

  test('a wrong key, an empty purse and a service that is down are told apart', async () => {
    expect(faultOf(await driver({ apiKey: 'wrong' }).start(request()))).toMatchObject({ code: 'agent-unauthorized', httpStatus: 401 });
    server.refuse(START, refusals.payment, 1);
    expect(faultOf(await agent.start(request()))).toMatchObject({
      code: 'agent-rejected',
      message: expect.stringContaining('Insufficient credits'),
    });
    server.refuse(LOOK, refusals.authenticationDown);
    expect(faultOf(await agent.getMany([crypto.randomUUID()]))).toMatchObject({ code: 'agent-unavailable', httpStatus: 503 });
  });

  test("a proxy's 404 is not the Cloud's word on a run", async () => {
    server.refuse('delete', { status: 404, body: { message: 'no Route matched with those values' } });
    expect((await agent.delete(crypto.randomUUID())).ok).toBe(false);
  });

  test('no key appears in what is said about a failure', async () => {
    server.refuse(START, { status: 400, body: { detail: `You sent Bearer ${CLOUD_API_KEY}.` } });
    const fault = faultOf(await agent.start(request()));
    expect(fault?.message).toContain('***');
    expect(JSON.stringify(fault)).not.toContain(CLOUD_API_KEY);
  });

  test('the Cloud is healthy when it answers an authenticated call', async () => {
    expect(await agent.health()).toEqual({ ok: true, value: { version: null } });
    expect(faultOf(await driver({ apiKey: 'wrong' }).health())).toMatchObject({ code: 'agent-unauthorized' });
  });
});
