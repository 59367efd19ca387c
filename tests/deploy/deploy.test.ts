/**
 * The deployment script as a person runs it, with the real wrangler, on a machine that has Node, npm and a shell, against
 * the stand-in of Cloudflare's API.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { apiKeyRecordSchema, parseApiKey } from '@mcpoverflow/types';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createMachine, createRehearsal, type Ended, type Machine } from './machine.ts';
import { emptyState, type FaultKind, mutations, type StandIn, type State, startStandIn, TOKEN } from './stand-in.ts';

const secrets = {
  OPENHANDS_API_URL: 'https://agent.secret-host.example.com',
  OPENHANDS_API_KEY: 'openhands-key-4711',
  OPENHANDS_LLM: 'model-claude-x',
  LLM_API_KEY: 'sk-llm-0123456789',
  OPENHANDS_HOOK_SECRET: 'hookSecretOfThisTest0123456789',
};
const agent = 'mcpoverflow-embedded-agent';
const consumer = 'mcpoverflow-ai-engine-consumer';
const api = 'mcpoverflow-ai-engine';

let standIn: StandIn;
let machine: Machine;
let staging: Ended;
let stagingCalls: readonly string[];
const seenOnCommandLines: string[] = [];

/** Wrangler is alive while its upload is answered: what is on any command line then, is there to be seen. */
function watchCommandLines(): NodeJS.Timeout {
  return setInterval(() => {
    for (const file of existsSync('/proc') ? globSync('/proc/[0-9]*/cmdline') : []) {
      try {
        const line = readFileSync(file, 'utf8');
        if ([...Object.values(secrets), TOKEN].some((secret) => line.includes(secret))) seenOnCommandLines.push(line);
      } catch {
        // It ended meanwhile.
      }
    }
  }, 200);
}

beforeAll(async () => {
  standIn = await startStandIn();
  machine = createMachine(standIn);
  const watching = watchCommandLines();
  staging = await machine.deploy(['deploy-staging', '--url', standIn.engineUrl(`${api}-staging`)], secrets);
  clearInterval(watching);
  stagingCalls = [...standIn.calls];
});
afterAll(async () => {
  await standIn?.stop();
  machine?.remove();
});

/** What every Worker is bound to, with titles for the ids that each account makes, and without what differs by release. */
const boundIn = ({ scripts, namespaces }: State) =>
  Object.fromEntries(
    [...scripts].map(([name, { versions }]) => [
      name,
      versions[0]?.bindings
        .filter((binding) => binding.name !== 'RELEASE')
        .map(({ namespace_id, ...binding }) => ({
          ...binding,
          ...(namespace_id === undefined ? {} : { namespace_id: namespaces.find(({ id }) => id === namespace_id)?.title ?? namespace_id }),
        }))
        .toSorted((one, other) => one.name.localeCompare(other.name)),
    ]),
  );

const keysIn = ({ out, err }: Ended): readonly string[] => `${out}${err}`.match(/mcp_\w+_\w+/g) ?? [];
const allFiles = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((file) => !file.includes('/node_modules') && statSync(file).isFile());

