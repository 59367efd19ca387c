/**
 * The three Workers as they are deployed, in a workerd whose heaps are bounded: Cloudflare gives an isolate 128 MB and
 * ends one that wants more. Here V8 does, and takes the whole process down: whatever waits for an answer then fails.
 *
 * V8 counts its own heap, young and old. What lies beside it (the pieces of a body on their way, rows of SQLite) it
 * does not count and Cloudflare does, so a bound is only kept with some room to spare.
 */
import { readFileSync } from 'node:fs';
import type { Job } from '@mcpoverflow/types';
import { createTestHarness, type TestHarnessOptions } from 'wrangler';
import type { Engine } from './engine.ts';
import { acceptedId, endOf, post } from './jobs.ts';

const engineWorkers = ['wrangler.api.toml', 'wrangler.consumer.toml', 'wrangler.embedded-agent.toml'].map((configPath) => ({ configPath }));

/** Fetches from the first of the Workers. */
export interface LimitedEngine extends Pick<Engine, 'fetch'>, AsyncDisposable {}

/** Starts Workers, the engine's unless others are named, each of which may have a heap of `megabytes`. */
export async function startLimited(megabytes: number, workers: TestHarnessOptions['workers'] = engineWorkers): Promise<LimitedEngine> {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
  process.env.WRANGLER_SEND_METRICS = 'false';
  process.env.MINIFLARE_WORKERD_V8_FLAGS = `--max-heap-size=${megabytes}`;
  const harness = createTestHarness({ root: new URL('../..', import.meta.url).pathname, workers });
  const { url } = await harness.listen();
  return {
    fetch: (path, init) => fetch(new URL(path, url), init),
    [Symbol.asyncDispose]: () => harness.close(),
  };
}

/**
 * Has a job done on a specification and answers how it ended. Throws when a Worker went down meanwhile, for there is
 * always a request under way that waits.
 */
export async function workOn(engine: LimitedEngine, type: 'analyze' | 'generate-connector', spec: unknown): Promise<Job> {
  const specType = typeof spec === 'string' && !/^(\{|openapi\b|swagger\b)/m.test(spec) ? 'graphql' : 'openapi';
  const made = { name: 'Limited', language: 'typescript', runtime: 'cloudflare-workers' };
  return endOf(engine, await acceptedId(await post(engine, type, { spec, specType, ...(type === 'analyze' ? {} : made) })));
}

/** A specification as a caller sends it: JSON as the document it is, other formats as text. */
export function specificationIn(file: URL): unknown {
  const text = readFileSync(file, 'utf8');
  return file.pathname.endsWith('.json') ? JSON.parse(text) : text;
}
