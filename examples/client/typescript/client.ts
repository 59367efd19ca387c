/**
 * A client of the MCPoverflow AI Engine on Node 22.18 or newer, with nothing but its standard library: submits an
 * OpenAPI specification, waits for the connector made of it, and saves it as a zip.
 *
 *   MCPOVERFLOW_URL=https://... MCPOVERFLOW_API_KEY=... node client.ts specification.yaml connector.zip
 *
 * Without variables it asks the local engine of `npm start`, which wants no key. Ended half-way and started again it
 * goes on with the same job: the Idempotency-Key is made of what is submitted. A job that was cancelled is submitted
 * afresh then, and one that failed is tried again where that may help.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const engine = process.env.MCPOVERFLOW_URL || 'http://127.0.0.1:8787';
const key = process.env.MCPOVERFLOW_API_KEY;

/** How long the engine may hold an answer back until the job has ended, in seconds; at most 60. */
const WAIT_SECONDS = 30;
const CALL_TIMEOUT_MS = (WAIT_SECONDS + 15) * 1000;
const ATTEMPTS = 6;
/** Whoever asks us to wait longer than this is not busy but has refused: over the cost of a day, for example. */
const LONGEST_PAUSE_SECONDS = 60;

/** An error as the engine tells it (RFC 9457). `code` is for programs and stays; the sentences may change. */
interface Problem {
  readonly status: number;
  readonly code: string;
  readonly error: string;
  readonly requestId: string;
  /** What is wrong with the body, and where (JSON Pointers). */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

interface Job {
  readonly jobId: string;
  readonly status: 'pending' | 'processing' | 'completed' | 'failed' | 'cancelled';
  readonly stage: string;
  readonly progress: number;
  readonly error?: { readonly code: string; readonly message: string; readonly retryable: boolean };
}

class EngineError extends Error {
  constructor(problem: Problem) {
    const places = (problem.errors ?? []).map(({ pointer, detail }) => `\n  ${pointer || 'the body'} ${detail}`);
    super(`${problem.status} ${problem.code}: ${problem.error} (request ${problem.requestId})${places.join('')}`);
  }
}

/** Calls the engine. Silence, 429 and 503 are answered with patience: every call here may be made again. */
async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (key) headers.set('Authorization', `Bearer ${key}`);
  for (let attempt = 1; ; attempt += 1) {
    let pause = 2 ** attempt / 2;
    try {
      const response = await fetch(engine + path, { ...init, headers, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
      if (response.ok) return response;
      const text = await response.text();
      pause = Number(response.headers.get('Retry-After') ?? pause);
      const isBusy = (response.status === 429 || response.status === 503) && pause <= LONGEST_PAUSE_SECONDS;
      if (!isBusy || attempt === ATTEMPTS) throw new EngineError(problemOf(response.status, text));
    } catch (error) {
      if (error instanceof EngineError || attempt === ATTEMPTS) throw error;
    }
    await sleep(pause * 1000);
  }
}

/** What stands before the engine may answer in words of its own. */
function problemOf(status: number, text: string): Problem {
  try {
    const problem = JSON.parse(text);
    if (typeof problem.code === 'string') return problem;
  } catch {
    // Not the engine's.
  }
  return { status, code: 'unknown', error: text.slice(0, 200), requestId: 'unknown' };
}

/**
 * The job's id. The same submission again, from here or elsewhere, is the same job, so an earlier run may have ended it:
 * the key of what is submitted afresh names the job that was `cancelled`, and so stays the same for the next run, too.
 */
async function submit(submission: object, cancelled = ''): Promise<string> {
  const body = JSON.stringify(submission);
  const idempotencyKey = createHash('sha256').update(body).update(cancelled).digest('hex');
  const response = await call('/api/generate-connector', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `"${idempotencyKey}"` },
    body,
  });
  const job: Pick<Job, 'jobId' | 'status' | 'error'> = await response.json();
  if (job.status === 'cancelled') return submit(submission, job.jobId);
  if (job.status === 'failed' && job.error?.retryable) await call(`/api/jobs/${job.jobId}/retry`, { method: 'POST' });
  return job.jobId;
}

/** The job once it has ended. The engine holds each answer back for a while, so nothing is asked for in vain. */
async function ended(jobId: string): Promise<Job> {
  for (;;) {
    const response = await call(`/api/jobs/${jobId}`, { headers: { Prefer: `wait=${WAIT_SECONDS}` } });
    const job: Job = await response.json();
    if (job.status !== 'pending' && job.status !== 'processing') return job;
    console.error(`${job.progress} % ${job.stage}`);
    // An engine that cannot hold an answer back says when to ask again.
    if (!response.headers.has('Preference-Applied')) await sleep(Number(response.headers.get('Retry-After') ?? 2) * 1000);
  }
}

const [specification, target = 'connector.zip'] = process.argv.slice(2);
if (specification === undefined) {
  console.error('Usage: node client.ts specification.yaml [connector.zip]');
  process.exit(2);
}
try {
  const jobId = await submit({
    name: basename(specification, extname(specification)),
    specType: 'openapi',
    spec: await readFile(specification, 'utf8'),
    language: 'typescript',
    runtime: 'docker',
  });
  console.error(`job ${jobId}`);
  const job = await ended(jobId);
  if (job.status !== 'completed') throw new Error(`The job is ${job.status}${job.error ? `: ${job.error.code} ${job.error.message}` : ''}`);
  const artifact = await call(`/api/jobs/${jobId}/artifact`);
  await writeFile(target, new Uint8Array(await artifact.arrayBuffer()));
  console.log(`${jobId} ${target}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
