/**
 * From the end of a run to the receiver's webhook, and the looks it takes, with the agent server posting its
 * events to the engine's hook and without. The same jobs twice on one engine, so that the machine's mood hits
 * both; runs begin and end apart, so that none rides on another's round of looks.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { jobIdForKey } from '@mcpoverflow/types';
import { type OpenHandsServer, startOpenHandsServer } from '../../tests/support/openhands-server.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../tests/support/webhook-receiver.ts';
import { engineWorker, startWorkers } from './harness.ts';
import { percentile } from './percentile.ts';

const JOBS = 24;
const RUN_MS = 20_000;
const APART_MS = 700;
const GOAL_MS = 1_000;

interface Figures {
  readonly looks: readonly number[];
  /** Run ended → webhook received. */
  readonly waits: readonly number[];
}

interface Bench {
  readonly server: OpenHandsServer;
  readonly receiver: WebhookReceiver;
  readonly engineUrl: string;
  /** Where the server posts its events; null for a server that does not. */
  readonly hookUrl: string | null;
}

/** Runs the jobs with and without hints, and prints both. */
export async function benchWakeups(): Promise<void> {
  const server = await startOpenHandsServer();
  const receiver = await startWebhookReceiver();
  const secret = randomUUID().replaceAll('-', '');
  const vars = { OPENHANDS_API_URL: server.url, OPENHANDS_MAX_RUNS: String(JOBS) };
  const { harness, url } = await startWorkers([
    engineWorker('api', { vars: { OPENHANDS_HOOK_SECRET: secret } }),
    engineWorker('consumer', { vars }),
    engineWorker('embedded-agent'),
  ]);
  try {
    const bench = { server, receiver, engineUrl: url };
    await oneJob({ ...bench, hookUrl: null }, 'warm up', 0);
    const without = await allJobs({ ...bench, hookUrl: null }, 'looks alone');
    const hinted = await allJobs({ ...bench, hookUrl: `${url}/hooks/openhands/${secret}` }, 'with hints');
    report(without, hinted);
  } finally {
    await harness.close();
    await Promise.all([server.close(), receiver.close()]);
  }
}

async function allJobs(bench: Bench, name: string): Promise<Figures> {
  const figures = await Promise.all(
    Array.from({ length: JOBS }, async (_, index) => {
      await delay(index * APART_MS);
      return oneJob(bench, `${name} ${index}`, RUN_MS);
    }),
  );
  return { looks: figures.map(({ looks }) => looks), waits: figures.map(({ wait }) => wait) };
}

/** Submits a job, ends its run after `runMs`, and waits for the webhook. */
async function oneJob(
  { server, receiver, engineUrl, hookUrl }: Bench,
  name: string,
  runMs: number,
): Promise<{ looks: number; wait: number }> {
  const key = randomUUID();
  const job = await jobIdForKey('local', '/api/analyze', key);
  // What the next look finds; changed when the run ends.
  const course: ('running' | 'finished')[] = ['running'];
  server.script({ tags: { job } }, { course });
  const answer = await fetch(`${engineUrl}/api/analyze`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'respond-async', 'idempotency-key': key },
    body: JSON.stringify({
      specType: 'openapi',
      spec: { openapi: '3.1.0', info: { title: `${name} ${key}`, version: '1' }, paths: {} },
      webhook: { url: `${receiver.url}/${job}` },
    }),
  });
  if (answer.status !== 202) throw new Error(`a submission was answered ${answer.status}: ${await answer.text()}`);
  const runOf = () => [...server.conversations.values()].find(({ tags }) => tags.job === job);
  await server.until(() => runOf() !== undefined);
  const id = runOf()?.id ?? '';
  await delay(runMs);

  course[0] = 'finished';
  const endedAt = Date.now();
  if (hookUrl !== null) {
    const events = [{ kind: 'ConversationStateUpdateEvent', key: 'execution_status', value: 'finished' }];
    const posted = await fetch(`${hookUrl}/events/${id.replaceAll('-', '')}`, { method: 'POST', body: JSON.stringify(events) });
    if (posted.status !== 204) throw new Error(`the hook answered ${posted.status}`);
  }
  const calls = () => receiver.callsTo(`/${job}`);
  await receiver.until(() => calls().length > 0);
  const looks = server.calls.filter((call) => call.route === 'getMany' && call.ids.includes(id)).length;
  return { looks, wait: (calls()[0]?.at ?? Number.NaN) - endedAt };
}

function report(without: Figures, hinted: Figures): void {
  const rows: [string, (figures: Figures) => number, string][] = [
    ['looks per job', ({ looks }) => looks.reduce((sum, count) => sum + count, 0) / looks.length, ''],
    ['run ended to webhook received, p50 (ms)', ({ waits }) => percentile(waits, 0.5), ''],
    ['run ended to webhook received, p95 (ms)', ({ waits }) => percentile(waits, 0.95), `goal ≤ ${GOAL_MS} with hints`],
  ];
  console.log(
    `\nWake-ups (${JOBS} runs of ${RUN_MS / 1_000} s, one begun every ${APART_MS} ms)${''.padEnd(3)}looks alone   with hints        ratio`,
  );
  for (const [what, figure, goal] of rows) {
    const [alone, hints] = [figure(without), figure(hinted)];
    const columns = [alone.toFixed(1).padStart(11), hints.toFixed(1).padStart(12), (hints / alone).toFixed(3).padStart(12)];
    console.log(`  ${what.padEnd(56)} ${columns.join(' ')}   ${goal}`);
  }
}
