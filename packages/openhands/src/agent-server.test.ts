import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Answer } from '../../../tests/support/openhands-behaviours.ts';
import { type OpenHandsServer, startOpenHandsServer } from '../../../tests/support/openhands-server.ts';
import type { Agent, AgentFault, StartRun } from './agent.ts';
import { type AgentServerOptions, createAgentServer } from './agent-server.ts';

const SESSION_KEY = 'session-key-0123456789';
const MODEL_KEY = 'model-key-0123456789';
const NOW = Date.parse('2026-11-22T10:00:00Z');

let server: OpenHandsServer;
let agent: Agent;

const driver = (changes: Partial<AgentServerOptions> = {}): Agent =>
  createAgentServer({
    baseUrl: server.url,
    sessionApiKey: SESSION_KEY,
    fetch,
    now: () => NOW,
    timeoutMs: 10_000,
    createTimeoutMs: 10_000,
    llm: { model: 'openai/model', apiKey: MODEL_KEY, baseUrl: 'http://llm.test/v1' },
    maxIterations: 42,
    retries: 0,
    random: () => 0,
    ...changes,
  });

const id = '6f1f0000-0000-4000-8000-000000000001';
const other = '6f1f0000-0000-4000-8000-000000000003';
const request: StartRun = { conversationId: id, workingDirectory: `/workspace/${id}`, prompt: 'Read task.json.', tags: { job: 'j1' } };

const faultOf = async (answer: Promise<{ ok: boolean; error?: AgentFault }>): Promise<AgentFault | undefined> => (await answer).error;
const succeeds = async <T>(answer: Promise<{ ok: true; value: T } | { ok: false; error: AgentFault }>): Promise<T> => {
  const result = await answer;
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};

beforeEach(async () => {
  server = await startOpenHandsServer({ sessionApiKey: SESSION_KEY });
  agent = driver();
});
afterEach(() => server.close());

