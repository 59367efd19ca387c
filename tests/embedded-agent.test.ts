/**
 * The embedded agent as it is deployed: the real Worker from its real wrangler file, spoken to with the
 * engine's own driver.
 */
import { type Agent, type AgentFault, createAgentServer, type RunSnapshot, type StartRun } from '@mcpoverflow/openhands';
import { agentResultSchemas, type Result, type Task } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestHarness } from 'wrangler';

process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
process.env.WRANGLER_SEND_METRICS = 'false';

const SESSION_KEY = 'session-key-0123456789';
const harness = createTestHarness({
  root: new URL('..', import.meta.url).pathname,
  workers: [{ configPath: 'wrangler.embedded-agent.toml', vars: { SESSION_API_KEY: SESSION_KEY } }],
});
const className = 'AgentServer';
const object = { name: 'server' };

let baseUrl: string;
let agent: Agent;

const driver = (sessionApiKey?: string): Agent =>
  createAgentServer({
    baseUrl,
    ...(sessionApiKey === undefined ? {} : { sessionApiKey }),
    fetch,
    now: Date.now,
    timeoutMs: 60_000,
    createTimeoutMs: 60_000,
    maxIterations: 10,
    retries: 0,
  });

beforeAll(async () => {
  baseUrl = (await harness.listen()).url.origin;
  agent = driver(SESSION_KEY);
});
afterAll(() => harness.close());

const specification = `
openapi: 3.1.0
info: { title: Pets, version: 1.2.3 }
servers: [{ url: https://pets.example.com }]
paths:
  /pets:
    get: { operationId: listPets, summary: List pets, responses: { '200': { description: ok } } }
`;

const taskOf = (changes: Partial<Task> = {}): Task => ({
  v: 1,
  type: 'analyze',
  jobId: 'job',
  generation: 1,
  parameters: { specType: 'openapi' },
  specification: { path: 'specification.yaml', format: 'yaml' },
  files: [],
  ...changes,
});

const requestFor = (conversationId: string): StartRun => ({
  conversationId,
  workingDirectory: `/workspace/${conversationId}`,
  prompt: 'Read task.json.',
  tags: { job: 'job' },
});

