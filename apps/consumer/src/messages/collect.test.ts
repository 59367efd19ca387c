import { gunzipSync } from 'node:zlib';
import { type JobMessage, resultSchemas } from '@mcpoverflow/types';
import { afterEach, expect, test, vi } from 'vitest';
import type { Env } from '../env.ts';
import type { Work } from '../job/begin.ts';
import type { Outcome } from '../job/finish.ts';
import { readSettings } from '../settings.ts';
import { verifyBy } from '../simulation/model-verification.ts';
import { asPlatform } from '../simulation/platform.ts';
import { handleCollect } from './collect.ts';
import { conversationId, work } from './fixtures.ts';

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));
vi.mock('../verification/verify-result.ts', () => import('../simulation/model-verification.ts'));
afterEach(() => vi.unstubAllGlobals());

const message: JobMessage = { v: 1, kind: 'collect', jobId: 'job', generation: 1, turn: 2 };

/** A server's answers by the last part of the route, or, for a file, by its path in the run's folder. */
type Answers = Readonly<Record<string, () => Response>>;
const run = (status: string, more: object = {}) => ({
  [conversationId]: () => Response.json({ id: conversationId, execution_status: status, last_user_message_id: 'm', ...more }),
});
const error = (code: string, id?: string) => ({
  search: () => Response.json({ items: [{ id, code, detail: 'It said sk-planted1234567890.' }] }),
});
const success = () => Response.json({ success: true });

/**
 * Collects a run from a server that answers so; a file not named is missing.
 *
 * @param verifying what the Job answers to whoever is about to run the connector, or that tool of it
 * @returns what the Job was told
 */
async function collect(answers: Answers, turn: Partial<Work> = {}, verifying: (tool?: string) => Promise<boolean> = async () => true) {
  const told: (Outcome & { readonly result?: unknown })[] = [];
  const job = {
    begin: async () => ({ kind: 'yours', token: 'token', until: Date.now() + 120_000, work: { ...work, ...turn } }),
    finish: async (_holder: object, outcome: Outcome, result?: Uint8Array) => {
      told.push(result === undefined ? outcome : { ...outcome, result: JSON.parse(gunzipSync(result).toString()) });
      return { kind: 'accepted' };
    },
    input: async () => ({ parameters: {}, files: [] }),
    verifying: (_token: string, tool?: string) => verifying(tool),
  };
  const pool = { watch: async () => {} };
  const namespace = (object: object) => ({ idFromName: (name: string) => name, get: () => object });
  const env = asPlatform<Env>({
    JOB: namespace(job),
    AGENT_POOL: namespace(pool),
    OPENHANDS_API_URL: 'http://agent.test',
    EMBEDDED_AGENT: { fetch: (address: string) => fetch(address) },
  });
  vi.stubGlobal('fetch', async (address: string) => {
    const url = new URL(address);
    const file = url.searchParams.get('path')?.split(`${conversationId}/`)[1];
    const answer = answers[file ?? url.pathname.split('/').at(-1) ?? ''];
    if (answer !== undefined) return answer();
    return file === undefined ? expect.unreachable(address) : Response.json({ detail: 'File not found' }, { status: 404 });
  });
  await handleCollect(message, { env, settings: readSettings(env), verification: asPlatform({}) });
  return told;
}