describe('what is asked', () => {
  test('a create says all that the server must not decide by itself', async () => {
    const run = await succeeds(agent.start(request));
    expect(run).toMatchObject({ id, status: 'idle', hasUserMessage: true, model: 'fake/model', promptTokens: 10, completionTokens: 5 });
    expect(server.conversations.get(id)?.request).toEqual({
      conversation_id: id,
      workspace: { kind: 'LocalWorkspace', working_dir: `/workspace/${id}` },
      agent: {
        kind: 'Agent',
        llm: { usage_id: 'agent', model: 'openai/model', api_key: MODEL_KEY, base_url: 'http://llm.test/v1' },
        tools: [
          { name: 'terminal', params: { terminal_type: 'subprocess' } },
          { name: 'file_editor', params: {} },
        ],
        include_default_tools: ['FinishTool', 'ThinkTool'],
        condenser: {
          kind: 'LLMSummarizingCondenser',
          llm: { usage_id: 'condenser', model: 'openai/model', api_key: MODEL_KEY, base_url: 'http://llm.test/v1' },
        },
      },
      initial_message: { role: 'user', content: [{ type: 'text', text: 'Read task.json.' }] },
      confirmation_policy: { kind: 'NeverConfirm' },
      max_iterations: 42,
      stuck_detection: true,
      autotitle: false,
      tags: { job: 'j1' },
    });
  });

  test('the price of a model that OpenHands does not know is told by the token', async () => {
    const llm = { model: 'openai/model', inputUsdPerMillionTokens: 2, outputUsdPerMillionTokens: 0 };
    await succeeds(driver({ llm }).start(request));
    expect(server.conversations.get(id)?.request).toMatchObject({
      agent: { llm: { usage_id: 'agent', input_cost_per_token: 0.000002, output_cost_per_token: 0 } },
    });
  });

  test('an id that exists already answers its present state and starts nothing', async () => {
    await succeeds(agent.start(request));
    await succeeds(agent.get(id));
    expect(await succeeds(agent.start(request))).toMatchObject({ id, status: 'finished' });
    expect(server.conversations.get(id)?.messages).toEqual(['Read task.json.']);
  });

  test('many runs are looked at with one call per 99', async () => {
    await succeeds(agent.start(request));
    const others = Array.from({ length: 197 }, () => crypto.randomUUID());
    const snapshots = await succeeds(agent.getMany([...others, id]));
    expect(server.looks).toEqual([99, 99]);
    expect(snapshots.slice(0, 197)).toEqual(others.map(() => null));
    expect(snapshots[197]?.id).toBe(id);
  });

  test('looking at no runs calls nobody', async () => {
    expect(await succeeds(agent.getMany([]))).toEqual([]);
    expect(server.calls).toEqual([]);
  });

  test('files go up and come down byte by byte', async () => {
    const content = new Uint8Array([0, 255, 10, 13, 45, 45, 0]);
    await succeeds(agent.upload(id, '/workspace/a b/ü.bin', content));
    expect(await succeeds(agent.download(id, '/workspace/a b/ü.bin', 7))).toEqual(content);
  });

  test('a message is sent to run', async () => {
    await succeeds(agent.start(request));
    await succeeds(agent.get(id));
    await succeeds(agent.send(id, 'Mend the second tool.'));
    expect(server.conversations.get(id)).toMatchObject({ status: 'running', messages: ['Read task.json.', 'Mend the second tool.'] });
    expect(await succeeds(agent.userMessageCount(id))).toBe(2);
  });

  test('a message that a full server kept counts as sent, and the run goes on when it is told to', async () => {
    await server.close();
    server = await startOpenHandsServer({ sessionApiKey: SESSION_KEY, maxRuns: 1 });
    agent = driver();
    await succeeds(agent.start(request));
    await succeeds(agent.get(id));
    server.script({ conversationId: other }, { course: ['running'] });
    await succeeds(agent.start({ ...request, conversationId: other }));
    await succeeds(agent.send(id, 'Mend the second tool.'));
    expect(await succeeds(agent.get(id))).toMatchObject({ status: 'idle', hasUserMessage: true });
    expect(await succeeds(agent.userMessageCount(id))).toBe(2);
    expect(await faultOf(agent.resume(id))).toMatchObject({ code: 'agent-rate-limited', ambiguous: false });
    await succeeds(agent.interrupt(other));
    await succeeds(agent.resume(id));
    expect(server.conversations.get(id)?.status).toBe('running');
    expect(server.conversations.get(id)?.messages).toHaveLength(2);
  });

  test("a proxy's rate limit on a message means that nothing was sent", async () => {
    await succeeds(agent.start(request));
    server.misbehave({ route: 'send' }, { answer: { kind: 'status', status: 429 } });
    expect(await faultOf(agent.send(id, 'Mend the second tool.'))).toMatchObject({ code: 'agent-rate-limited', ambiguous: false });
    expect(await succeeds(agent.userMessageCount(id))).toBe(1);
  });

  test('a create that a full server refuses has created nothing', async () => {
    await server.close();
    server = await startOpenHandsServer({ sessionApiKey: SESSION_KEY, maxRuns: 1 });
    agent = driver();
    await succeeds(agent.start(request));
    const refused = agent.start({ ...request, conversationId: other });
    expect(await faultOf(refused)).toMatchObject({ code: 'agent-rate-limited', ambiguous: false });
    expect(await succeeds(agent.get(other))).toBeNull();
  });

  test('a run that runs already needs no resuming, one that is not there cannot be resumed', async () => {
    expect(await faultOf(agent.resume(id))).toMatchObject({ code: 'agent-lost' });
    await succeeds(agent.start(request));
    await succeeds(agent.resume(id));
    server.misbehave(
      { route: 'run' },
      { answer: { kind: 'status', status: 409, detail: 'Conversation is owned by another agent server' } },
    );
    expect(await faultOf(agent.resume(id))).toMatchObject({ code: 'agent-rejected', httpStatus: 409 });
  });

  test('what the agent does is told by its newest action, and a run that has done nothing tells nothing', async () => {
    server.script(
      { conversationId: id },
      {
        course: ['running', 'running', 'finished'],
        actions: [
          { tool: 'terminal', action: { kind: 'TerminalAction', command: `cat /workspace/${id}/task.json` } },
          { tool: 'file_editor', action: { kind: 'FileEditorAction', command: 'create', path: `/workspace/${id}/src/index.ts` } },
        ],
      },
    );
    await succeeds(agent.start(request));
    const activity = () => succeeds(agent.activity(id, `/workspace/${id}`));
    expect(await activity()).toBeNull();
    const first = await succeeds(agent.get(id));
    expect(await activity()).toEqual({ kind: 'commanding', message: 'Running `cat task.json`.' });
    const second = await succeeds(agent.get(id));
    expect(await activity()).toEqual({ kind: 'editing', message: 'Editing src/index.ts.' });
    expect([first?.iterations, second?.iterations]).toEqual([1, 2]);
    expect(second?.lastEventId).not.toBe(first?.lastEventId);
  });

  test("a run's directory is removed, whatever its name holds", async () => {
    const directory = `/workspace/it's $(touch x); "q" *`;
    await succeeds(agent.upload(id, `${directory}/task.json`, new Uint8Array(3)));
    await succeeds(agent.upload(id, '/workspace/other/task.json', new Uint8Array(3)));
    await succeeds(agent.removeDirectory(id, directory));
    expect(server.removedDirectories).toEqual([directory]);
    expect([...server.files.keys()]).toEqual(['/workspace/other/task.json']);
    await succeeds(agent.removeDirectory(id, directory));
  });

  test('a directory that cannot be one of a run is not removed', async () => {
    for (const path of [
      '',
      '/',
      '/workspace',
      '/workspace/',
      '/workspace/../etc',
      '/workspace/a/..',
      '/workspace//a',
      './a/b',
      '/a/./b',
      '/a/b\0',
    ]) {
      expect(await faultOf(agent.removeDirectory(id, path))).toMatchObject({ code: 'agent-rejected', ambiguous: false });
    }
    expect(server.calls).toEqual([]);
  });

  test('a removal that failed on the machine, or took too long, is a fault', async () => {
    for (const [output, reason] of [
      [{ exit_code: 1, stderr: "rm: cannot remove 'x': Permission denied" }, 'Permission denied'],
      [{ exit_code: -1, stderr: null }, 'too long'],
      [{ exit_code: null }, 'too long'],
    ] as const) {
      const answering = driver({ fetch: async () => Response.json({ kind: 'BashOutput', ...output }) });
      const fault = await faultOf(answering.removeDirectory(id, '/workspace/a'));
      expect(fault?.message).toContain(reason);
    }
  });

  test('runs cut off by a restart of the server end in an error that says nothing', async () => {
    server.script({ conversationId: id }, { course: ['running'] });
    await succeeds(agent.start(request));
    server.restart();
    expect(await succeeds(agent.get(id))).toMatchObject({ status: 'error' });
    expect(await succeeds(agent.failure(id))).toBeNull();
  });

  test('an error tells its code and detail, and a run without one tells nothing', async () => {
    server.script(
      { conversationId: id },
      { course: ['error'], error: { code: 'MaxIterationsReached', detail: `42 steps\u0007 with ${MODEL_KEY}` } },
    );
    await succeeds(agent.start(request));
    expect(await succeeds(agent.failure(id))).toBeNull();
    await succeeds(agent.get(id));
    expect(await succeeds(agent.failure(id))).toEqual({
      id: expect.any(String),
      code: 'MaxIterationsReached',
      detail: '42 steps with ***',
    });
  });

  test('a failure tells neither the credentials of a model address nor what looks like a secret', async () => {
    const careful = driver({ llm: { model: 'openai/model', apiKey: 'a"b', baseUrl: 'https://me:pass%40word@llm.test/v1' } });
    const detail = 'pass@word pass%40word {"sent": "a\\"b"} Incorrect API key: gsk_abcdefgh1234';
    server.script({ conversationId: id }, { course: ['error'], error: { code: 'NotFoundError', detail } });
    await succeeds(careful.start(request));
    await succeeds(careful.get(id));
    expect((await succeeds(careful.failure(id)))?.detail).toBe('*** *** {"sent": "***"} Incorrect API key: ***');
  });

  test('a failure keeps its id while the run goes on, and the next one has another', async () => {
    server.script({ conversationId: id }, { course: ['error'] });
    await succeeds(agent.start(request));
    await succeeds(agent.get(id));
    const first = await succeeds(agent.failure(id));
    await succeeds(agent.resume(id));
    expect(first?.id).toEqual(expect.any(String));
    expect(await succeeds(agent.failure(id))).toEqual(first);
    await succeeds(agent.get(id));
    expect((await succeeds(agent.failure(id)))?.id).not.toBe(first?.id);
  });

  test('health asks a working route and tells the version', async () => {
    expect(await succeeds(agent.health())).toEqual({ version: '1.58.2' });
    expect(server.calls.map((call) => call.route).sort()).toEqual(['count', 'serverInfo']);
    server.misbehave({ route: 'serverInfo' }, { answer: { kind: 'html', status: 200 } });
    expect(await succeeds(agent.health())).toEqual({ version: null });
  });

  test('stopping and removing what is not there is done', async () => {
    expect(await agent.interrupt(id)).toEqual({ ok: true, value: undefined });
    expect(await agent.delete(id)).toEqual({ ok: true, value: undefined });
    await succeeds(agent.start(request));
    await succeeds(agent.interrupt(id));
    expect(server.liveRuns()).toEqual([]);
    await succeeds(agent.delete(id));
    expect(await succeeds(agent.get(id))).toBeNull();
  });

  test('a proxy that answers 404 does not pass for the server forgetting a run', async () => {
    server.misbehave({}, { answer: { kind: 'html', status: 404 } });
    for (const answer of [agent.get(id), agent.interrupt(id), agent.delete(id), agent.download(id, '/workspace/result.json', 10)]) {
      expect(await faultOf(answer)).toMatchObject({ code: 'agent-answer-unreadable', httpStatus: 404 });
    }
  });

  test('a status word from the future counts as running', async () => {
    const answering = driver({
      fetch: async () => Response.json([{ id, execution_status: 'pondering', stats: 'none', last_user_message_id: 7 }]),
    });
    expect(await succeeds(answering.getMany([id]))).toEqual([
      { id, status: 'running', hasUserMessage: false, costUsd: 0, promptTokens: 0, completionTokens: 0, iterations: 0, lastEventId: null },
    ]);
  });

  test('a run that the server tells of in no readable way hides none of the others', async () => {
    const answering = driver({
      fetch: async () => Response.json([{ id: 7 }, { id: other, execution_status: 'finished' }, null, 'broken']),
    });
    const unknown = crypto.randomUUID();
    expect(await succeeds(answering.getMany([id, other, unknown, unknown]))).toMatchObject([
      undefined,
      { id: other, status: 'finished' },
      null,
      undefined,
    ]);
  });

  test('an answer about another run is not believed', async () => {
    const answering = driver({ fetch: async () => Response.json([{ id: crypto.randomUUID(), execution_status: 'finished' }]) });
    expect(await faultOf(answering.getMany([id]))).toMatchObject({ code: 'agent-answer-unreadable' });
  });
});

