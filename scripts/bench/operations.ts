/**
 * What one job uses of the platform on the plain path, counted: a connector is submitted, started,
 * looked at, collected, verified and ended, with or without a webhook call. The agent is a fake OpenHands
 * server that answers with the deterministic connector, so that only the engine is counted.
 *
 * The runs here end within seconds; a run of three minutes adds looks. How many follows from the
 * pool's own schedule (`watch.ts`), and each is one alarm (a request and a row) that all live runs of
 * the pool share.
 */
import { fileURLToPath } from 'node:url';
import { buildModel, generateConnector, readSpecification } from '@mcpoverflow/connectors';
import { acceptedSchema, type Task } from '@mcpoverflow/types';
import * as z from 'zod';
import { afterLook, type Watch, watchFromStart } from '../../apps/consumer/src/pool/watch.ts';
import { startOpenHandsServer } from '../../tests/support/openhands-server.ts';
import { startWebhookReceiver } from '../../tests/support/webhook-receiver.ts';
import { engineWorker, startWorkers } from './harness.ts';
import { dollarsPerMillion, type Usage } from './prices.ts';

const JOBS = 30;
/** At once: more would wait for each other on a slow machine until their messages are sent again, which is no plain path. */
const WAVE = 5;
/** Runs that are live at once, and share the looks. */
export const SHARING = 10;
const countersSchema = z.object({
  queueMessages: z.number(),
  kvReads: z.number(),
  kvWrites: z.number(),
  objectRequests: z.number(),
  objectMs: z.number(),
  rowsWritten: z.number(),
  rowsRead: z.number(),
  analyticsPoints: z.number(),
  logLines: z.number(),
});

/** What one job used. */
export interface CountedJob extends Usage {
  readonly analyticsPoints: number;
  readonly logLines: number;
}

/** Counts what {@link JOBS} jobs use, per job. @param webhook whether each has its end told to a receiver, which takes it at once */
export async function countOperations({ webhook }: { readonly webhook: boolean }): Promise<CountedJob> {
  const server = await startOpenHandsServer({ work: deterministicConnector });
  const receiver = await startWebhookReceiver();
  const consumerMain = fileURLToPath(new URL('counting-workers/consumer.ts', import.meta.url));
  const vars = { OPENHANDS_API_URL: server.url, OPENHANDS_MAX_RUNS: String(JOBS) };
  const { harness } = await startWorkers([
    engineWorker('api'),
    engineWorker('consumer', { main: consumerMain, vars }),
    engineWorker('embedded-agent'),
  ]);
  try {
    for (let first = 0; first < JOBS; first += WAVE) {
      const wave = Array.from({ length: WAVE }, (_, index) => submit(harness, first + index, webhook ? receiver.url : undefined));
      for (const id of await Promise.all(wave)) await ended(harness, id);
    }
    // Everything a job owes is done when its run is gone from the server and its receiver knows.
    await server.until(() => server.conversations.size === 0);
    if (webhook) await receiver.until(() => receiver.calls.length === JOBS);
    const counted = countersSchema.parse(await (await harness.getWorker('mcpoverflow-ai-engine-consumer').fetch('/')).json());
    return perJob(counted, webhook);
  } finally {
    await harness.close();
    await receiver.close();
    await server.close();
  }
}

/** Counts and prints the table. */
export async function benchOperations(): Promise<void> {
  report(await countOperations({ webhook: false }));
}

const decoder = new TextDecoder();

function deterministicConnector(_task: Task, files: ReadonlyMap<string, Uint8Array>): unknown {
  const text = decoder.decode(files.get('specification.json'));
  const document = readSpecification({ text, specType: 'openapi', format: 'json' });
  const model = document.ok ? buildModel(document.value) : document;
  if (!model.ok) throw new Error(model.error.message);
  const connector = generateConnector(model.value, { name: 'counted', language: 'typescript', runtime: 'cloudflare-workers' });
  return connector.ok ? connector.value : undefined;
}

type Harness = Awaited<ReturnType<typeof startWorkers>>['harness'];