describe('the first deployment', () => {
  test('deploys staging with one command, and says where it is', () => {
    expect(staging).toMatchObject({ code: 0, out: expect.stringContaining(`https://${api}-staging.acme.workers.dev`) });
    expect(standIn.unknownCalls).toEqual([]);
  });

  test('creates queues and namespace, then the agent, the consumer and the api, then the key', () => {
    const order = [
      'POST /queues',
      'POST /storage/kv/namespaces',
      'PUT /storage/kv/namespaces/mcpoverflow-ai-jobs-staging/values/key:{canary}',
      `PUT /workers/scripts/${agent}-staging`,
      `PUT /workers/scripts/${consumer}-staging`,
      'POST /queues/mcpoverflow-jobs-staging/consumers',
      `PUT /workers/scripts/${api}-staging`,
      'PUT /storage/kv/namespaces/mcpoverflow-ai-jobs-staging/values/key:{id}',
      'GET engine /health',
      'POST engine /api/analyze',
      'DELETE /storage/kv/namespaces/mcpoverflow-ai-jobs-staging/values/key:{canary}',
    ];
    expect(order.filter((call) => !stagingCalls.includes(call))).toEqual([]);
    expect(order.toSorted((one, other) => stagingCalls.indexOf(one) - stagingCalls.indexOf(other))).toEqual(order);
    expect(standIn.state.queues.map(({ name, retention }) => [name, retention])).toEqual([
      ['mcpoverflow-jobs-staging', 1_209_600],
      ['mcpoverflow-webhooks-staging', 1_209_600],
      ['mcpoverflow-dead-letters-staging', 1_209_600],
    ]);
  });

  test('shows the first key exactly once, and keeps only its hash', () => {
    const [key, ...more] = keysIn(staging);
    expect(more).toEqual([]);
    const parsed = parseApiKey(key ?? '');
    const values = standIn.state.namespaces[0]?.values ?? new Map();
    expect([...values.keys()]).toEqual([`key:${parsed?.id}`]);
    const record = apiKeyRecordSchema.parse(JSON.parse(values.get(`key:${parsed?.id}`)));
    expect(record.hash).toBe(
      createHash('sha256')
        .update(parsed?.secret ?? '')
        .digest('hex'),
    );
  });

  test('gives OpenHands’ secrets to the consumer alone', () => {
    expect(Object.fromEntries(standIn.secretsReceived)).toEqual({
      [`${consumer}-staging OPENHANDS_API_URL`]: secrets.OPENHANDS_API_URL,
      [`${consumer}-staging OPENHANDS_API_KEY`]: secrets.OPENHANDS_API_KEY,
      [`${consumer}-staging OPENHANDS_LLM`]: secrets.OPENHANDS_LLM,
      [`${consumer}-staging LLM_API_KEY`]: secrets.LLM_API_KEY,
      [`${api}-staging OPENHANDS_HOOK_SECRET`]: secrets.OPENHANDS_HOOK_SECRET,
    });
  });

  test('leaves no secret in what it said, on a command line, or in a file', () => {
    const all = [...Object.values(secrets), TOKEN];
    expect(all.filter((secret) => `${staging.out}${staging.err}`.includes(secret))).toEqual([]);
    expect(seenOnCommandLines).toEqual([]);
    const written = ['home', 'tmp', 'checkout/.wrangler']
      .map((name) => join(machine.folder, name))
      .filter(existsSync)
      .flatMap(allFiles);
    expect(written.filter((file) => all.some((secret) => readFileSync(file, 'utf8').includes(secret)))).toEqual([]);
  });

  test('makes the calls that the simulated wrangler makes, and binds the same', async () => {
    const other = await startStandIn();
    const rehearsal = createRehearsal(other);
    await rehearsal.deploy(['deploy-staging', '--url', other.engineUrl(`${api}-staging`)], secrets);
    rehearsal.remove();
    await other.stop();
    expect(boundIn(other.state)).toEqual(boundIn(standIn.state));
    // Who comes with an account id does not ask for accounts.
    expect([...new Set(other.calls)].sort()).toEqual([...new Set(stagingCalls)].filter((call) => call !== 'GET /accounts').sort());
  });
});

test('a second run changes nothing and shows no key', async () => {
  standIn.calls.length = 0;
  const again = await machine.deploy(['deploy-staging', '--url', standIn.engineUrl(`${api}-staging`)], secrets);
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to change') });
  expect(mutations(standIn.calls)).toEqual([]);
  expect(keysIn(again)).toEqual([]);
});

describe('a fault that the real wrangler meets', () => {
  let whole: State;
  beforeAll(() => {
    whole = structuredClone(standIn.state);
  });
  afterEach(() => {
    standIn.fault = undefined;
  });

  test('Ctrl-C during an upload ends wrangler, says what is done and how to go on, and the next run completes the deployment', async () => {
    standIn.state = structuredClone(whole);
    for (const name of [`${consumer}-staging`, `${api}-staging`]) standIn.state.scripts.delete(name);
    for (const queue of standIn.state.queues) queue.consumers = [];
    standIn.during = { call: `PUT /workers/scripts/${api}-staging`, happens: async () => machine.interrupt() };
    const typed = ['deploy-staging', '--url', standIn.engineUrl(`${api}-staging`)];
    const interrupted = await machine.deploy(typed, secrets);
    standIn.during = undefined;
    expect(interrupted.code).toBe(130);
    expect(interrupted.err).toContain('Interrupted.');
    expect(interrupted.err).toContain(`not to be done again:\n  deployed ${consumer}-staging as release`);
    expect(interrupted.err).toContain(`Next: run \`./deploy-cloudflare.sh ${typed.join(' ')}\` again`);
    expect([...(standIn.state.namespaces[0]?.values.keys() ?? [])].filter((name) => name.startsWith('deployment:'))).toEqual([]);
    expect(await machine.deploy(typed, secrets)).toMatchObject({ code: 0 });
    expect(await machine.deploy(['doctor', 'staging', ...typed.slice(1)])).toMatchObject({ code: 0 });
  });

  const faults: readonly (readonly [string, FaultKind])[] = [
    [`PUT /workers/scripts/${api}-staging`, 'error'],
    [`PUT /workers/scripts/${api}-staging`, 'cut-after'],
    [`POST /workers/scripts/${api}-staging/subdomain`, 'error'],
    [`PUT /workers/scripts/${consumer}-staging`, 'error-after'],
    ['POST /queues/mcpoverflow-webhooks-staging/consumers', 'error'],
    ['POST /queues/mcpoverflow-webhooks-staging/consumers', 'cut-after'],
  ];
  test.each(faults)('%s, %s: the next run completes the deployment', async (call, kind) => {
    standIn.state = structuredClone(whole);
    const hit = call.includes(consumer) || call.includes('consumers') ? `${consumer}-staging` : `${api}-staging`;
    standIn.state.scripts.delete(hit);
    for (const queue of standIn.state.queues) queue.consumers = queue.consumers.filter(({ script_name }) => script_name !== hit);
    standIn.fault = { call, kind };
    const typed = ['deploy-staging', '--url', standIn.engineUrl(`${api}-staging`)];
    const failed = await machine.deploy(typed, secrets);
    expect(failed).toMatchObject({
      code: 1,
      err: expect.stringContaining(`Next: mend it, then run \`./deploy-cloudflare.sh ${typed.join(' ')}\` again`),
    });
    standIn.fault = undefined;
    expect(await machine.deploy(typed, secrets)).toMatchObject({ code: 0 });
    expect(standIn.state.queues.map(({ consumers }) => consumers.map(({ script_name }) => script_name))).toEqual(
      standIn.state.queues.map(() => [`${consumer}-staging`]),
    );
    expect([...standIn.state.scripts].map(([name, { workersDev }]) => [name, workersDev]).sort()).toEqual(
      [
        [`${api}-staging`, true],
        [`${consumer}-staging`, false],
        [`${agent}-staging`, false],
      ].sort(),
    );
  });
});