async function value<T>(answer: Promise<Result<T, AgentFault>>): Promise<T> {
  const result = await answer;
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

async function faultCode(answer: Promise<Result<unknown, AgentFault>>): Promise<AgentFault['code'] | undefined> {
  const result = await answer;
  return result.ok ? undefined : result.error.code;
}

async function upload(conversationId: string, task: unknown): Promise<void> {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  await value(agent.upload(conversationId, `/workspace/${conversationId}/task.json`, encode(JSON.stringify(task))));
  await value(agent.upload(conversationId, `/workspace/${conversationId}/specification.yaml`, encode(specification)));
}

async function start(task: unknown): Promise<string> {
  const id = crypto.randomUUID();
  await upload(id, task);
  await value(agent.start(requestFor(id)));
  return id;
}

/** Looks until the run is no longer being worked on; the test's own time-out bounds it. */
async function ended(id: string): Promise<RunSnapshot> {
  for (;;) {
    const [run] = await value(agent.getMany([id]));
    if (run && run.status !== 'running') return run;
  }
}

const result = async (id: string): Promise<unknown> =>
  JSON.parse(new TextDecoder().decode(await value(agent.download(id, `/workspace/${id}/result.json`, 1_000_000))));

const storage = () => harness.getWorker().getDurableObjectStorage(className, object);
const call = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${baseUrl}${path}`, { ...init, headers: { 'x-session-api-key': SESSION_KEY, ...init.headers } });

describe('a run', () => {
  test('analyses a specification', async () => {
    const id = await start(taskOf());
    expect(await ended(id)).toMatchObject({ id, status: 'finished', hasUserMessage: true, costUsd: 0 });
    expect(agentResultSchemas.analyze.parse(await result(id))).toMatchObject({ title: 'Pets', version: '1.2.3' });
    expect(await value(agent.finalResponse(id))).toBe('Analysed Pets: 1 endpoints.');
    expect(await value(agent.failure(id))).toBeNull();
  });

  test('generates a connector', async () => {
    const id = await start(
      taskOf({
        type: 'generate-connector',
        parameters: { name: 'Pets', specType: 'openapi', language: 'typescript', runtime: 'cloudflare-workers' },
      }),
    );
    expect(await ended(id)).toMatchObject({ status: 'finished' });
    const connector = agentResultSchemas['generate-connector'].parse(await result(id));
    expect(connector.tools).toMatchObject([{ method: 'GET', path: '/pets' }]);
  });

  test.each([
    ['generate-from-description', { description: 'a weather API' }],
    ['generate-tests', {}],
    ['generate-documentation', {}],
    ['fix-connector', {}],
  ] as const)('that needs a mind says so: %s', async (type, parameters) => {
    const id = await start(taskOf({ type, parameters }));
    expect(await ended(id)).toMatchObject({ status: 'error' });
    const failure = await value(agent.failure(id));
    expect(failure?.code).toBe('needs-openhands');
    expect(failure?.detail).toContain('OPENHANDS_API_URL');
  });

  test('that cannot use its specification says so', async () => {
    const id = crypto.randomUUID();
    await upload(id, taskOf());
    await value(agent.upload(id, `/workspace/${id}/specification.yaml`, new TextEncoder().encode('{{{')));
    await value(agent.start(requestFor(id)));
    expect(await ended(id)).toMatchObject({ status: 'error' });
    expect(await value(agent.failure(id))).toMatchObject({ code: 'specification-unusable' });
  });

  test('without a task it can read ends in an error', async () => {
    const id = await start('nonsense');
    expect(await ended(id)).toMatchObject({ status: 'error' });
    expect(await value(agent.failure(id))).toMatchObject({ code: 'TaskUnreadable' });
  });

  test('does its work again after a new message', async () => {
    const id = await start(taskOf({ specification: { path: 'none.yaml', format: 'yaml' } }));
    expect(await ended(id)).toMatchObject({ status: 'error' });
    await upload(id, taskOf());
    await value(agent.send(id, 'Now there is a specification.'));
    expect(await ended(id)).toMatchObject({ status: 'finished' });
    expect(await value(agent.userMessageCount(id))).toBe(2);
    expect(await result(id)).toMatchObject({ title: 'Pets' });
  });

  test('created twice under one id is one run', async () => {
    const id = await start(taskOf());
    await ended(id);
    expect(await value(agent.start({ ...requestFor(id), prompt: 'Again.' }))).toMatchObject({ id, status: 'finished' });
    expect(await value(agent.userMessageCount(id))).toBe(1);
    const again = await call('/api/conversations', {
      method: 'POST',
      body: JSON.stringify({ conversation_id: id.toUpperCase(), workspace: { working_dir: '/workspace/other' } }),
    });
    expect(again.status).toBe(200);
  });

  test('is interrupted before it is worked on, and goes on when told to', async () => {
    const id = crypto.randomUUID();
    await upload(id, taskOf());
    await create(id);
    // To be worked on, with no alarm to do it: the moment between two alarms, held still.
    await (await storage()).exec("UPDATE conversations SET status = 'running' WHERE id = ?", id);
    await value(agent.interrupt(id));
    expect(await ended(id)).toMatchObject({ status: 'paused' });
    await value(agent.resume(id));
    expect(await ended(id)).toMatchObject({ status: 'finished' });
  });

  test('that stands still with its message goes on, and one that has finished does not', async () => {
    const id = crypto.randomUUID();
    await upload(id, taskOf());
    await create(id);
    const message = { role: 'user', content: [{ type: 'text', text: 'Read task.json.' }], run: false };
    await call(`/api/conversations/${id}/events`, { method: 'POST', body: JSON.stringify(message) });
    const still = await value(agent.get(id));
    expect(still).toMatchObject({ status: 'idle', hasUserMessage: true });
    expect(await value(agent.activity(id, `/workspace/${id}`))).toBeNull();
    await value(agent.resume(id));
    const done = await ended(id);
    expect(done.status).toBe('finished');
    expect(done.lastEventId).not.toBe(still?.lastEventId);
    expect(await value(agent.activity(id, `/workspace/${id}`))).toMatchObject({ kind: 'finishing' });
    await value(agent.resume(id));
    expect(await value(agent.get(id))).toEqual(done);
  });

  test('goes with its files, and with nobody else’s', async () => {
    const id = await start(taskOf());
    await ended(id);
    await value(agent.upload(id, `/workspace/${id}0/near.txt`, new Uint8Array([1])));
    await value(agent.delete(id));
    expect(await value(agent.get(id))).toBeNull();
    for (const file of ['task.json', 'specification.yaml', 'result.json']) {
      expect(await faultCode(agent.download(id, `/workspace/${id}/${file}`, 1000))).toBe('result-missing');
    }
    expect(await value(agent.download(id, `/workspace/${id}0/near.txt`, 1))).toEqual(new Uint8Array([1]));
    expect((await call(`/api/conversations/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await call(`/api/conversations/${id}/interrupt`, { method: 'POST' })).status).toBe(404);
  });
});

describe('a kill', () => {
  const evict = () => harness.getWorker().evictDurableObject(className, object);

  test('forgets nothing', async () => {
    const id = await start(taskOf());
    await ended(id);
    await evict();
    expect(await value(agent.get(id))).toMatchObject({ status: 'finished' });
    expect(await result(id)).toMatchObject({ title: 'Pets' });
    expect(await (await storage()).exec('SELECT version FROM schemaVersion')).toEqual([{ version: 1 }]);
  });

  test('in the middle of the work: it is taken up once more, and given up after that', async () => {
    const [once, twice] = [crypto.randomUUID(), crypto.randomUUID()];
    for (const [id, begun] of [
      [once, 1],
      [twice, 2],
    ] as const) {
      await upload(id, taskOf());
      await create(id);
      await (await storage()).exec("UPDATE conversations SET status = 'running', begun = ? WHERE id = ?", begun, id);
    }
    await evict();
    // Any work sets the alarm, as the one that the kill left behind would.
    await ended(await start(taskOf()));
    expect(await ended(once)).toMatchObject({ status: 'finished' });
    expect(await ended(twice)).toMatchObject({ status: 'error' });
    expect(await value(agent.failure(twice))).toMatchObject({ code: 'WorkNeverEnds' });
  });
});

