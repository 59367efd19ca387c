/** What `doctor` finds, each thing provoked on a deployment that was well, and what else is told apart from well. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRehearsal, type Ended, type Rehearsal } from './machine.ts';
import { emptyState, mutations, type StandIn, type State, startStandIn } from './stand-in.ts';

const agent = 'mcpoverflow-embedded-agent';
const consumer = 'mcpoverflow-ai-engine-consumer';
const api = 'mcpoverflow-ai-engine';
let standIn: StandIn;
let rehearsal: Rehearsal;
let well: State;
let first: Ended;
beforeAll(async () => {
  standIn = await startStandIn();
  rehearsal = createRehearsal(standIn);
  first = await rehearsal.deploy(['deploy', '--url', standIn.engineUrl(api)]);
  well = standIn.state;
});
beforeEach(() => {
  standIn.state = structuredClone(well);
  standIn.calls.length = 0;
});
afterEach(() => {
  standIn.openhands = { healthy: true };
  standIn.fault = undefined;
  standIn.freePlan = false;
});
afterAll(async () => {
  rehearsal.remove();
  await standIn.stop();
});

const ask = (...typed: string[]) => rehearsal.deploy([...typed, '--url', standIn.engineUrl(api)]);
const queueOf = (name: string) => {
  const queue = standIn.state.queues.find((each) => each.name === `mcpoverflow-${name}`);
  if (queue === undefined) throw new Error(`no queue ${name}`);
  return queue;
};
/** Binds something else, as somebody in the dashboard could. */
function rebind(worker: string, binding: string, change: Record<string, unknown> | undefined): void {
  const script = standIn.state.scripts.get(worker);
  if (script === undefined) throw new Error(`no Worker ${worker}`);
  script.versions = script.versions.map((version) => ({
    ...version,
    bindings: version.bindings.flatMap((each) => {
      if (each.name !== binding) return [each];
      return change === undefined ? [] : [{ ...each, ...change }];
    }),
  }));
}
const addSecret = (worker: string, name: string) => {
  const script = standIn.state.scripts.get(worker);
  if (script !== undefined)
    script.versions = script.versions.map((each) => ({ ...each, bindings: [...each.bindings, { type: 'secret_text', name }] }));
};
const values = () => standIn.state.namespaces[0]?.values ?? new Map<string, string>();

/** Sends half of the calls to another version of the same. */
function split(worker: string): void {
  const script = standIn.state.scripts.get(worker);
  const [version] = script?.versions ?? [];
  if (script === undefined || version === undefined) throw new Error(`no Worker ${worker}`);
  script.versions = [...script.versions, { ...version, id: 'older' }];
  script.deployments = [{ createdOn: version.createdOn, versionId: version.id, beside: 'older' }, ...script.deployments];
}
const end = (how: 'revokedAt' | 'expiresAt') => {
  for (const [name, value] of values()) values().set(name, JSON.stringify({ ...JSON.parse(value), [how]: '2026-01-01T00:00:00.000Z' }));
};

