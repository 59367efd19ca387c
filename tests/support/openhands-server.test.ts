/** What other tests rely on in the fake server, beyond what the driver's own tests show. */
import { type Agent, createAgentServer, type StartRun } from '@mcpoverflow/openhands';
import { agentResultSchemas, type Task } from '@mcpoverflow/types';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenHandsServer, startOpenHandsServer } from './openhands-server.ts';

let server: OpenHandsServer;
let agent: Agent;

const agentOf = ({ url }: OpenHandsServer): Agent =>
  createAgentServer({ baseUrl: url, fetch, now: Date.now, timeoutMs: 30_000, createTimeoutMs: 30_000, maxIterations: 10, retries: 0 });

beforeEach(async () => {
  server = await startOpenHandsServer();
  agent = agentOf(server);
});
afterEach(() => server.close());

const task: Task = { v: 1, type: 'analyze', jobId: 'job-1', generation: 1, parameters: {}, files: [] };

async function start(prompt: string, tags: StartRun['tags'] = {}): Promise<string> {
  const id = crypto.randomUUID();
  await agent.upload(id, `/workspace/${id}/task.json`, new TextEncoder().encode(JSON.stringify(task)));
  await agent.start({ conversationId: id, workingDirectory: `/workspace/${id}`, prompt, tags });
  return id;
}

async function statusesOf(id: string, looks: number): Promise<(string | undefined)[]> {
  const seen: (string | undefined)[] = [];
  for (let look = 0; look < looks; look += 1) {
    const answer = await agent.getMany([id]);
    seen.push(answer.ok ? (answer.value[0]?.status ?? 'null') : answer.error.code);
  }
  return seen;
}

test('a run is finished at the first look, with a valid result of its own', async () => {
  const id = await start('plain');
  expect(await statusesOf(id, 2)).toEqual(['finished', 'finished']);
  const result = await agent.download(id, `/workspace/${id}/result.json`, 10_000);
  const json: unknown = result.ok ? JSON.parse(new TextDecoder().decode(result.value)) : null;
  expect(agentResultSchemas.analyze.parse(json).title).toBe('job-1');
});

test('a course advances with every look, and its last step stays', async () => {
  server.script({ prompt: 'wavering' }, { course: ['finished', 'running', 'stuck'] });
  server.script({ prompt: 'forgotten' }, { course: ['running', 'lost'] });
  server.script({ prompt: 'endless' }, { course: ['running'] });
  expect(await statusesOf(await start('wavering'), 4)).toEqual(['finished', 'running', 'stuck', 'stuck']);
  expect(await statusesOf(await start('forgotten'), 3)).toEqual(['running', 'null', 'null']);
  expect(await statusesOf(await start('endless'), 3)).toEqual(['running', 'running', 'running']);
});

test('scripted work writes what it likes, broken results and none included', async () => {
  server.script({ prompt: 'broken' }, { work: () => '{"half":' });
  server.script({ prompt: 'nothing' }, { work: () => undefined });
  const [broken, nothing] = [await start('broken'), await start('nothing')];
  expect(await agent.download(broken, `/workspace/${broken}/result.json`, 100)).toMatchObject({ ok: true, value: { byteLength: 8 } });
  expect(await agent.download(nothing, `/workspace/${nothing}/result.json`, 100)).toMatchObject({
    ok: false,
    error: { code: 'result-missing' },
  });
});

test('live runs are counted until they end or are stopped, at most and per tag', async () => {
  server.script({}, { course: ['running'] });
  const first = await start('a', { job: 'one' });
  await start('b', { job: 'two' });
  await start('c', { job: 'two' });
  expect([server.liveRuns().length, server.maxLiveRuns, server.maxLiveRunsPerTag('job')]).toEqual([3, 3, 2]);
  await agent.interrupt(first);
  expect([server.liveRuns().length, server.maxLiveRuns]).toEqual([2, 3]);
});

test('a full server refuses runs and keeps messages', async () => {
  await server.close();
  server = await startOpenHandsServer({ maxRuns: 1 });
  agent = agentOf(server);
  server.script({}, { course: ['running'] });
  const first = await start('a');
  const second = await start('b');
  expect(server.conversations.has(second)).toBe(false);
  await agent.interrupt(first);
  await start('c');
  expect(await agent.send(first, 'again')).toMatchObject({ ok: true });
  expect(server.conversations.get(first)).toMatchObject({ status: 'idle', messages: ['a', 'again'] });
});

test('a restart breaks off what runs, without a word why, and leaves the rest as it was', async () => {
  server.script({ prompt: 'endless' }, { course: ['running'] });
  const [endless, done] = [await start('endless'), await start('plain')];
  server.misbehave({ route: 'create' }, { perform: 'without-run' });
  const still = await start('still');
  await statusesOf(done, 1);
  server.restart();
  expect([await statusesOf(endless, 2), await statusesOf(done, 1), await statusesOf(still, 2)]).toEqual([
    ['error', 'error'],
    ['finished'],
    ['idle', 'idle'],
  ]);
  expect(await agent.failure(endless)).toEqual({ ok: true, value: null });
  await agent.resume(still);
  expect(await statusesOf(still, 1)).toEqual(['finished']);
});

test('cost and actions grow with the looks that find a run at work', async () => {
  const actions = [{ tool: 'terminal', action: { command: 'npm test' } }];
  server.script({}, { course: ['running', 'running', 'finished'], costUsd: 0.5, costUsdPerLook: 0.25, actions });
  const id = await start('dear');
  const seen: (number | undefined)[] = [];
  for (let look = 0; look < 4; look += 1) {
    const answer = await agent.get(id);
    seen.push(answer.ok ? answer.value?.costUsd : undefined);
  }
  expect(seen).toEqual([0.75, 1, 1.25, 1.25]);
  expect(await agent.activity(id, `/workspace/${id}`)).toMatchObject({ value: { kind: 'testing' } });
});

test('a rule about one conversation leaves the others alone, and ends when told or used up', async () => {
  const [one, other] = [await start('one'), await start('other')];
  const end = server.misbehave({ conversationId: one, route: 'getMany' }, { answer: { kind: 'status', status: 503 } });
  server.misbehave({ conversationId: other, route: 'getMany' }, { answer: { kind: 'empty' } }, 1);
  expect(await statusesOf(one, 1)).toEqual(['agent-unavailable']);
  expect(await statusesOf(other, 2)).toEqual(['agent-answer-unreadable', 'finished']);
  end();
  expect(await statusesOf(one, 1)).toEqual(['finished']);
});

test('what was asked is on record, and can be waited for', async () => {
  const waited = server.until(() => server.looks.length === 2);
  const id = await start('recorded');
  await agent.getMany([id]);
  await agent.getMany([id, crypto.randomUUID()]);
  await waited;
  expect(server.looks).toEqual([1, 2]);
  expect(server.creates.get(id)).toBe(1);
  expect(server.overlappingCreates).toEqual([]);
  expect(server.calls.map((call) => call.route)).toEqual(['upload', 'create', 'getMany', 'getMany']);
});