async function submit(harness: Harness, index: number, webhookUrl: string | undefined): Promise<string> {
  const paths = { '/things': { get: { operationId: 'listThings', responses: { 200: { description: 'ok' } } } } };
  const spec = { openapi: '3.1.0', info: { title: `Counted ${index}`, version: '1' }, paths };
  const answer = await harness.fetch('/api/generate-connector', {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'respond-async' },
    body: JSON.stringify({
      name: 'counted',
      specType: 'openapi',
      spec,
      ...(webhookUrl === undefined ? {} : { webhook: { url: webhookUrl } }),
    }),
  });
  return acceptedSchema.parse(await answer.json()).jobId;
}

async function ended(harness: Harness, id: string): Promise<void> {
  for (;;) {
    const job = z
      .object({ status: z.string() })
      .parse(await (await harness.fetch(`/api/jobs/${id}`, { headers: { prefer: 'wait=30' } })).json());
    if (job.status === 'completed') return;
    if (job.status !== 'pending' && job.status !== 'processing') throw new Error(`job ${id} ended as ${job.status}`);
  }
}

/** How often a run of that length is looked at, by the pool's schedule. */
export function looksDuring(runMs: number): number {
  let watch: Watch = watchFromStart(0);
  let looks = 0;
  while (watch.nextLookAt < runMs) {
    watch = afterLook(watch, 'running', watch.nextLookAt).watch;
    looks += 1;
  }
  // The end is seen, and believed at the second sight.
  return looks + 2;
}

function perJob(counted: z.infer<typeof countersSchema>, webhook: boolean): CountedJob {
  const per = (total: number): number => total / JOBS;
  // The api's own: create, and its message; a line for the call and one for the job. The consumer counts the rest.
  return {
    queueMessages: per(counted.queueMessages) + 1,
    kvReads: per(counted.kvReads),
    kvWrites: per(counted.kvWrites),
    objectRequests: per(counted.objectRequests) + 1,
    rowsWritten: per(counted.rowsWritten),
    rowsRead: per(counted.rowsRead),
    workerRequests: webhook ? 4 : 3,
    objectSeconds: per(counted.objectMs) / 1000,
    analyticsPoints: per(counted.analyticsPoints),
    logLines: per(counted.logLines) + 2,
  };
}

/**
 * The same job with a run of three minutes, by the pool's schedule.
 * @param sharing how many runs share the looks
 */
export function withThreeMinutes<Job extends Usage>(job: Job, sharing: number): Job {
  const looks = looksDuring(180_000);
  // The Job's own alarm comes once more, finds nothing due and sets the next one.
  return {
    ...job,
    objectRequests: job.objectRequests + looks / sharing + 1,
    rowsWritten: job.rowsWritten + looks / sharing + 1,
  };
}

function report(measured: CountedJob): void {
  const looks = looksDuring(180_000);
  const rows: [string, string, string][] = [
    ['queue operations', (measured.queueMessages * 3).toFixed(1), '≤ 9'],
    ['rows written, alarms included', measured.rowsWritten.toFixed(1), '≤ 12'],
    ['KV writes', measured.kvWrites.toFixed(1), '1 or 2'],
    ['KV reads', measured.kvReads.toFixed(1), ''],
    ['Durable Object requests', measured.objectRequests.toFixed(1), ''],
    ['list price per million such jobs', `$${dollarsPerMillion(measured).toFixed(2)}`, ''],
    [
      `… of 3 minutes, ${looks} looks shared by ${SHARING} runs`,
      `$${dollarsPerMillion(withThreeMinutes(measured, SHARING)).toFixed(2)}`,
      '≤ $25',
    ],
    ['… of 3 minutes, nobody to share the looks with', `$${dollarsPerMillion(withThreeMinutes(measured, 1)).toFixed(2)}`, ''],
  ];
  console.log(`\nPer job on the plain path (${JOBS} jobs, fake OpenHands server)`);
  for (const [what, value, goal] of rows) console.log(`  ${what.padEnd(56)} ${value.padStart(8)}   ${goal === '' ? '' : `goal ${goal}`}`);
}
