/** One Idempotency-Key, one job: in a crowd, against another body, and after its job was deleted. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, startEngine } from './support/engine.ts';
import { acceptedId, endOf, listedIds, post, refusalOf, smallSpecification } from './support/jobs.ts';
import { type OpenHandsServer, startOpenHandsServer } from './support/openhands-server.ts';

let server: OpenHandsServer;
let engine: Engine;
/** The conversations a job had, in order of their creation. */
const conversationsOf = new Map<string, string[]>();

beforeAll(async () => {
  // Documentation is never taken from the result cache, so every job needs a conversation; and none is like another.
  server = await startOpenHandsServer({
    work: (task, _files, conversation) => {
      const conversations = [...(conversationsOf.get(task.jobId) ?? []), conversation.id];
      conversationsOf.set(task.jobId, conversations);
      return { files: [{ path: 'README.md', content: `Written in conversation ${conversation.id}` }] };
    },
  });
  engine = await startEngine({ env: { OPENHANDS_API_URL: server.url } });
});
afterAll(async () => {
  await engine?.stop();
  await server?.close();
});

const bodyOf = (code: string) => ({ connector: { code, language: 'typescript' }, spec: smallSpecification('Idempotency') });
const send = (key: string, code: string): Promise<Response> =>
  post(engine, 'generate-documentation', bodyOf(code), { 'Idempotency-Key': JSON.stringify(key) });
const remove = async (jobId: string): Promise<number> => (await engine.fetch(`/api/jobs/${jobId}`, { method: 'DELETE' })).status;

test('the same key and body, fifty times in parallel, is one job with one conversation', async () => {
  const ids = await Promise.all(Array.from({ length: 50 }, async () => acceptedId(await send('crowd', 'same'))));
  const [jobId = ''] = ids;
  expect(new Set(ids).size).toBe(1);
  const job = await endOf(engine, jobId);
  expect(job.status).toBe('completed');
  await expect.poll(() => listedIds(engine)).toEqual([jobId]);
  expect(conversationsOf.get(jobId)).toHaveLength(1);
  expect([...server.creates.values()]).toEqual([1]);

  const later = await send('crowd', 'same');
  expect(later.status).toBe(200);
  expect(await later.json()).toEqual(job);
  expect(server.creates.size).toBe(1);
});

test('another body under a used key is refused, whether its job runs or has ended', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => send('contested', index % 2 === 0 ? 'one' : 'other')));
  const statuses = answers.map((answer) => answer.status);
  const winners = answers.filter((answer) => answer.status === 202);
  expect(statuses.toSorted()).toEqual([...Array<number>(25).fill(202), ...Array<number>(25).fill(422)]);
  expect(statuses.every((status, index) => status === statuses[index % 2])).toBe(true);
  const ids = await Promise.all(winners.map(acceptedId));
  expect(new Set(ids).size).toBe(1);
  const [jobId = ''] = ids;

  expect((await endOf(engine, jobId)).status).toBe('completed');
  expect(await refusalOf(await send('contested', statuses[0] === 202 ? 'other' : 'one'))).toMatchObject({
    status: 422,
    code: 'idempotency-mismatch',
  });
  expect(conversationsOf.get(jobId)).toHaveLength(1);
});

test('a key is bound to its address', async () => {
  const jobId = await acceptedId(await send('address', 'same'));
  const key = { 'Idempotency-Key': '"address"' };
  const other = await acceptedId(await post(engine, 'validate-connector', { connector: { code: 'same', language: 'typescript' } }, key));
  expect(other).not.toBe(jobId);
});

test('after its job was deleted a key makes a new job with a new conversation, whatever the body', async () => {
  const jobId = await acceptedId(await send('deleted', 'first'));
  const first = await endOf(engine, jobId);
  expect(await remove(jobId)).toBe(204);
  expect((await engine.fetch(`/api/jobs/${jobId}`)).status).toBe(404);

  expect(await acceptedId(await send('deleted', 'second'))).toBe(jobId);
  const second = await endOf(engine, jobId);
  expect(second).toMatchObject({ status: 'completed', generation: 1, cached: false });
  expect(second.result).not.toEqual(first.result);
  const conversations = conversationsOf.get(jobId) ?? [];
  expect(new Set(conversations).size).toBe(2);
  expect(conversations.map((id) => server.creates.get(id))).toEqual([1, 1]);
  expect(JSON.stringify(second.result)).toContain(conversations[1]);
});

test('a job deleted in the middle of its run leaves no run behind, and its key is free at once', async () => {
  server.script({ prompt: 'documentation' }, { course: ['running'] });
  const jobId = await acceptedId(await send('endless', 'first'));
  await server.until(() => server.liveRuns().some((run) => run.tags.job === jobId));
  expect(await remove(jobId)).toBe(204);
  server.script({ prompt: 'documentation' }, {});

  expect(await acceptedId(await send('endless', 'first'))).toBe(jobId);
  expect((await endOf(engine, jobId)).status).toBe('completed');
  await server.until(() => server.liveRuns().length === 0);
  const conversations = conversationsOf.get(jobId) ?? [];
  expect(new Set(conversations).size).toBe(2);
  expect(conversations.map((id) => server.creates.get(id))).toEqual([1, 1]);
});