const findings: readonly (readonly [string, () => void, string])[] = [
  ['a missing queue', () => void standIn.state.queues.splice(0, 1), 'The queue mcpoverflow-jobs is missing.'],
  ['a missing dead-letter queue', () => void standIn.state.queues.pop(), 'The queue mcpoverflow-dead-letters is missing.'],
  [
    'a dead-letter queue that forgets',
    () => {
      queueOf('dead-letters').retention = 345_600;
    },
    'keeps messages for 345600 s, not for 14 days',
  ],
  [
    'a queue without consumer',
    () => {
      queueOf('jobs').consumers = [];
    },
    'The queue mcpoverflow-jobs has no consumer',
  ],
  [
    'a queue with two consumers',
    () => void queueOf('jobs').consumers.push({ type: 'worker', script_name: 'somebody-else', settings: {}, consumer_id: 'x' }),
    'The queue mcpoverflow-jobs has a second consumer, somebody-else',
  ],
  [
    'a consumer without dead-letter queue',
    () => {
      queueOf('webhooks').consumers = queueOf('webhooks').consumers.map(({ dead_letter_queue: _, ...rest }) => rest);
    },
    'dead letters go nowhere and not to mcpoverflow-dead-letters',
  ],
  [
    'a consumer with other settings',
    () => {
      queueOf('jobs').consumers = queueOf('jobs').consumers.map((each) => ({
        ...each,
        settings: { ...each.settings, max_retries: 3 },
      }));
    },
    'retries 3 for 100',
  ],
  [
    'two namespaces of one title',
    () => void standIn.state.namespaces.push({ id: 'f00', title: 'mcpoverflow-ai-jobs', values: new Map() }),
    '2 KV namespaces have the title mcpoverflow-ai-jobs',
  ],
  ['no namespace', () => void standIn.state.namespaces.pop(), 'The KV namespace mcpoverflow-ai-jobs is missing.'],
  ['two Workers with two namespaces', () => rebind(consumer, 'AI_JOBS', { namespace_id: 'f00' }), `AI_JOBS of ${consumer} is bound to f00`],
  [
    'an api bound to another environment’s objects',
    () => rebind(api, 'JOB', { script_name: `${consumer}-staging` }),
    `JOB of ${api} is bound to ${consumer}-staging and not to ${consumer}.`,
  ],
  [
    'an api that calls another environment',
    () => rebind(api, 'CONSUMER', { service: `${consumer}-staging` }),
    `CONSUMER of ${api} is bound to ${consumer}-staging`,
  ],
  [
    'an api that sends to another environment',
    () => rebind(api, 'JOBS_QUEUE', { queue_name: 'mcpoverflow-jobs-staging' }),
    `JOBS_QUEUE of ${api} is bound to mcpoverflow-jobs-staging and not to mcpoverflow-jobs.`,
  ],
  ['a binding that is gone', () => rebind(consumer, 'EMBEDDED_AGENT', undefined), `${consumer} has no binding EMBEDDED_AGENT.`],
  [
    'an api bound to another class of objects',
    () => rebind(api, 'JOB', { class_name: 'JobIndex' }),
    `JOB of ${api} is bound to JobIndex and not to Job.`,
  ],
  [
    'an api that calls another entry of the consumer',
    () => rebind(api, 'CONSUMER', { entrypoint: 'default' }),
    `CONSUMER of ${api} is bound to default and not to Consumer.`,
  ],
  ['an api without a rate limit', () => rebind(api, 'RATE_LIMIT_STANDARD', undefined), `${api} has no binding RATE_LIMIT_STANDARD.`],
  [
    'an api with another rate limit',
    () => rebind(api, 'RATE_LIMIT_IP', { simple: { limit: 9, period: 60 } }),
    `RATE_LIMIT_IP of ${api} is bound to 9 calls in 60 s and not to 3000 calls in 60 s.`,
  ],
  [
    'an api that counts with another environment',
    () => rebind(api, 'RATE_LIMIT_HIGH', { namespace_id: '2003' }),
    `RATE_LIMIT_HIGH of ${api} is bound to 2003 and not to 3003.`,
  ],
  [
    'an api whose numbers go elsewhere',
    () => rebind(api, 'ANALYTICS', { dataset: 'somewhere' }),
    `ANALYTICS of ${api} is bound to somewhere and not to mcpoverflow_ai_engine.`,
  ],
  ['a consumer that can verify no connector', () => rebind(consumer, 'LOADER', undefined), `${consumer} has no binding LOADER.`],
  [
    'a var where a binding was',
    () => rebind(api, 'ANALYTICS', { type: 'plain_text', dataset: undefined, text: 'x' }),
    `ANALYTICS of ${api} is bound to plain_text and not to analytics_engine.`,
  ],
  ['an open door', () => rebind(api, 'AUTH', { text: 'none' }), `AUTH of ${api} is none and not keys.`],
  ['a wrong environment', () => rebind(api, 'ENVIRONMENT', { text: 'staging' }), `ENVIRONMENT of ${api} is staging and not production.`],
  ['a missing secret', () => rebind(api, 'OPENHANDS_HOOK_SECRET', undefined), `${api} has no secret OPENHANDS_HOOK_SECRET.`],
  ['a secret where it does not belong', () => addSecret(api, 'LLM_API_KEY'), `${api} knows LLM_API_KEY, which is for the consumer alone.`],
  ['a missing Worker', () => void standIn.state.scripts.delete(agent), `The Worker ${agent} is not deployed.`],
  ['three Workers of two releases', () => rebind(consumer, 'RELEASE', { text: 'another' }), `The Workers are of different releases`],
  [
    'an api that nobody reaches',
    () => {
      const script = standIn.state.scripts.get(api);
      if (script !== undefined) script.workersDev = false;
    },
    `${api} is not reached below workers.dev.`,
  ],
  [
    'a queue that is paused',
    () => {
      queueOf('jobs').paused = true;
    },
    'The queue mcpoverflow-jobs is paused',
  ],
  [
    'a queue that delivers late',
    () => {
      queueOf('webhooks').delay = 43_200;
    },
    'The queue mcpoverflow-webhooks delivers each message 43200 s late.',
  ],
  ['a Worker of two versions', () => split(api), `${api} runs two versions`],
  ['API keys that are revoked', () => end('revokedAt'), 'There is no API key that is neither revoked nor expired'],
  ['API keys that are expired', () => end('expiresAt'), 'There is no API key that is neither revoked nor expired'],
  ['no API key', () => values().clear(), 'There is no API key'],
  ['a deployment that broke off', () => void values().set('key:canary1', '{}'), 'A deployment was begun and not finished.'],
  [
    'an OpenHands that does not answer',
    () => {
      standIn.openhands = { healthy: false, message: 'connection refused' };
    },
    'OpenHands does not answer: connection refused',
  ],
  ['an engine that cannot work', () => void standIn.state.scripts.delete(consumer), 'is unhealthy'],
  [
    'an engine that does not answer',
    () => {
      standIn.fault = { call: 'GET engine /health', kind: 'cut' };
    },
    'Nothing answers at',
  ],
];

