/**
 * The deployed engine, asked over HTTP as any caller would: is it well and of this release, and does a job go through
 * it? The canary is worked on by the embedded agent: it shows queues, objects, KV and verification at no cost, and
 * whether OpenHands answers is what /health says.
 */
import { fail, type Health, healthSchema, ok, type Result } from '@mcpoverflow/types';
import { connect, type Trouble } from '../engine/connection.ts';
import { createEngineClient, type EngineClient } from '../jobs/engine-client.ts';

const POLL_MS = 2_000;
/** A new address, and a new domain's certificate even more, take their time. */
const HEALTH_LIMIT_MS = 300_000;
/** Cloudflare shows a new key everywhere within a minute. */
const CANARY_LIMIT_MS = 180_000;
const CALL_LIMIT_MS = 20_000;

export interface Clock {
  now(): number;
  wait(milliseconds: number): Promise<void>;
  /** Nobody waits any more. */
  readonly interrupted: AbortSignal;
}

/** What `/health` says, well or not; the error is a sentence. */
export async function readHealth(url: string, interrupted: AbortSignal): Promise<Result<Health, string>> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.any([AbortSignal.timeout(CALL_LIMIT_MS), interrupted]) });
    const health = healthSchema.safeParse(await response.json().catch(() => undefined));
    return health.success ? ok(health.data) : fail(`${url}/health answers ${response.status}, but not in the engine's words.`);
  } catch {
    return fail(`Nothing answers at ${url}/health.`);
  }
}

/** Waits until the api of that release answers and can work. The error says what it answered instead. */
export async function waitForHealth(url: string, release: string, clock: Clock): Promise<Result<Health, string>> {
  const until = clock.now() + HEALTH_LIMIT_MS;
  for (;;) {
    const health = await readHealth(url, clock.interrupted);
    if (health.ok && health.value.version === release && health.value.status !== 'unhealthy') return health;
    if (isOver(until, clock)) return fail(health.ok ? unwell(url, health.value, release) : health.error);
    await clock.wait(POLL_MS);
  }
}

const isOver = (until: number, clock: Clock): boolean => clock.interrupted.aborted || clock.now() >= until;

function unwell(url: string, { version, status, openhands }: Health, release: string): string {
  if (version !== release) return `${url}/health still answers for release ${version ?? 'unknown'} and not for ${release}.`;
  return `${url}/health is ${status}: ${openhands.message ?? 'it does not say why'}`;
}

/** Submits one small job and waits for its end; then removes it. The error is a sentence. */
export async function sendCanary(url: string, key: string, name: string, clock: Clock): Promise<Result<string, string>> {
  const engine = createEngineClient(url, key);
  const until = clock.now() + CANARY_LIMIT_MS;
  const body = {
    specType: 'openapi',
    // A name of its own: a cached result would show nothing.
    spec: {
      openapi: '3.1.0',
      info: { title: `Canary ${name}`, version: '1' },
      paths: { '/canary': { get: { responses: { 200: { description: 'Sings' } } } } },
    },
    engine: 'embedded',
  };
  const submitted = await insist(() => engine.submit('analyze', body, name), until, clock);
  if (!submitted.ok) return fail(`The canary job was not taken: ${causeOf(submitted.error, url)}`);
  const completed = await completion(engine, submitted.value, until, clock);
  // It would be gone with its retention anyway.
  await connect(url, key).send(`/api/jobs/${submitted.value}`, { method: 'DELETE' });
  return completed.ok ? submitted : fail(`The canary job ${submitted.value} ${completed.error}`);
}

async function completion(engine: EngineClient, jobId: string, until: number, clock: Clock): Promise<Result<undefined, string>> {
  for (;;) {
    const job = await insist(() => engine.job(jobId), until, clock);
    if (!job.ok) return fail(`cannot be read: ${causeOf(job.error, engine.url)}`);
    const { status, stage, error } = job.value;
    if (status === 'completed') return ok(undefined);
    if (status === 'failed' || status === 'cancelled') return fail(`is ${status}: ${error?.message ?? ''}`.trim());
    if (isOver(until, clock)) return fail(`has not ended; its stage is ${stage}.`);
    await clock.wait(POLL_MS);
  }
}

/** What stands in the way, for who deploys: the job client's own advice is for who runs an engine at home. */
function causeOf({ kind, code, sentence }: Trouble, url: string): string {
  if (kind === 'unreachable') return `nothing answers at ${url}.`;
  return code === 'unauthorized' ? 'the engine does not know the key that was stored for it.' : sentence;
}

/** Asks again while the engine is out of reach, or does not know the new key yet. */
async function insist<T>(ask: () => Promise<Result<T, Trouble>>, until: number, clock: Clock): Promise<Result<T, Trouble>> {
  for (;;) {
    const answer = await ask();
    if (answer.ok || isOver(until, clock)) return answer;
    if (answer.error.kind !== 'unreachable' && answer.error.code !== 'unauthorized') return answer;
    await clock.wait(POLL_MS);
  }
}