test('a run that ends without a result fails with what the agent said last', async () => {
  const agent_final_response = () => Response.json({ response: 'I cannot reach\nthe specification.' });
  expect(await collect({ ...run('finished'), agent_final_response }, { reworks: 2 })).toEqual([
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
  expect(await collect({ ...run('finished'), agent_final_response }, { reworks: 2 })).toMatchObject([
    { kind: 'failed', error: { message: 'The agent finished without writing result.json.' } },
  ]);
});

const silent = { ...run('finished'), agent_final_response: () => Response.json({ response: '' }) };

test('failures whose delivery nobody confirmed count as delivered', async () => {
  expect(await collect({ ...silent, events: () => new Response('{"succ', { status: 200 }) })).toMatchObject([{ kind: 'reworked' }]);
});

test('failures that the server refused to take are delivered by another try', async () => {
  expect(await collect({ ...silent, events: () => Response.json({ detail: 'not ready' }, { status: 503 }) })).toMatchObject([
    { kind: 'retry', error: { code: 'agent-unavailable' } },
  ]);
});

test('a run that stands still between its message and its work is set going', async () => {
  const set: string[] = [];
  const resumed = () => {
    set.push('going');
    return success();
  };
  expect(await collect({ ...run('idle'), run: resumed })).toMatchObject([{ kind: 'running' }]);
  expect(set).toEqual(['going']);
});

test('a run whose message is in the log but not in the conversation was lost with its server, one without gets it', async () => {
  const idle = run('idle', { last_user_message_id: null });
  expect(await collect({ ...idle, count: () => Response.json(1) })).toMatchObject([{ kind: 'lost' }]);
  expect(await collect({ ...idle, count: () => Response.json(0), events: success })).toMatchObject([{ kind: 'running' }]);
});

test('a run that ended in error without a word was lost with its server; with one it failed', async () => {
  const silence = { search: () => Response.json({ items: [] }) };
  expect(await collect({ ...run('error'), ...silence })).toMatchObject([{ kind: 'lost', usage: { costUsd: 0 } }]);
  const [failed] = await collect({ ...run('error'), ...error('LLMAuthenticationError') });
  expect(failed).toMatchObject({ kind: 'failed', error: { code: 'agent-unauthorized', retryable: false } });
  expect(JSON.stringify(failed)).not.toContain('planted');
});

test('a run that somebody paused, or a server that was stopped in good order, is set going three times', async () => {
  const paused = { ...run('paused', { leaf_event_id: 'e7' }), run: success };
  expect(await collect(paused, { unpauses: 2 })).toMatchObject([{ kind: 'unpaused', lastEventId: 'e7' }]);
  expect(await collect(paused, { unpauses: 3 })).toMatchObject([{ kind: 'failed', error: { code: 'agent-waiting' } }]);
});

test('a run that waits for a confirmation waits for a person', async () => {
  expect(await collect(run('waiting_for_confirmation'))).toMatchObject([{ kind: 'failed', error: { code: 'agent-waiting' } }]);
});

test.each(['finished', 'error', 'paused'])(
  'a run shown as %s in which nothing has happened since it was told to go on is at work',
  async (status) => {
    const shown = run(status, { leaf_event_id: 'e7' });
    expect(await collect(shown, { staleEventId: 'e7', reworks: 2, unpauses: 3 })).toMatchObject([{ kind: 'running' }]);
    const lastWords = { agent_final_response: () => Response.json({ response: '' }) };
    const past = { ...shown, ...lastWords, ...error('LLMTimeoutError') };
    expect(await collect(past, { staleEventId: 'e6', reworks: 2, unpauses: 3 })).toMatchObject([{ kind: 'failed' }]);
  },
);

test('a run whose server names no event is believed', async () => {
  expect(await collect(run('finished'), { staleEventId: null, reworks: 2 })).toMatchObject([{ kind: 'failed' }]);
});

test('what was sent back or told to go on is remembered with what had happened until then', async () => {
  const finished = { ...silent, ...run('finished', { leaf_event_id: 'e3' }), events: success };
  expect(await collect(finished)).toMatchObject([{ kind: 'reworked', lastEventId: 'e3' }]);
  const outage = { ...run('error', { leaf_event_id: 'e4' }), ...error('LLMTimeoutError', 'f1'), run: success };
  expect(await collect(outage)).toMatchObject([{ kind: 'reworked', lastEventId: 'e4', failureId: 'f1' }]);
});

test('a run that ends with the failure it has gone on from was lost with its server', async () => {
  const outage = { ...run('error'), ...error('LLMTimeoutError', 'f1'), run: success };
  expect(await collect(outage, { failureId: 'f1' })).toMatchObject([{ kind: 'lost' }]);
  expect(await collect(outage, { failureId: 'f0' })).toMatchObject([{ kind: 'reworked' }]);
});

test('an outage of the model provider is waited for twice, and then it is the job’s error', async () => {
  const outage = { ...run('error'), ...error('LLMServiceUnavailableError'), run: success };
  expect(await collect(outage, { reworks: 1 })).toMatchObject([{ kind: 'reworked' }]);
  expect(await collect(outage, { reworks: 2 })).toMatchObject([{ kind: 'failed', error: { code: 'agent-unavailable' } }]);
});

const connector = {
  files: [{ path: 'src/worker.ts', content: 'export default {};' }],
  name: 'pets',
  language: 'typescript',
  runtime: 'docker',
  tools: [],
  skipped: [],
};
const evil = { tool: 'get_pet', message: 'called evil.example.net, which is not a host of the API' };

test.each([
  ['that was run', { ran: true, passed: false, failures: [evil] }, 'The connector was run and failed'],
  [
    'that could not be run and lost operations',
    { ran: false, passed: false, reason: 'Go.', failures: [evil] },
    'The connector is not whole',
  ],
])(
  'a connector %s does not complete its job when its verification failed: the tool and the reason go back, and end it',
  async (_, verification, words) => {
    verifyBy(async () => verification);
    const answers = { ...run('finished'), 'result.json': () => Response.json(connector), events: () => success() };
    expect(await collect(answers, { type: 'generate-connector' })).toMatchObject([{ kind: 'reworked' }]);
    expect(await collect(answers, { type: 'generate-connector', reworks: 2 })).toMatchObject([
      { kind: 'failed', error: { code: 'verification-failed', message: `${words}: get_pet: ${evil.message}.` } },
    ]);
  },
);

test.each([
  ['another worker holds the turn', async (tool?: string) => tool === undefined, false, { kind: 'retry', error: { code: 'internal' } }],
  [
    'the Job gives no answer',
    async (tool?: string) => tool === undefined || Promise.reject(new Error('The job did not answer.')),
    true,
    { kind: 'completed' },
  ],
])('a tool of a connector that once ended what ran it is told to the Job: when %s', async (_, verifying, mayRun, outcome) => {
  const answered: (boolean | undefined)[] = [];
  verifyBy(async (_job, { beforeCall }) => {
    const isHeld = await beforeCall?.('get_pet');
    answered.push(isHeld);
    return { ran: true, passed: isHeld === true, failures: isHeld === true ? [] : [evil] };
  });
  const answers = { ...run('finished'), 'result.json': () => Response.json(connector) };
  const turn = { type: 'generate-connector', verificationCrashes: 1 } as const;
  expect(await collect(answers, turn, verifying)).toMatchObject([outcome]);
  expect(answered).toEqual([mayRun]);
});

test('of a connector that the engine cannot run, what its agent reports is taken from OpenHands alone', async () => {
  verifyBy(async () => ({ ran: false, reason: 'It is for Go.' }));
  const report = {
    valid: true,
    issues: [],
    testResults: { passed: 0, failed: 0, skipped: 0, duration: 0 },
    performance: { avgResponseTime: 0, p95ResponseTime: 0, p99ResponseTime: 0 },
  };
  const answers = { ...run('finished'), 'result.json': () => Response.json(report) };
  const [completed] = await collect(answers, { type: 'validate-connector' });
  expect(completed).toMatchObject({ kind: 'completed', result: { ...report, verification: { ran: false } } });
  expect(await collect(answers, { type: 'validate-connector', engine: 'embedded' })).toMatchObject([
    { kind: 'failed', error: { code: 'needs-openhands', message: 'Validating this connector needs OpenHands. It is for Go.' } },
  ]);
});

const spent = { stats: { usage_to_metrics: { agent: { model_name: 'm', accumulated_cost: 5 } } } };

test('a result that is not good fails the job when its agent may cost no more, with what is wrong', async () => {
  const told = await collect({ ...run('finished', spent), 'result.json': () => Response.json({ files: [{ path: '/etc/passwd' }] }) });
  expect(told).toMatchObject([
    { kind: 'failed', error: { code: 'budget-exceeded', message: expect.stringContaining('/files/0/path') }, usage: { costUsd: 5 } },
  ]);
});

test('a result that is good is taken, whatever it cost, with the files that it lists', async () => {
  const told = await collect({
    ...run('finished', spent),
    'result.json': () => Response.json({ files: [{ path: 'README.md' }, { path: 'b.md', content: 'b' }] }),
    'result/README.md': () => new Response('# Read'),
  });
  expect(told).toMatchObject([{ kind: 'completed', usage: { costUsd: 5 } }]);
  expect(resultSchemas['generate-documentation'].parse(told[0]?.result).files).toEqual([
    { path: 'README.md', content: '# Read' },
    { path: 'b.md', content: 'b' },
  ]);
});

test('a listed file that is missing, a folder or unreadable goes back to the agent by name', async () => {
  const sent: string[] = [];
  const answers = {
    ...run('finished'),
    'result.json': () => Response.json({ files: [{ path: 'gone.md' }, { path: 'docs' }, { path: 'x.bin' }] }),
    'result/docs': () => Response.json({ detail: 'Path is not a file' }, { status: 400 }),
    'result/x.bin': () => new Response(new Uint8Array([0xff])),
    events: () => {
      sent.push('failures');
      return success();
    },
  };
  expect(await collect(answers)).toMatchObject([{ kind: 'reworked' }]);
  expect(sent).toHaveLength(1);
  expect(await collect(answers, { reworks: 2 })).toMatchObject([
    {
      kind: 'failed',
      error: {
        code: 'result-invalid',
        message: expect.stringMatching(/result\/gone\.md is listed, .*result\/docs is listed, .*result\/x\.bin is not a text file/),
      },
    },
  ]);
});

test('the words of an agent in a job’s error are few and on one line', async () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`field\n${index}${'x'.repeat(300)}`, 1]));
  const files = [{ path: 'a', content: '', ...many }];
  const [told] = await collect({ ...run('finished'), 'result.json': () => Response.json({ files }) }, { reworks: 2 });
  const text = told?.kind === 'failed' ? told.error.message : '';
  expect(text).toContain('; and 15 more');
  expect(text).not.toContain('\n');
  expect(text.length).toBeLessThan(1_200);
});
