/** One Idempotency-Key, one job: in a crowd, against another body, and after its job was deleted. */
import type { JobType } from '@mcpoverflow/types';
import { afterAll, beforeAll, test } from 'vitest';
import * as z from 'zod';
import { type Engine, startEngine } from './support/engine.ts';
import { acceptedId, endOf, post, refusalOf, smallSpecification } from './support/jobs.ts';
import { type OpenHandsServer, startOpenHandsServer } from './support/openhands-server.ts';

let server: OpenHandsServer;
let engine: Engine;
/** The conversations a job had, in order of their creation. */
const conversationsOf = new Map<string, string[]>();

beforeAll(async () => {
  // Neither documentation nor tests come from the result cache: every job needs a conversation, and no two are alike.
  server = await startOpenHandsServer({
    work: (task, _files, conversation) => {
      const conversations = [...(conversationsOf.get(task.jobId) ?? []), conversation.id];
      conversationsOf.set(task.jobId, conversations);
      const files = [{ path: 'README.md', content: `Written in conversation ${conversation.id}` }];
      return task.type === 'generate-tests' ? { framework: 'vitest', files, cases: 1 } : { files };
    },
  });
  engine = await startEngine({ env: { OPENHANDS_API_URL: server.url } });
});
afterAll(async () => {
  await engine?.stop();
  await server?.close();
});

const bodyOf = (code: string) => ({ connector: { code, language: 'typescript' }, spec: smallSpecification('Idempotency') });
const send = (key: string, code: string, type: JobType = 'generate-documentation'): Promise<Response> =>
  post(engine, type, bodyOf(code), { 'Idempotency-Key': JSON.stringify(key) });
/** How often each conversation of a job was asked for; it is one job's whole history with the agent. */
const createsOf = (jobId: string): (number | undefined)[] => (conversationsOf.get(jobId) ?? []).map((id) => server.creates.get(id));
/** Of the job that stands for a submission: 202 while it goes on, 200 once it has ended. */
async function idOf(answer: Response): Promise<string> {
  if (answer.status !== 200 && answer.status !== 202) throw new Error(`expected a job, got ${answer.status}: ${await answer.text()}`);
  return z.object({ jobId: z.string() }).parse(await answer.json()).jobId;
}
const remove = async (jobId: string): Promise<number> => (await engine.fetch(`/api/jobs/${jobId}`, { method: 'DELETE' })).status;

test.concurrent('the same key and body, fifty times in parallel, is one job with one conversation', async ({ expect }) => {
  const ids = await Promise.all(Array.from({ length: 50 }, async () => idOf(await send('crowd', 'same'))));
  const [jobId = ''] = ids;
  expect(new Set(ids).size).toBe(1);
  const job = await endOf(engine, jobId);
  expect(job.status).toBe('completed');
  expect(createsOf(jobId)).toEqual([1]);

  const later = await send('crowd', 'same');
  expect(later.status).toBe(200);
  expect(await later.json()).toEqual(job);
  expect(createsOf(jobId)).toEqual([1]);
});

test.concurrent('another body under a used key is refused, whether its job runs or has ended', async ({ expect }) => {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => send('contested', index % 2 === 0 ? 'one' : 'other')));
  const refused = answers.map((answer) => answer.status === 422);
  // Who comes first wins, and with it everybody who sent the same.
  expect(refused).toEqual(answers.map((_, index) => refused[index % 2]));
  expect(refused[0]).toBe(!refused[1]);
  const ids = await Promise.all(answers.filter((_, index) => !refused[index]).map(idOf));
  expect(new Set(ids).size).toBe(1);
  const [jobId = ''] = ids;

  expect((await endOf(engine, jobId)).status).toBe('completed');
  expect(await refusalOf(await send('contested', refused[0] === true ? 'one' : 'other'))).toMatchObject({
    status: 422,
    code: 'idempotency-mismatch',
  });
  expect(createsOf(jobId)).toEqual([1]);
});

test.concurrent('a key is bound to its address', async ({ expect }) => {
  const jobId = await acceptedId(await send('address', 'same'));
  expect(await acceptedId(await send('address', 'same', 'generate-tests'))).not.toBe(jobId);
});

test.concurrent('after its job was deleted a key makes a new job with a new conversation, whatever the body', async ({ expect }) => {
  const jobId = await acceptedId(await send('deleted', 'first'));
  const first = await endOf(engine, jobId);
  expect(await remove(jobId)).toBe(204);
  expect((await engine.fetch(`/api/jobs/${jobId}`)).status).toBe(404);

  expect(await acceptedId(await send('deleted', 'second'))).toBe(jobId);
  const second = await endOf(engine, jobId);
  expect(second).toMatchObject({ status: 'completed', generation: 1, cached: false });
  expect(second.result).not.toEqual(first.result);
  expect(createsOf(jobId)).toEqual([1, 1]);
  expect(JSON.stringify(second.result)).toContain(conversationsOf.get(jobId)?.at(1));
});

test.concurrent('a job deleted in the middle of its run leaves no run behind, and its key is free at once', async ({ expect }) => {
  server.script({ prompt: 'Write tests' }, { course: ['running'] });
  const jobId = await acceptedId(await send('endless', 'first', 'generate-tests'));
  const itsRuns = () => server.liveRuns().filter((run) => run.tags.job === jobId);
  await server.until(() => itsRuns().length === 1);
  expect(await remove(jobId)).toBe(204);
  server.script({ prompt: 'Write tests' }, {});

  expect(await acceptedId(await send('endless', 'first', 'generate-tests'))).toBe(jobId);
  expect((await endOf(engine, jobId)).status).toBe('completed');
  await server.until(() => itsRuns().length === 0);
  expect(createsOf(jobId)).toEqual([1, 1]);
});