describe('doctor', () => {
  test('finds nothing where all is well', async () => {
    expect(first).toMatchObject({ code: 0 });
    expect(await ask('doctor')).toEqual({ code: 0, out: 'production is as it should be.\n', err: '' });
  });

  test.each(findings)('finds %s, says how to mend it, and changes nothing', async (_, provoke, sentence) => {
    provoke();
    const { code, out } = await ask('doctor');
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining(sentence) });
    const lines = out.trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('  mend: '))).toHaveLength(lines.length / 2);
    expect(mutations(standIn.calls)).toEqual([]);
  });

  test('finds wrangler files that name two namespaces', async () => {
    const file = join(rehearsal.project, 'wrangler.consumer.toml');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replaceAll(standIn.state.namespaces[0]?.id ?? '', 'f00'));
    const { code, out } = await ask('doctor');
    writeFileSync(file, before);
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('wrangler.consumer.toml names the KV namespace f00') });
  });
});

describe('a deployment', () => {
  test.each(
    findings.filter(([, , sentence]) =>
      / of mcpoverflow-ai-engine|has no (consumer|binding|secret)|dead letters go|retries|not reached|not deployed|two versions/.test(
        sentence,
      ),
    ),
  )('mends %s', async (_, provoke) => {
    provoke();
    expect(await ask('deploy')).toMatchObject({ code: 0 });
    expect(await ask('doctor')).toMatchObject({ code: 0 });
  });

  test('says of a plan that keeps messages for a day what it needs', async () => {
    standIn.state = emptyState();
    standIn.freePlan = true;
    const { code, err } = await ask('deploy');
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining(
        "this account's plan keeps messages for a day, and the engine needs 14. It runs on the Workers Paid plan",
      ),
    });
  });

  test.each([
    ['worker', 'npx wrangler queues consumer remove mcpoverflow-jobs old-engine'],
    ['http_pull', 'npx wrangler queues consumer http remove mcpoverflow-jobs'],
  ])('does not begin where a queue has a consumer of another, a %s', async (type, mend) => {
    queueOf('jobs').consumers = [{ type, script_name: 'old-engine', settings: {}, consumer_id: 'x' }];
    const { code, err } = await ask('deploy');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(mend) });
    expect(mutations(standIn.calls)).toEqual([]);
  });

  test('puts no empty namespace in the place of one that was renamed', async () => {
    standIn.state.namespaces = standIn.state.namespaces.map((each) => ({ ...each, title: 'renamed' }));
    const { code, err } = await ask('deploy');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('has the title renamed now, and not mcpoverflow-ai-jobs') });
    expect(mutations(standIn.calls)).toEqual([]);
  });

  test('leaves a secret that exists alone, unless asked', async () => {
    const deploy = (...flags: string[]) =>
      rehearsal.deploy(['deploy', ...flags, '--url', standIn.engineUrl(api)], { OPENHANDS_HOOK_SECRET: 'aNewSecretForTheHook1234' });
    const received = () => standIn.secretsReceived.get(`${api} OPENHANDS_HOOK_SECRET`);
    const made = received();
    expect(made).toMatch(/^[0-9a-f]{64}$/);
    expect(await deploy()).toMatchObject({ code: 0 });
    expect(received()).toBe(made);
    expect(await deploy('--update-secrets')).toMatchObject({ code: 0 });
    expect(received()).toBe('aNewSecretForTheHook1234');
  });

  test('gives the api a custom domain, keeps it without being told again, and takes it from nobody', async () => {
    const withDomain = await rehearsal.deploy(['deploy', '--url', standIn.engineUrl(api)], { ENGINE_DOMAIN: 'ai.example.com' });
    expect(withDomain).toMatchObject({ code: 0, out: expect.stringContaining('https://ai.example.com') });
    expect(standIn.state.domains).toMatchObject([{ hostname: 'ai.example.com', service: api }]);
    standIn.calls.length = 0;
    expect(await ask('deploy')).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to change') });
    expect(mutations(standIn.calls)).toEqual([]);
    const other = await rehearsal.deploy(['deploy-staging'], { ENGINE_DOMAIN: 'ai.example.com' });
    expect(other).toMatchObject({
      code: 1,
      err: expect.stringContaining(`ai.example.com leads to the Worker ${api}, and is not taken away from it`),
    });
  });

  test('says when OpenHands does not answer, and ends well', async () => {
    standIn.openhands = { healthy: false, message: 'connection refused' };
    values().set('key:canary1', '{}');
    expect(await ask('deploy')).toMatchObject({
      code: 0,
      err: expect.stringContaining('OpenHands does not answer, so jobs wait. connection refused'),
    });
  });
});