describe('what a fault is called', () => {
  const status = (code: number, more: Partial<Extract<Answer, { kind: 'status' }>> = {}): Answer => ({
    kind: 'status',
    status: code,
    ...more,
  });
  const table: readonly [string, Answer, AgentFault['code'], { readonly ambiguousCreate: boolean }][] = [
    ['400', status(400), 'agent-rejected', { ambiguousCreate: false }],
    ['401', status(401), 'agent-unauthorized', { ambiguousCreate: false }],
    ['403', status(403), 'agent-unauthorized', { ambiguousCreate: false }],
    ['404', status(404), 'agent-rejected', { ambiguousCreate: false }],
    ['422', status(422), 'agent-rejected', { ambiguousCreate: false }],
    ['500', status(500), 'agent-unavailable', { ambiguousCreate: true }],
    ['502 with a page', { kind: 'html', status: 502 }, 'agent-unavailable', { ambiguousCreate: true }],
    ['503 with a page', { kind: 'html', status: 503 }, 'agent-unavailable', { ambiguousCreate: true }],
    ['503 of its own', status(503), 'agent-unavailable', { ambiguousCreate: false }],
    ['504 with a page', { kind: 'html', status: 504 }, 'agent-unavailable', { ambiguousCreate: true }],
    ['a redirect', status(302), 'agent-rejected', { ambiguousCreate: false }],
    ['200 with a page', { kind: 'html', status: 200 }, 'agent-answer-unreadable', { ambiguousCreate: true }],
    ['garbage', { kind: 'garbage' }, 'agent-answer-unreadable', { ambiguousCreate: true }],
    ['an empty body', { kind: 'empty' }, 'agent-answer-unreadable', { ambiguousCreate: true }],
    ['half a body', { kind: 'half' }, 'agent-answer-unreadable', { ambiguousCreate: true }],
    ['a dropped connection', { kind: 'reset' }, 'agent-unreachable', { ambiguousCreate: true }],
  ];
  test.each(table)('%s', async (_name, answer, code, { ambiguousCreate }) => {
    server.misbehave({}, { answer });
    const created = await faultOf(agent.start(request));
    expect(created).toMatchObject({ code, ambiguous: ambiguousCreate });
    expect(await faultOf(agent.getMany([id]))).toMatchObject({ code, ambiguous: false });
    expect(await faultOf(agent.upload(id, '/workspace/task.json', new Uint8Array(3)))).toMatchObject({ code, ambiguous: false });
    expect(created?.message).toMatch(/^\S.{10,300}\S$/);
    expect(server.creates.get(id)).toBe(1);
  });

  test('a rate limit says how long to wait, in seconds or as a date', async () => {
    server.misbehave({ route: 'create' }, { answer: status(429, { retryAfter: '12' }) });
    server.misbehave({ route: 'get' }, { answer: status(429, { retryAfter: 'Sun, 22 Nov 2026 10:00:30 GMT' }) });
    expect(await faultOf(agent.start(request))).toMatchObject({ code: 'agent-rate-limited', retryAfterMs: 12_000, ambiguous: false });
    expect(await faultOf(agent.get(id))).toMatchObject({ code: 'agent-rate-limited', retryAfterMs: 30_000 });
  });

  test('a conflict that the server promises to be passing can be retried', async () => {
    const answering = driver({
      fetch: async () => Response.json({ detail: 'Credential binding is required', retryable: true }, { status: 409 }),
    });
    expect(await faultOf(answering.start(request))).toMatchObject({ code: 'agent-unavailable', httpStatus: 409, ambiguous: false });
  });

  test('a server that is not initialised yet has begun nothing', async () => {
    const body = { detail: 'Internal Server Error', exception: '503: Service not available' };
    const answering = driver({ fetch: async () => Response.json(body, { status: 503 }) });
    expect(await faultOf(answering.start(request))).toMatchObject({ code: 'agent-unavailable', httpStatus: 503, ambiguous: false });
  });

  test('no answer within the time-out', async () => {
    server.misbehave({}, { answer: { kind: 'hang' } });
    const hasty = driver({ timeoutMs: 50, createTimeoutMs: 50, retries: 2 });
    expect(await faultOf(hasty.start(request))).toMatchObject({ code: 'agent-timeout', ambiguous: true });
    expect(await faultOf(hasty.getMany([id]))).toMatchObject({ code: 'agent-timeout', ambiguous: false });
  });

  test('the caller gives up', async () => {
    server.misbehave({}, { answer: { kind: 'hang' } });
    const caller = new AbortController();
    const answer = faultOf(agent.start(request, caller.signal));
    await server.until(() => server.creates.has(id));
    caller.abort();
    expect(await answer).toMatchObject({ code: 'agent-timeout', ambiguous: true });
  });

  test('a caller that has given up before asks nobody', async () => {
    expect(await faultOf(agent.start(request, AbortSignal.abort()))).toMatchObject({ code: 'agent-timeout', ambiguous: false });
    expect(server.calls).toEqual([]);
  });

  test('a server that is not there', async () => {
    await server.close();
    expect(await faultOf(agent.upload(id, '/workspace/task.json', new Uint8Array(3)))).toMatchObject({
      code: 'agent-unreachable',
      ambiguous: false,
    });
    expect(await faultOf(agent.start(request))).toMatchObject({ code: 'agent-unreachable', ambiguous: true });
  });

  test('a file that is not there, or too large', async () => {
    await succeeds(agent.upload(id, '/workspace/result.json', new Uint8Array(11)));
    expect(await faultOf(agent.download(id, '/workspace/none.json', 10))).toMatchObject({ code: 'result-missing' });
    expect(await faultOf(agent.download(id, '/workspace/result.json', 10))).toMatchObject({ code: 'result-too-large' });
  });

  test('a body without a declared length is cut off at the limit', async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024));
      },
    });
    const answering = driver({ fetch: async () => new Response(endless) });
    expect(await faultOf(answering.download(id, '/workspace/result.json', 4096))).toMatchObject({ code: 'result-too-large' });
    expect(pulled).toBeLessThan(10);
  });

  test('no message ever holds a key', async () => {
    server.misbehave({}, { answer: { kind: 'status', status: 422, detail: `bad key ${MODEL_KEY} ${SESSION_KEY} ${'x'.repeat(500)}` } });
    const fault = await faultOf(agent.start(request));
    expect(fault?.message).toContain('bad key *** ***');
    expect(fault?.message.length).toBeLessThanOrEqual(300);
  });

  test('a wrong key of ours is told as such', async () => {
    expect(await faultOf(driver({ sessionApiKey: 'wrong' }).getMany([id]))).toMatchObject({ code: 'agent-unauthorized' });
  });
});

