/** Submissions and their ends over HTTP, as a caller sees them. Waiting is the engine's own long poll: no clock here. */
import { acceptedSchema, isTerminal, type Job, type JobType, jobSchema, problemSchema } from '@mcpoverflow/types';
import * as z from 'zod';
import type { Engine } from './engine.ts';

type Caller = Pick<Engine, 'fetch'>;

/** Submits and returns at once, whatever the answer. */
export function post(engine: Caller, type: JobType, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return engine.fetch(`/api/${type}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Prefer: 'respond-async', ...headers },
    body: JSON.stringify(body),
  });
}

/** The id of a submission that was accepted; throws with the answer when it was not. */
export async function acceptedId(answer: Response): Promise<string> {
  const text = await answer.text();
  if (answer.status !== 202) throw new Error(`expected 202, got ${answer.status}: ${text}`);
  return acceptedSchema.parse(JSON.parse(text)).jobId;
}

/** The job once it has ended. */
export async function endOf(engine: Caller, jobId: string): Promise<Job> {
  for (;;) {
    const answer = await engine.fetch(`/api/jobs/${jobId}`, { headers: { Prefer: 'wait=60' } });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`expected the job, got ${answer.status}: ${text}`);
    const job = jobSchema.parse(JSON.parse(text));
    if (isTerminal(job.status)) return job;
  }
}

/** What a refusal tells a machine: status, code, and the pointer of each fault. */
export async function refusalOf(answer: Response): Promise<{ status: number; code: string; pointers: readonly string[] }> {
  const { status, code, errors } = problemSchema.parse(await answer.json());
  if (status !== answer.status || answer.headers.get('Content-Type') !== 'application/problem+json') {
    throw new Error(`a problem of status ${status} came as ${answer.status} ${answer.headers.get('Content-Type')}`);
  }
  return { status, code, pointers: (errors ?? []).map(({ pointer }) => pointer) };
}

/** The ids of the newest hundred jobs, as the list has them. */
export async function listedIds(engine: Caller): Promise<readonly string[]> {
  const answer = await engine.fetch('/api/jobs?limit=100');
  return z
    .object({ jobs: z.array(z.object({ jobId: z.string() })) })
    .parse(await answer.json())
    .jobs.map(({ jobId }) => jobId);
}

/** A small API of one operation; equal titles give equal specifications. */
export const smallSpecification = (title: string): Readonly<Record<string, unknown>> => ({
  openapi: '3.1.0',
  info: { title, version: '1.0.0' },
  servers: [{ url: 'https://api.example.com' }],
  paths: { '/users': { get: { operationId: 'listUsers', summary: 'List users', responses: { 200: { description: 'Users' } } } } },
});
