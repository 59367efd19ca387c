/**
 * What the engine tells of itself, on real Workers: that its logs name job, tenant and trace and hold nothing that
 * was meant for somebody else, and that Prometheus' own parser reads `GET /metrics`. A machine without Python skips
 * the parser, loudly.
 */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type FaultyEngine, startFaultyEngine } from '../support/faulty-engine.ts';
import { pythonToolchain, pythonWith } from '../support/python-connector.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** Texts that must be found nowhere; each names where it was put. */
const planted = {
  specification: 'PLANTED0specification',
  authConfig: 'PLANTED0authConfig',
  metadata: 'PLANTED0metadata',
  header: 'PLANTED0header',
  query: 'PLANTED0query',
  webhookPath: 'PLANTED0webhookPath',
  webhookQuery: 'PLANTED0webhookQuery',
  receiversAnswer: 'PLANTED0receiversAnswer',
  brokenBody: 'PLANTED0brokenBody',
  idempotencyKey: 'PLANTED0idempotencyKey',
  wrongKey: 'PLANTED0wrongKey00000000000000000000000000000000000',
  hook: 'PLANTED0hook000000000000',
  agentKey: 'PLANTED0agentKey',
  modelKey: 'PLANTED0modelKey',
} as const;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

let engine: FaultyEngine;
let receiver: WebhookReceiver;
let key: string;
let jobId: string;

const call = (path: string, init: RequestInit = {}, headers: Record<string, string> = {}) =>
  engine.fetch(path, { ...init, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers } });

beforeAll(async () => {
  engine = await startFaultyEngine({
    AUTH: 'keys',
    OPENHANDS_HOOK_SECRET: planted.hook,
    OPENHANDS_API_KEY: planted.agentKey,
    OPENHANDS_LLM: 'model',
    LLM_API_KEY: planted.modelKey,
  });
  receiver = await startWebhookReceiver();
  receiver.answer(`/${planted.webhookPath}`, { kind: 'status', status: 500, body: planted.receiversAnswer });
  key = await engine.makeKey({ tenant: 'acme', scopes: ['submit', 'read', 'operate'] });
  await sayEverythingSecret();
});
afterAll(async () => {
  await receiver?.close();
  await engine?.stop();
});

/** One job to its end, and calls that are refused, with a secret in each place that takes one. */
async function sayEverythingSecret(): Promise<void> {
  const answer = await call(
    `/api/generate-connector?${planted.query}`,
    {
      method: 'POST',
      body: JSON.stringify({
        name: 'secretive',
        specType: 'openapi',
        language: 'typescript',
        runtime: 'docker',
        engine: 'embedded',
        metadata: { note: planted.metadata },
        authConfig: { type: 'bearer', value: planted.authConfig },
        webhook: {
          url: `${receiver.url}/${planted.webhookPath}?token=${planted.webhookQuery}`,
          events: ['job.completed', 'job.failed', 'job.started'],
        },
        spec: {
          openapi: '3.1.0',
          info: { title: planted.specification, version: '1', description: planted.specification },
          servers: [{ url: `https://${planted.specification}.example.com` }],
          paths: {
            '/pets': { get: { operationId: 'listPets', description: planted.specification, responses: { 200: { description: 'ok' } } } },
          },
        },
      }),
    },
    {
      prefer: 'respond-async',
      'x-secret': planted.header,
      'idempotency-key': planted.idempotencyKey,
      traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
    },
  );
  expect(answer.status, await answer.clone().text()).toBe(202);
  ({ jobId } = z.object({ jobId: z.string() }).parse(await answer.json()));
  await call('/api/analyze', { method: 'POST', body: `{"${planted.brokenBody}` });
  await call(`/hooks/openhands/${planted.hook}`, { method: 'POST', body: planted.brokenBody });
  await call(`/hooks/openhands/${planted.wrongKey}`, { method: 'POST', body: '{}' });
  await call('/api/jobs', {}, { authorization: `Bearer mcp_0123456789abcdef_${planted.wrongKey}` });
  await call(`/api/${planted.query}`);
  await engine.logged('job ended', jobId);
  await engine.logged('webhook called', jobId);
  await engine.logged('run stopped', jobId);
}