describe('a rollback', () => {
  const releaseIn = ({ out }: Ended): string => /runs release (\w+)/.exec(out)?.[1] ?? '';
  /** Deploys another release; its name. */
  async function deployOther(source: string, flags: readonly string[] = [], environment = {}): Promise<string> {
    const file = join(rehearsal.project, 'apps/api/src/worker.ts');
    writeFileSync(file, source);
    const deployed = await rehearsal.deploy(['deploy', ...flags, '--url', standIn.engineUrl(api)], environment);
    writeFileSync(file, '// The first release.\n');
    return releaseIn(deployed);
  }
  /** Deploys another release and names both, the older first. */
  const deployNext = async (): Promise<readonly [string, string]> => [releaseIn(first), await deployOther('// The next release.\n')];
  const releases = () =>
    [agent, consumer, api].map((name) => {
      const script = standIn.state.scripts.get(name);
      const version = script?.versions.find(({ id }) => id === script.deployments[0]?.versionId);
      return version?.bindings.find((binding) => binding.name === 'RELEASE')?.text;
    });

  test('without somebody who says yes changes nothing', async () => {
    const [, newer] = await deployNext();
    expect(await ask('rollback')).toMatchObject({ code: 1, err: expect.stringContaining('Nothing was changed.') });
    expect(releases()).toEqual([newer, newer, newer]);
  });

  test('that broke off is completed by the command it names, and by no guess', async () => {
    const [older, newer] = await deployNext();
    standIn.fault = { call: `POST /workers/scripts/${consumer}/deployments`, kind: 'error' };
    const broken = await ask('rollback', '--yes');
    expect(broken).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        `run \`./deploy-cloudflare.sh rollback production --to ${older} --yes --url ${standIn.engineUrl(api)}\` again`,
      ),
    });
    standIn.fault = undefined;
    expect(releases()).toEqual([newer, newer, older]);
    expect(await ask('rollback', '--yes')).toMatchObject({
      code: 1,
      err: expect.stringContaining('The three Workers are of different releases'),
    });
    expect(await ask('rollback', '--to', older, '--yes')).toMatchObject({ code: 0 });
    expect(releases()).toEqual([older, older, older]);
  });

  test('a second time goes on to the release before that, never forward to the one it fled from', async () => {
    const [older, middle] = await deployNext();
    await deployOther('// The third release.\n');
    expect(await ask('rollback', '--yes')).toMatchObject({ code: 0 });
    expect(releases()).toEqual([middle, middle, middle]);
    expect(await ask('rollback', '--yes')).toMatchObject({ code: 0 });
    expect(releases()).toEqual([older, older, older]);
    expect(await ask('rollback', '--yes')).toMatchObject({ code: 1, err: expect.stringContaining('there is nothing to go back to') });
  });

  test('after a rollback and a deployment goes back to what ran in between', async () => {
    const [older] = await deployNext();
    await ask('rollback', '--yes');
    await deployOther('// The third release.\n');
    expect(await ask('rollback', '--yes')).toMatchObject({ code: 0 });
    expect(releases()).toEqual([older, older, older]);
  });

  test('passes over a release that one of the three has no version of, and says so when there is no other', async () => {
    const [older, middle] = await deployNext();
    const newest = await deployOther('// The third release.\n');
    const forget = (release: string) => {
      const script = standIn.state.scripts.get(agent);
      if (script !== undefined) script.versions = script.versions.filter(({ tag }) => tag !== release);
    };
    const all = structuredClone(standIn.state);
    forget(middle);
    expect(await ask('rollback', '--yes')).toMatchObject({ code: 0 });
    expect(releases()).toEqual([older, older, older]);
    standIn.state = all;
    forget(middle);
    forget(older);
    const { code, err } = await ask('rollback', '--yes');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(`${older}, of which Cloudflare keeps no version for ${agent}`) });
    expect(releases()).toEqual([newest, newest, newest]);
  });

  test('goes back past a changed secret, and names it', async () => {
    const older = await deployOther('// With a secret.\n', [], { LLM_API_KEY: 'sk-llm-0123456789' });
    await deployOther('// With another.\n', ['--update-secrets'], { LLM_API_KEY: 'sk-llm-9876543210' });
    const { code, err } = await ask('rollback', '--yes');
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('The following secrets have changed: LLM_API_KEY') });
    expect(releases()).toEqual([older, older, older]);
  });

  test('ends a deployment that broke off', async () => {
    standIn.fault = { call: 'POST engine /api/analyze', kind: 'html' };
    await deployOther('// The next release.\n');
    standIn.fault = undefined;
    expect(await ask('doctor')).toMatchObject({ code: 1, out: expect.stringContaining('A deployment was begun and not finished.') });
    expect(await ask('rollback', '--yes')).toMatchObject({ code: 0 });
    expect(await ask('doctor')).toEqual({ code: 0, out: 'production is as it should be.\n', err: '' });
  });

  test('has nowhere to go from the first release', async () => {
    expect(await ask('rollback', '--yes')).toMatchObject({ code: 1, err: expect.stringContaining('there is nothing to go back to') });
  });
});

