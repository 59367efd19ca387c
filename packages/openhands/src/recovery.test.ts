import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenHandsServer, startOpenHandsServer } from '../../../tests/support/openhands-server.ts';
import type { Agent, StartRun } from './agent.ts';
import { createAgentServer } from './agent-server.ts';
import { ensureFirstMessage, ensureRun } from './recovery.ts';

const id = '6f1f0000-0000-4000-8000-000000000002';
const request: StartRun = { conversationId: id, workingDirectory: `/workspace/${id}`, prompt: 'Read task.json.', tags: {} };
const fresh = { mayExist: false, mayCreate: true };
const unsure = { mayExist: true, mayCreate: false };
const quiet = { mayExist: true, mayCreate: true };

let server: OpenHandsServer;
let agent: Agent;

beforeEach(async () => {
  server = await startOpenHandsServer();
  agent = createAgentServer({
    baseUrl: server.url,
    fetch,
    now: () => 0,
    timeoutMs: 10_000,
    createTimeoutMs: 10_000,
    maxIterations: 10,
    retries: 0,
  });
});
afterEach(() => server.close());

const routesCalled = (): string[] => server.calls.map((call) => call.route);
const messages = (): readonly string[] | undefined => server.conversations.get(id)?.messages;

test('a first create simply creates', async () => {
  expect(await ensureRun(agent, request, fresh)).toMatchObject({ kind: 'started', run: { id, hasUserMessage: true } });
  expect(routesCalled()).toEqual(['create']);
});

test('a run that an earlier create left is found and not created again', async () => {
  await agent.start(request);
  expect(await ensureRun(agent, request, unsure)).toMatchObject({ kind: 'started', run: { id } });
  expect(server.creates.get(id)).toBe(1);
  expect(messages()).toEqual(['Read task.json.']);
});

test('while an earlier create may be under way, an absent run is waited for', async () => {
  expect(await ensureRun(agent, request, unsure)).toEqual({ kind: 'must-wait' });
  expect(routesCalled()).toEqual(['get']);
});

test('after the quiet time, a 404 permits the create', async () => {
  expect(await ensureRun(agent, request, quiet)).toMatchObject({ kind: 'started' });
  expect(routesCalled()).toEqual(['get', 'create']);
});

test('anything but a 404 does not permit the create', async () => {
  for (const answer of [{ kind: 'html', status: 404 }, { kind: 'status', status: 500 }, { kind: 'empty' }] as const) {
    const end = server.misbehave({ route: 'get' }, { answer });
    expect(await ensureRun(agent, request, quiet)).toMatchObject({ kind: 'fault', fault: { ambiguous: false } });
    end();
  }
  expect(server.creates.size).toBe(0);
});

test('a create that was done and answered 500 is found at once', async () => {
  server.misbehave({ route: 'create' }, { perform: 'everything', answer: { kind: 'status', status: 500 } });
  expect(await ensureRun(agent, request, fresh)).toMatchObject({ kind: 'started', run: { id } });
  expect(messages()).toEqual(['Read task.json.']);
});

test('a create that was answered with half a body is found at once', async () => {
  server.misbehave({ route: 'create' }, { perform: 'everything', answer: { kind: 'half' } });
  expect(await ensureRun(agent, request, fresh)).toMatchObject({ kind: 'started', run: { id } });
  expect(server.creates.get(id)).toBe(1);
});

test('a create cut short before its message gets the message', async () => {
  server.misbehave({ route: 'create' }, { perform: 'without-message', answer: { kind: 'status', status: 500 } });
  expect(await ensureRun(agent, request, fresh)).toMatchObject({ kind: 'started', run: { status: 'running', hasUserMessage: true } });
  expect(routesCalled()).toEqual(['create', 'get', 'countEvents', 'send']);
  expect(messages()).toEqual(['Read task.json.']);
});

test('a create that answers an idle run without a message is healed too', async () => {
  server.misbehave({ route: 'create' }, { perform: 'without-message' });
  expect(await ensureRun(agent, request, fresh)).toMatchObject({ kind: 'started', run: { status: 'running' } });
  expect(messages()).toEqual(['Read task.json.']);
});