describe('the logs', () => {
  test.each(Object.entries(planted))('hold nothing of a secret in %s', (_, secret) => {
    expect(engine.linesLogged(secret)).toBe(0);
  });

  test('hold nothing of the API key but its id', () => {
    const [, id = '', secret = ''] = key.split('_');
    expect(engine.linesLogged(secret)).toBe(0);
    expect(engine.linesLogged('"message":"request"', id)).toBeGreaterThan(0);
  });

  test('hold no secret that signs webhook calls', async () => {
    const answer = await call('/api/webhook-secret/rotate', { method: 'POST', body: '{}' });
    const { secret } = z.object({ secret: z.string() }).parse(await answer.json());
    expect(engine.linesLogged(secret.slice('whsec_'.length))).toBe(0);
  });

  test.each(['submission accepted', 'job stage', 'job started', 'job ended', 'message handled', 'webhook called'])(
    'tell “%s” with the job, its tenant and its trace',
    (message) => {
      expect(engine.linesLogged(`"message":"${message}"`, `"jobId":"${jobId}"`, '"tenant":"acme"', TRACE)).toBeGreaterThan(0);
    },
  );

  test('tell the embedded agent’s part with the job and its trace', () => {
    expect(engine.linesLogged('"message":"work ended"', jobId, TRACE)).toBeGreaterThan(0);
  });
});

/** What Prometheus' Python client makes of the text on its input. */
const PARSE = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
json.dump([{"name": f.name, "type": f.type, "help": f.documentation, "samples": [[s.name, s.labels, float(s.value)] for s in f.samples]}
           for f in text_string_to_metric_families(sys.stdin.read())], sys.stdout)
`;
const familiesSchema = z.array(
  z.object({
    name: z.string(),
    type: z.string(),
    help: z.string(),
    samples: z.array(z.tuple([z.string(), z.record(z.string(), z.string()), z.number()])),
  }),
);

describe('GET /metrics', () => {
  const toolchain = pythonToolchain();
  if (toolchain !== true && process.env.CI) throw new Error(toolchain);
  if (toolchain !== true) console.warn(`SKIPPED: Prometheus’ parser. ${toolchain}`);

  async function parsed(tenant: string) {
    const operator = await engine.makeKey({ tenant, scopes: ['operate'] });
    const answer = await call('/metrics', {}, { authorization: `Bearer ${operator}` });
    expect(answer.status).toBe(200);
    const python = spawnSync(pythonWith('prometheus_client==0.26.0'), ['-c', PARSE], { input: await answer.text(), encoding: 'utf8' });
    expect(python.status, python.stderr).toBe(0);
    return new Map(familiesSchema.parse(JSON.parse(python.stdout)).map((family) => [family.name, family]));
  }

  test.skipIf(toolchain !== true)('is read whole by Prometheus’ parser, and tells of the job that ended', async () => {
    const families = await parsed('*');
    for (const { name, type, help, samples } of families.values()) {
      expect(['gauge', 'counter', 'histogram'], name).toContain(type);
      expect(help, name).not.toBe('');
      expect(samples.length, name).toBeGreaterThan(0);
    }
    const ended = families.get('mcpoverflow_jobs_ended')?.samples;
    expect(ended).toContainEqual(['mcpoverflow_jobs_ended_total', { engine: 'embedded', status: 'completed', code: '' }, 1]);
    const durations = families.get('mcpoverflow_job_duration_seconds')?.samples ?? [];
    const buckets = durations
      .filter(([name, { engine: which }]) => name.endsWith('_bucket') && which === 'embedded')
      .map(([, , value]) => value);
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
    expect(durations).toContainEqual(['mcpoverflow_job_duration_seconds_count', { engine: 'embedded' }, 1]);
    expect(families.get('mcpoverflow_webhook_attempts')?.samples.map(([, { outcome }]) => outcome)).toContain('status');
    expect(families.get('mcpoverflow_part_up')?.samples.map(([, , up]) => up)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  test.skipIf(toolchain !== true)('tells a tenant nothing of the queues, of what ended, and of others', async () => {
    const families = await parsed('acme');
    expect([...families.keys()]).toContain('mcpoverflow_jobs_waiting');
    for (const name of families.keys()) expect(name).not.toMatch(/queue|ended|attempt|cost|looks|duration/);
  });
});