describe('status', () => {
  test('shows releases, address, backlog and health', async () => {
    const { code, out } = await ask('status');
    expect(code).toBe(0);
    for (const words of [agent, consumer, `https://${api}.acme.workers.dev`, 'healthy', 'jobs: 0']) expect(out).toContain(words);
  });

  test('shows of each release which version each Worker has of it, newest first, and which one of them lacks', async () => {
    const file = join(rehearsal.project, 'apps/api/src/worker.ts');
    const [, older] = /runs release (\w+)/.exec(first.out) ?? [];
    writeFileSync(file, '// The next release.\n');
    const [, newer] = /runs release (\w+)/.exec((await ask('deploy')).out) ?? [];
    writeFileSync(file, '// The first release.\n');
    const version = (worker: string, release: string | undefined) =>
      standIn.state.scripts
        .get(worker)
        ?.versions.find(({ tag }) => tag === release)
        ?.id.slice(0, 8);
    const rowOf = (release: string | undefined, out: string) => out.split('\n').find((line) => line.startsWith(`${release} `)) ?? '';

    const both = await ask('status');
    expect(both.out).not.toContain('lacks');
    for (const worker of [agent, consumer, api]) {
      expect(rowOf(newer, both.out)).toContain(version(worker, newer));
      expect(rowOf(older, both.out)).toContain(version(worker, older));
    }
    expect(both.out.indexOf(rowOf(newer, both.out))).toBeLessThan(both.out.indexOf(rowOf(older, both.out)));

    const script = standIn.state.scripts.get(agent);
    if (script !== undefined) script.versions = script.versions.filter(({ tag }) => tag !== older);
    const lacked = await ask('status');
    expect(rowOf(older, lacked.out)).toMatch(/^\w+ +- /);
    expect(lacked.out).toContain('A release that one of the three lacks (-) cannot be rolled back to.');
  });

  test('says plainly when the three Workers are of different releases, and what to do', async () => {
    rebind(consumer, 'RELEASE', { text: 'another' });
    const { out } = await ask('status');
    expect(out).toContain('The Workers are of different releases:');
    expect(out).toContain(`${consumer} another`);
    expect(out).toContain('rollback production --to <release>');
  });

  test('says that it cannot tell the releases where versions cannot be read, and shows the rest', async () => {
    standIn.fault = { call: `GET /workers/scripts/${consumer}/versions`, kind: 'html' };
    const { code, out } = await ask('status');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('Which releases there are to go back to cannot be read.') });
    expect(out).toContain('healthy');
  });

  test('ends with 1 where nothing is deployed', async () => {
    standIn.state = emptyState();
    expect(await ask('status')).toMatchObject({ code: 1, out: expect.stringContaining('not deployed') });
  });
});