describe('the short retry', () => {
  test('a look, an upload and a stop that fail for a moment succeed', async () => {
    const patient = driver({ retries: 2 });
    await succeeds(patient.start(request));
    for (const route of ['getMany', 'upload', 'interrupt', 'delete'] as const)
      server.misbehave({ route }, { answer: { kind: 'reset' } }, 2);
    await succeeds(patient.getMany([id]));
    await succeeds(patient.upload(id, '/workspace/task.json', new Uint8Array([1, 2, 3])));
    await succeeds(patient.interrupt(id));
    await succeeds(patient.delete(id));
    expect(server.files.get('/workspace/task.json')).toHaveLength(3);
  });

  test('what starts work is never sent twice', async () => {
    const patient = driver({ retries: 2 });
    await succeeds(patient.start(request));
    server.misbehave({ route: ['create', 'send'] }, { answer: { kind: 'reset' } });
    await patient.start(request);
    await patient.send(id, 'again');
    expect(server.creates.get(id)).toBe(2);
    expect(server.calls.filter((call) => call.route === 'send')).toHaveLength(1);
  });

  test('a refusal, a rate limit and a wish to wait are not tried again', async () => {
    const patient = driver({ retries: 2 });
    for (const answer of [
      { kind: 'status', status: 401 },
      { kind: 'status', status: 429 },
      { kind: 'status', status: 503, retryAfter: '5' },
    ] as const) {
      server.misbehave({}, { answer });
      const before = server.calls.length;
      await patient.getMany([id]);
      expect(server.calls.length - before).toBe(1);
    }
  });
});