describe('the protocol', () => {
  test('looks at 99 runs in one call, and answers 100 as the real server does', async () => {
    const id = await start(taskOf());
    const others = Array.from({ length: 98 }, () => crypto.randomUUID());
    expect(await value(agent.getMany([...others, id]))).toMatchObject([...others.map(() => null), { id }]);
    const tooMany = [...others, id, crypto.randomUUID()].map((one) => `ids=${one}`).join('&');
    const answer = await call(`/api/conversations?${tooMany}`);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ detail: [{ loc: ['query'] }] });
  });

  test('asks for the session key on every /api route, and on no other', async () => {
    for (const stranger of [driver(), driver('wrong')]) {
      expect(await faultCode(stranger.getMany([crypto.randomUUID()]))).toBe('agent-unauthorized');
      expect(await faultCode(stranger.start(requestFor(crypto.randomUUID())))).toBe('agent-unauthorized');
      expect(await faultCode(stranger.upload(crypto.randomUUID(), '/workspace/x', new Uint8Array(1)))).toBe('agent-unauthorized');
    }
    for (const path of ['/health', '/alive', '/ready', '/server_info']) expect((await fetch(`${baseUrl}${path}`)).status).toBe(200);
  });

  test('tells its name and version', async () => {
    const info = await (await fetch(`${baseUrl}/server_info`)).json();
    expect(info).toMatchObject({ title: 'MCPoverflow embedded agent' });
    expect((await value(agent.health())).version).toMatch(/^1\.0\.0\+connectors\./);
  });

  test('keeps files of several rows and of none, byte by byte', async () => {
    const large = new Uint8Array(2.5 * 1024 * 1024).map((_byte, at) => at % 251);
    await value(agent.upload('run', '/workspace/files/large', large));
    await value(agent.upload('run', '/workspace/files/empty', new Uint8Array()));
    expect(Buffer.compare(await value(agent.download('run', '/workspace/files/large', 10_000_000)), large)).toBe(0);
    expect(await value(agent.download('run', '/workspace/files/empty', 0))).toHaveLength(0);
    await value(agent.upload('run', '/workspace/files/large', new Uint8Array([7])));
    expect(await value(agent.download('run', '/workspace/files/large', 10))).toEqual(new Uint8Array([7]));
  });

  test('refuses files that are too large, and paths that are relative or climb', async () => {
    expect(await faultCode(agent.upload('run', '/workspace/files/huge', new Uint8Array(32 * 1024 * 1024 + 1)))).toBe('agent-rejected');
    for (const path of ['relative', '/a/../b', '/a//b', '/', '']) {
      expect(await faultCode(agent.upload('run', path, new Uint8Array(1)))).toBe('agent-rejected');
    }
    const withoutFile = await call('/api/file/upload?path=/workspace/none', { method: 'POST', body: 'nonsense' });
    expect([withoutFile.status, await withoutFile.json()]).toMatchObject([400, { detail: expect.any(String) }]);
  });

  test('says what is wrong with a body, and keeps nothing of it', async () => {
    for (const body of ['nonsense', '{}', JSON.stringify({ conversation_id: 'x', workspace: { working_dir: 'relative' } })]) {
      const answer = await call('/api/conversations', { method: 'POST', body });
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({
        detail: expect.arrayContaining([expect.objectContaining({ loc: expect.arrayContaining(['body']) })]),
      });
    }
  });

  test('filters events by class path, in pages and in either order', async () => {
    const id = await start(taskOf());
    await ended(id);
    const events = async (query: string): Promise<unknown> => (await call(`/api/conversations/${id}/events/search?${query}`)).json();
    expect(await events('kind=MessageEvent')).toEqual({ items: [], next_page_id: null });
    expect(await events('kind=openhands.sdk.event.llm_convertible.message.MessageEvent')).toMatchObject({
      items: [{ kind: 'MessageEvent', source: 'user', llm_message: { content: [{ text: 'Read task.json.' }] } }],
    });
    expect(await events('limit=1&sort_order=TIMESTAMP_DESC')).toMatchObject({
      items: [{ kind: 'ActionEvent' }],
      next_page_id: expect.any(String),
    });
  });

  test('counts and lists conversations by status', async () => {
    const id = crypto.randomUUID();
    await create(id);
    const idle = await (await call('/api/conversations/count?status=idle')).json();
    const page = await (await call('/api/conversations/search?status=idle&limit=1')).json();
    expect(idle).toBeGreaterThanOrEqual(1);
    expect(page).toMatchObject({ items: [{ id, execution_status: 'idle', last_user_message_id: null }] });
    await call(`/api/conversations/${id}`, { method: 'DELETE' });
  });
});

/** A conversation without a message: idle. */
async function create(id: string): Promise<void> {
  const body = JSON.stringify({ conversation_id: id, workspace: { working_dir: `/workspace/${id}` } });
  expect((await call('/api/conversations', { method: 'POST', body })).status).toBe(201);
}
