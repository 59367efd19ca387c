/**
 * What a submission costs beside the least it could cost: the engine's `POST /api/analyze` (checks,
 * durable create, send) against a bare Hono Worker that only sends to a queue. The two are called in
 * turn within one run, so that the machine's mood hits both; the figure is the ratio of their medians.
 * The queues have no consumer here: locally one process does all the work, and the jobs that were
 * submitted would be measured with the submission.
 */
import { fileURLToPath } from 'node:url';
import { engineWorker, startWorkers } from './harness.ts';
import { percentile } from './percentile.ts';

const ROUNDS = 300;
const WARM_UP = 50;

/** Runs the rounds and prints both medians and their ratio. */
export async function benchSubmit(): Promise<void> {
  const bare = await startWorkers([{ configPath: fileURLToPath(new URL('bare-worker/wrangler.toml', import.meta.url)) }]);
  const engine = await startWorkers([
    engineWorker('api'),
    engineWorker('consumer', { consumesQueues: false }),
    engineWorker('embedded-agent'),
  ]);
  const bareMs: number[] = [];
  const engineMs: number[] = [];
  try {
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      const spec = {
        openapi: '3.1.0',
        info: { title: `Submit ${round}`, version: '1' },
        paths: { '/users': { get: { summary: 'List users' } } },
      };
      const body = JSON.stringify({ specType: 'openapi', spec });
      const forBare = await timed(`${bare.url}/submit`, body);
      // The result cache is passed by: its read is no part of admitting a job, and the local KV's speed says nothing.
      const forEngine = await timed(`${engine.url}/api/analyze`, body);
      if (round < 0) continue;
      bareMs.push(forBare);
      engineMs.push(forEngine);
    }
  } finally {
    await Promise.all([bare.harness.close(), engine.harness.close()]);
  }
  const ratio = percentile(engineMs, 0.5) / percentile(bareMs, 0.5);
  console.log(`\nSubmit (${ROUNDS} rounds, one after the other, the two in turn)`);
  for (const [name, times] of [['bare Worker', bareMs] as const, ['engine', engineMs] as const]) {
    console.log(`  ${name.padEnd(12)} p50 ${percentile(times, 0.5).toFixed(2)} ms   p95 ${percentile(times, 0.95).toFixed(2)} ms`);
  }
  console.log(`  ratio of the medians ${ratio.toFixed(2)}   goal ≤ 2.0`);
}

async function timed(url: string, body: string): Promise<number> {
  const startedAt = performance.now();
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'respond-async', 'cache-control': 'no-cache' },
    body,
  });
  await answer.arrayBuffer();
  if (answer.status !== 202) throw new Error(`${url} answered ${answer.status}`);
  return performance.now() - startedAt;
}