test('a destruction from a checkout that does not know the namespace deletes it, too, the api first and the namespace last', async () => {
  const other = createRehearsal(standIn);
  const destroyed = await other.deploy(['destroy', 'production'], {}, { line: 'production' });
  other.remove();
  expect(destroyed).toMatchObject({ code: 0 });
  expect(standIn.state).toMatchObject({ queues: [], namespaces: [], scripts: new Map() });
  const order = [
    `DELETE /workers/scripts/${api}`,
    `DELETE /workers/scripts/${consumer}`,
    `DELETE /workers/scripts/${agent}`,
    'DELETE /queues/mcpoverflow-jobs',
    'DELETE /storage/kv/namespaces/mcpoverflow-ai-jobs',
  ];
  expect(standIn.calls.filter((call) => order.includes(call))).toEqual(order);
});

test('a destruction that broke off is completed by the next one', async () => {
  standIn.fault = { call: 'DELETE /queues/mcpoverflow-webhooks', kind: 'error' };
  const destroy = () => rehearsal.deploy(['destroy', 'production'], {}, { line: 'production' });
  expect(await destroy()).toMatchObject({ code: 1, err: expect.stringContaining('destroy production` again') });
  standIn.fault = undefined;
  expect(await destroy()).toMatchObject({ code: 0, out: expect.stringContaining('What remains') });
  expect(standIn.state).toMatchObject({ queues: [], namespaces: [], scripts: new Map() });
  expect(await destroy()).toMatchObject({ code: 0, out: 'Nothing of production is there.\n' });
});
