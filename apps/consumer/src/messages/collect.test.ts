import type { JobMessage } from '@mcpoverflow/types';
import { afterEach, expect, test, vi } from 'vitest';
import type { Env } from '../env.ts';
import type { Work } from '../job/begin.ts';
import type { Outcome } from '../job/finish.ts';
import { readSettings } from '../settings.ts';
import { asPlatform } from '../simulation/platform.ts';
import { handleCollect } from './collect.ts';

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));
vi.mock('../verification/verify-result.ts', () => import('../simulation/model-verification.ts'));
afterEach(() => vi.unstubAllGlobals());

const conversationId = '6f1f0000-0000-4000-8000-000000000001';
const message: JobMessage = { v: 1, kind: 'collect', jobId: 'job', generation: 1, turn: 2 };
const work: Work = {
  jobId: 'job',
  tenant: 'tenant',
  type: 'generate-documentation',
  kind: 'collect',
  generation: 1,
  engine: 'openhands',
  options: {},
  attempt: 1,
  conversationId,
  runNumber: 1,
  reworks: 0,
  maxCostUsd: null,
  mayExist: true,
  mayCreate: true,
  createAfter: 0,
};

/** Collects a finished run that wrote no result, from a server that answers by route. @returns what the Job was told */
async function collect(reworks: number, answers: { readonly events?: () => Response; readonly agent_final_response?: () => Response }) {
  const told: Outcome[] = [];
  const job = {
    begin: async () => ({ kind: 'yours', token: 'token', until: Date.now() + 120_000, work: { ...work, reworks } }),
    finish: async (_holder: object, outcome: Outcome) => {
      told.push(outcome);
      return { kind: 'accepted' };
    },
  };
  const pool = { watch: async () => {} };
  const namespace = (object: object) => ({ idFromName: (name: string) => name, get: () => object });
  const env = asPlatform<Env>({ JOB: namespace(job), AGENT_POOL: namespace(pool), OPENHANDS_API_URL: 'http://agent.test' });
  const routes: Record<string, () => Response> = {
    [conversationId]: () => Response.json({ id: conversationId, execution_status: 'finished', last_user_message_id: 'm' }),
    download: () => Response.json({ detail: 'no such file' }, { status: 404 }),
    ...answers,
  };
  vi.stubGlobal('fetch', async (url: string) => routes[new URL(url).pathname.split('/').at(-1) ?? '']?.() ?? expect.unreachable(url));
  await handleCollect(message, { env, settings: readSettings(env), verification: asPlatform({}) });
  return told;
}

test('a run that ends without a result fails with what the agent said last', async () => {
  const agent_final_response = () => Response.json({ response: 'I cannot reach\nthe specification.' });
  expect(await collect(2, { agent_final_response })).toEqual([
    {
      kind: 'failed',
      error: expect.objectContaining({
        code: 'result-missing',
        message: 'The agent finished without writing result.json. Its last words: I cannot reach the specification.',
      }),
      usage: expect.anything(),
    },
  ]);
});

test('a run whose last words cannot be had fails without them', async () => {
  const agent_final_response = () => Response.json({ detail: 'gone' }, { status: 404 });
  expect(await collect(2, { agent_final_response })).toMatchObject([
    { kind: 'failed', error: { message: 'The agent finished without writing result.json.' } },
  ]);
});

const silent = { agent_final_response: () => Response.json({ response: '' }) };

test('failures whose delivery nobody confirmed count as delivered', async () => {
  expect(await collect(0, { ...silent, events: () => new Response('{"succ', { status: 200 }) })).toMatchObject([{ kind: 'reworked' }]);
});

test('failures that the server refused to take are delivered by another try', async () => {
  expect(await collect(0, { ...silent, events: () => Response.json({ detail: 'not ready' }, { status: 503 }) })).toMatchObject([
    { kind: 'retry', error: { code: 'agent-unavailable' } },
  ]);
});
