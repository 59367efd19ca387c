/**
 * What belongs to one tenant does not exist for another: whatever it calls, with whatever it may know, the
 * answer is the one that an id of nobody gets. The calls come from the engine's own description of itself, so
 * one that is added is tried, too.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { type Caller, withKey } from '../support/dead-letters.ts';
import { type FaultyEngine, startFaultyEngine } from '../support/faulty-engine.ts';
import { acceptedId, endOf, listedIds, post, smallSpecification } from '../support/jobs.ts';

const documentSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });
const problemSchema = z.looseObject({ code: z.string(), requestId: z.string(), instance: z.string() });

let engine: FaultyEngine;
let owner: Caller;
let stranger: Caller;
/** The owner's connector, completed. */
let jobId: string;

beforeAll(async () => {
  engine = await startFaultyEngine({ AUTH: 'keys', RESEND_SECONDS: '3600' });
  const callerOf = async (tenant: string) => withKey(engine, await engine.makeKey({ tenant, scopes: ['submit', 'read', 'operate'] }));
  [owner, stranger] = [await callerOf('owner'), await callerOf('stranger')];
  const submission = {
    ...{ name: 'secret plans', specType: 'openapi', language: 'python' },
    ...{ spec: smallSpecification('Secret plans'), engine: 'embedded', metadata: { plan: 'secret' } },
  };
  jobId = await acceptedId(await post(owner, 'generate-connector', submission, { 'Idempotency-Key': 'one' }));
  expect(await endOf(owner, jobId)).toMatchObject({ status: 'completed' });
});
afterAll(() => engine?.stop());

/** Every call about one job: method and path. */
async function callsAboutJobs(): Promise<readonly (readonly [string, string])[]> {
  const { paths } = documentSchema.parse(await (await owner.fetch('/openapi.json')).json());
  return Object.entries(paths)
    .filter(([path]) => path.includes('{jobId}'))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => [method.toUpperCase(), path] as const));
}

/** An answer without what names the call itself. */
async function answerOf(caller: Caller, method: string, path: string) {
  const answer = await caller.fetch(path, { method });
  const { requestId: _request, instance: _instance, ...problem } = problemSchema.parse(await answer.json());
  return { status: answer.status, problem, headers: [...answer.headers.keys()].filter((name) => name !== 'date') };
}

test('a job of another tenant is answered like one that never was, to every call there is', async () => {
  const calls = await callsAboutJobs();
  expect(calls.map((call) => call.join(' '))).toEqual(
    expect.arrayContaining([
      'GET /api/jobs/{jobId}',
      'DELETE /api/jobs/{jobId}',
      'GET /api/jobs/{jobId}/artifact',
      'POST /api/jobs/{jobId}/retry',
    ]),
  );
  for (const [method, path] of calls) {
    const filled = (id: string): string => path.replace('{jobId}', id).replace(/\{\w+\}/g, randomUUID());
    const foreign = await answerOf(stranger, method, filled(jobId));
    expect(foreign, `${method} ${path}`).toEqual(await answerOf(stranger, method, filled(randomUUID())));
    expect(foreign, `${method} ${path}`).toMatchObject({ status: 404, problem: { code: 'job-not-found' } });
  }
  expect(await endOf(owner, jobId)).toMatchObject({ status: 'completed', generation: 1, metadata: { plan: 'secret' } });
});

test('a list shows one’s own jobs, and the same idempotency key names another job for another tenant', async () => {
  expect(await listedIds(stranger)).toEqual([]);
  const submission = { specType: 'openapi', spec: smallSpecification('Mine'), engine: 'embedded' };
  const mine = await acceptedId(await post(stranger, 'analyze', submission, { 'Idempotency-Key': 'one' }));
  const theirs = await acceptedId(await post(owner, 'analyze', submission, { 'Idempotency-Key': 'one' }));
  expect(mine).not.toBe(theirs);
  await endOf(stranger, mine);
  await expect.poll(() => listedIds(stranger)).toEqual([mine]);
});

test('the connector of another tenant cannot be used as one’s own', async () => {
  const failureOf = async (id: string) => {
    const job = await endOf(stranger, await acceptedId(await post(stranger, 'validate-connector', { connector: { jobId: id } })));
    return { status: job.status, code: job.error?.code, message: job.error?.message.replaceAll(id, '…') };
  };
  const foreign = await failureOf(jobId);
  expect(foreign).toMatchObject({ status: 'failed', code: 'connector-unavailable' });
  expect(foreign).toEqual(await failureOf(randomUUID()));
});

test('an equal submission of another tenant is not answered from one’s own', async () => {
  const submission = { specType: 'openapi', spec: smallSpecification('Shared'), engine: 'embedded' };
  await endOf(owner, await acceptedId(await post(owner, 'analyze', submission)));
  const second = await post(stranger, 'analyze', submission);
  expect(await endOf(stranger, await acceptedId(second))).toMatchObject({ cached: false });
});