test('a message that the event log knows is not sent again', async () => {
  server.misbehave({ route: 'create' }, { perform: 'without-message' });
  await agent.start(request);
  await agent.send(id, 'Read task.json.');
  const looking: Agent = {
    ...agent,
    get: async () => ({
      ok: true,
      value: {
        id,
        status: 'idle',
        hasUserMessage: false,
        costUsd: 0,
        promptTokens: 0,
        completionTokens: 0,
        iterations: 0,
        lastEventId: null,
      },
    }),
  };
  expect(await ensureRun(looking, request, unsure)).toMatchObject({ kind: 'started', run: { hasUserMessage: true } });
  expect(messages()).toEqual(['Read task.json.']);
});

test('when healing fails, the run is remembered as one that may exist', async () => {
  server.misbehave({ route: 'create' }, { perform: 'without-message' });
  server.misbehave({ route: 'send' }, { answer: { kind: 'status', status: 422 } });
  expect(await ensureRun(agent, request, fresh)).toMatchObject({ kind: 'fault', fault: { code: 'agent-rejected', ambiguous: true } });
});

test('a create lost on the way stays ambiguous, and is not sent twice', async () => {
  server.misbehave({ route: 'create' }, { answer: { kind: 'reset' } });
  expect(await ensureRun(agent, request, fresh)).toMatchObject({ kind: 'fault', fault: { code: 'agent-unreachable', ambiguous: true } });
  expect(routesCalled()).toEqual(['create', 'get']);
});

test('a create that is refused is not looked for', async () => {
  server.misbehave({ route: 'create' }, { answer: { kind: 'status', status: 401 } });
  expect(await ensureRun(agent, request, fresh)).toMatchObject({ kind: 'fault', fault: { code: 'agent-unauthorized', ambiguous: false } });
  expect(routesCalled()).toEqual(['create']);
});

test('a create answered after its time-out is found by whoever comes next', async () => {
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  server.misbehave({ route: 'create' }, { hold: held });
  const budget = new AbortController();
  const first = ensureRun(agent, request, fresh, budget.signal);
  await server.until(() => server.conversations.has(id));
  budget.abort();
  expect(await first).toMatchObject({ kind: 'fault', fault: { code: 'agent-timeout', ambiguous: true } });
  answer();
  expect(await ensureRun(agent, request, unsure)).toMatchObject({ kind: 'started', run: { id } });
  expect(server.creates.get(id)).toBe(1);
});

test('a run that is idle with its message is left to whoever watches it, for a fresh create looks the same', async () => {
  server.misbehave({ route: 'create' }, { perform: 'without-run' });
  expect(await ensureRun(agent, request, fresh)).toMatchObject({ kind: 'started', run: { status: 'idle', hasUserMessage: true } });
  expect(await ensureRun(agent, request, unsure)).toMatchObject({ kind: 'started', run: { status: 'idle', hasUserMessage: true } });
  expect(routesCalled()).toEqual(['create', 'get']);
  expect(messages()).toEqual(['Read task.json.']);
});

test('a full server creates nothing, so the create may be sent again', async () => {
  server.misbehave({ route: 'create' }, { answer: { kind: 'status', status: 429, retryAfter: '3' } });
  expect(await ensureRun(agent, request, fresh)).toMatchObject({
    kind: 'fault',
    fault: { code: 'agent-rate-limited', ambiguous: false, retryAfterMs: 3000 },
  });
});

test('where files need the run, the message waits for the caller, who can give it once', async () => {
  server.misbehave({ route: 'create' }, { perform: 'without-message' });
  const sandboxed: Agent = { ...agent, filesNeedRun: true };
  const answer = await ensureRun(sandboxed, request, fresh);
  expect(answer).toMatchObject({ kind: 'started', run: { status: 'idle', hasUserMessage: false } });
  if (answer.kind !== 'started') throw new Error('The run was not created.');
  expect(await ensureFirstMessage(sandboxed, request.prompt, answer.run)).toMatchObject({ ok: true, value: { status: 'running' } });
  expect(await ensureFirstMessage(sandboxed, request.prompt, answer.run)).toMatchObject({ ok: true, value: { hasUserMessage: true } });
  expect(messages()).toEqual(['Read task.json.']);
});