test('production is deployed beside staging, rolled back to its release before, and staging is destroyed', async () => {
  const url = ['--url', standIn.engineUrl(api)];
  const first = await machine.deploy(['deploy', ...url], secrets);
  expect(first).toMatchObject({ code: 0, out: expect.stringContaining('production runs release') });
  expect(keysIn(first)).toHaveLength(1);
  const [, before] = /runs release (\w+)/.exec(first.out) ?? [];

  appendFileSync(join(machine.project, 'apps/api/src/worker.ts'), '// The next release.\n');
  const next = await machine.deploy(['deploy-production', ...url]);
  expect(next.code).toBe(0);
  expect(next.out).not.toContain(before);

  const back = await machine.deploy(['rollback', 'production', '--yes', ...url]);
  expect(back).toMatchObject({ code: 0, out: expect.stringContaining(`production runs release ${before}`) });
  expect(back.err).toContain('It does not restore');
  expect(await machine.deploy(['doctor', ...url])).toMatchObject({ code: 0, out: 'production is as it should be.\n' });

  const mistyped = await machine.deploy(['destroy', 'staging'], {}, 'production');
  expect(mistyped).toMatchObject({ code: 1, err: expect.stringContaining('Nothing was deleted.') });
  expect(await machine.deploy(['destroy', 'staging'], {}, 'staging')).toMatchObject({ code: 0 });
  expect([...standIn.state.scripts.keys()].sort()).toEqual([api, consumer, agent].sort());
  expect(standIn.state.queues.map(({ name }) => name)).toEqual(['mcpoverflow-jobs', 'mcpoverflow-webhooks', 'mcpoverflow-dead-letters']);
  expect(standIn.state.namespaces.map(({ title }) => title)).toEqual(['mcpoverflow-ai-jobs']);
});

test('logs follows api and consumer, and says so when their logs break off', async () => {
  standIn.calls.length = 0;
  // The stand-in opens no stream, so wrangler ends at once.
  const followed = await machine.deploy(['logs']);
  expect(standIn.calls.filter((call) => call.endsWith('/tails')).sort()).toEqual([
    `POST /workers/scripts/${consumer}/tails`,
    `POST /workers/scripts/${api}/tails`,
  ]);
  expect(followed).toMatchObject({ code: 1, err: expect.stringContaining(`The log of ${api} broke off.`) });
});

test('without a login, or with a token that Cloudflare refuses, it says so and changes nothing', async () => {
  standIn.state = emptyState();
  standIn.calls.length = 0;
  const nobody = await machine.deploy(['deploy-staging'], { CLOUDFLARE_API_TOKEN: '' });
  expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('Nobody is logged in.') });
  const refused = await machine.deploy(['deploy-staging'], { CLOUDFLARE_API_TOKEN: 'another-token-0815' });
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('The token is not valid, or may not do that') });
  expect(refused.err).not.toContain('another-token-0815');
  expect(mutations(standIn.calls)).toEqual([]);
});
