/**
 * The engine's HTTP API as far as the command line needs it. Every answer is parsed with the contract's
 * own schemas; whatever goes wrong comes back as one sentence that says what to do. Never throws.
 */
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
  problemSchema,
  type Result,
  uuidSchema,
} from '@mcpoverflow/types';
import * as z from 'zod';

/** `unreachable` may pass by itself; the others will not. */
export interface Trouble {
  readonly kind: 'unreachable' | 'refused' | 'unreadable';
  readonly sentence: string;
  /** The engine's own code, when it refused. */
  readonly code?: string;
}

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

/** The engine at `url`; `key` is sent as a bearer token. */
export function createEngineClient(url: string, key: string | undefined): EngineClient {
  const base = url.replace(/\/+$/, '');

  async function send(path: string, init: RequestInit = {}): Promise<Result<Response, Trouble>> {
    const headers = new Headers(init.headers);
    if (key !== undefined) headers.set('Authorization', `Bearer ${key}`);
    try {
      const response = await fetch(base + path, { ...init, headers });
      return response.ok ? ok(response) : fail(await refusal(response));
    } catch {
      return fail(unreachable(base));
    }
  }

  async function read<T>(path: string, schema: z.ZodType<T>, init?: RequestInit): Promise<Result<T, Trouble>> {
    const response = await send(path, init);
    if (!response.ok) return response;
    const parsed = schema.safeParse(await response.value.json().catch(() => undefined));
    return parsed.success ? ok(parsed.data) : fail(unreadable(base));
  }

  return {
    url: base,
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
        return fail(unreachable(base));
      }
    },
    events: async (jobId, lastEventId) => {
      const response = await send(`/api/jobs/${jobId}/events`, { headers: { 'Last-Event-ID': String(lastEventId) } });
      if (!response.ok) return response;
      if (response.value.status === 204) return ok(undefined);
      const isStream = response.value.headers.get('Content-Type')?.startsWith('text/event-stream') === true;
      return isStream ? ok(response.value.body ?? undefined) : fail(unreadable(base));
    },
  };
}

function unreachable(base: string): Trouble {
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(base).hostname);
  const advice = isLocal ? 'Start it with `npm start`.' : 'Check the address (--url) and the network.';
  return { kind: 'unreachable', sentence: `Nothing answers at ${base}. ${advice}` };
}

function unreadable(base: string): Trouble {
  return { kind: 'unreadable', sentence: `What answers at ${base} is not this engine, or another version of it. Check --url.` };
}

async function refusal(response: Response): Promise<Trouble> {
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined));
  if (!problem.success) {
    // Proxies in front of an engine answer in HTML; what they say about themselves helps nobody.
    return {
      kind: response.status >= 500 ? 'unreachable' : 'unreadable',
      sentence: `The address answered ${response.status}, but not in the engine's words. Check --url.`,
    };
  }
  const { code, title, detail, errors } = problem.data;
  const lines = (errors ?? []).slice(0, 10).map((error) => `  ${error.pointer || '/'}: ${error.detail}`);
  const advice = code === 'unauthorized' ? '\nGive your API key with --key or MCPOVERFLOW_API_KEY.' : '';
  return {
    kind: response.status >= 500 ? 'unreachable' : 'refused',
    code,
    sentence: `${[`${title} (${code}): ${detail}`, ...lines].join('\n')}${advice}`,
  };
}
