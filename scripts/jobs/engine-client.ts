/** The engine's calls about jobs, as far as the command line needs them. Never throws. */
import {
  fail,
  type Job,
  type JobList,
  type JobStatus,
  type JobSummary,
  type JobType,
  jobListSchema,
  jobSchema,
  jobSummarySchema,
  ok,
  type Result,
  uuidSchema,
} from '@mcpoverflow/types';
import * as z from 'zod';
import { connect, type Trouble, unreachable, unreadable } from '../engine/connection.ts';

export interface EngineClient {
  readonly url: string;
  /** Submits and returns the job's id without waiting for its end. */
  submit(type: JobType, body: unknown, idempotencyKey: string | undefined): Promise<Result<string, Trouble>>;
  job(jobId: string): Promise<Result<Job, Trouble>>;
  list(status: JobStatus | undefined, limit: number): Promise<Result<JobList, Trouble>>;
  cancel(jobId: string): Promise<Result<JobSummary, Trouble>>;
  /** The files of the result as a zip. */
  artifact(jobId: string): Promise<Result<Uint8Array, Trouble>>;
  /** The open event stream; undefined when the job has nothing more to tell. */
  events(jobId: string, lastEventId: number): Promise<Result<ReadableStream<Uint8Array> | undefined, Trouble>>;
}

/** The engine at `address`; `key` is sent as a bearer token. */
export function createEngineClient(address: string, key: string | undefined): EngineClient {
  const { url, send, read } = connect(address, key);
  return {
    url,
    submit: async (type, body, idempotencyKey) => {
      const accepted = await read(`/api/${type}`, z.object({ jobId: uuidSchema }), {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          // Progress is shown meanwhile, so nothing is won by a call that waits.
          Prefer: 'respond-async',
          ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': JSON.stringify(idempotencyKey) }),
        },
        body: JSON.stringify(body),
      });
      return accepted.ok ? ok(accepted.value.jobId) : accepted;
    },
    job: (jobId) => read(`/api/jobs/${jobId}`, jobSchema),
    list: (status, limit) =>
      read(`/api/jobs?${new URLSearchParams({ limit: String(limit), ...(status === undefined ? {} : { status }) })}`, jobListSchema),
    cancel: (jobId) => read(`/api/jobs/${jobId}/cancel`, jobSummarySchema, { method: 'POST' }),
    artifact: async (jobId) => {
      const response = await send(`/api/jobs/${jobId}/artifact`);
      if (!response.ok) return response;
      try {
        return ok(new Uint8Array(await response.value.arrayBuffer()));
      } catch {
        return fail(unreachable(url));
      }
    },
    events: async (jobId, lastEventId) => {
      const response = await send(`/api/jobs/${jobId}/events`, { headers: { 'Last-Event-ID': String(lastEventId) } });
      if (!response.ok) return response;
      if (response.value.status === 204) return ok(undefined);
      const isStream = response.value.headers.get('Content-Type')?.startsWith('text/event-stream') === true;
      return isStream ? ok(response.value.body ?? undefined) : fail(unreadable(url));
    },
  };
}
