/** What lies around a deployment and must not lead it astray: settings of a shell or a file, and a second person who deploys. */
import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { configurationFiles } from '../../scripts/deploy/wanted.ts';
import { createRehearsal, type Rehearsal } from './machine.ts';
import { emptyState, mutations, type StandIn, startStandIn } from './stand-in.ts';

const script = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'deploy-cloudflare.sh');
const api = 'mcpoverflow-ai-engine';
let standIn: StandIn;
let rehearsal: Rehearsal;
beforeAll(async () => {
  standIn = await startStandIn();
});
beforeEach(() => {
  standIn.state = emptyState();
  standIn.calls.length = 0;
  rehearsal = createRehearsal(standIn);
  const { remove } = rehearsal;
  onTestFinished(() => remove());
});
afterEach(() => {
  standIn.during = undefined;
  vi.unstubAllEnvs();
});
afterAll(() => standIn.stop());

const typed = () => ['deploy', '--url', standIn.engineUrl(api)];

test('neither the folder that one stands in nor CLOUDFLARE_ENV makes an unchanged engine another one', async () => {
  expect(await rehearsal.deploy(typed())).toMatchObject({ code: 0 });
  standIn.calls.length = 0;
  const stoodIn = process.cwd();
  onTestFinished(() => process.chdir(stoodIn));
  process.chdir(join(rehearsal.project, 'apps'));
  vi.stubEnv('CLOUDFLARE_ENV', 'production');
  expect(await rehearsal.deploy(typed())).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to change') });
  expect(mutations(standIn.calls)).toEqual([]);
});

test('a changed source of a package is deployed', async () => {
  await rehearsal.deploy(typed());
  rehearsal.write('packages/connectors/src/wire-cases/slots.ts', '// Changed.\n');
  expect(await rehearsal.deploy(typed())).toMatchObject({ code: 0, out: expect.stringContaining('runs release') });
});

test('a wrangler file that names another account is refused before anything changes', async () => {
  const file = join(rehearsal.project, configurationFiles.consumer);
  writeFileSync(file, `account_id = "another-account"\n${readFileSync(file, 'utf8')}`);
  const ended = await rehearsal.deploy(typed());
  expect(ended).toMatchObject({ code: 1, err: expect.stringContaining('wrangler.consumer.toml names the account another-account') });
  expect(mutations(standIn.calls)).toEqual([]);
});

test('of two who deploy at once the second is refused while the first is under way, and told what to do', async () => {
  await rehearsal.deploy(typed());
  rehearsal.write('apps/api/src/worker.ts', '// The second release.\n');
  const other = createRehearsal(standIn);
  onTestFinished(() => other.remove());
  const refused = await new Promise<Awaited<ReturnType<Rehearsal['deploy']>>>((resolve, reject) => {
    standIn.during = {
      call: `POST /workers/scripts/${api}/versions`,
      happens: async () => {
        standIn.during = undefined;
        resolve(await other.deploy(typed()));
      },
    };
    rehearsal.deploy(typed()).then(({ code, err }) => (code === 0 ? undefined : reject(new Error(err))), reject);
  });
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('Another run that changes production is under way: begun') });
  expect(refused.err).toContain(basename(rehearsal.project));
});

test.each(['rollback', 'destroy'])('a %s is refused while a deployment is under way, and changes nothing', async (command) => {
  await rehearsal.deploy(typed());
  rehearsal.write('apps/api/src/worker.ts', '// The second release.\n');
  await rehearsal.deploy(typed());
  const { scripts } = structuredClone(standIn.state);
  standIn.state.namespaces[0]?.values.set(`deployment:${Date.now()}:elsewhere:1`, '');
  const refused = await rehearsal.deploy([command, 'production', ...(command === 'rollback' ? ['--yes'] : [])], {}, { line: 'production' });
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('Another run that changes production is under way') });
  expect(standIn.state.scripts).toEqual(scripts);
  expect(standIn.state.queues).toHaveLength(3);
});

test.each([
  ['rollback', `POST /workers/scripts/${api}/deployments`],
  ['destroy', 'DELETE /queues/mcpoverflow-webhooks'],
])('a deployment is refused while a %s is under way, and makes nothing', async (command, call) => {
  await rehearsal.deploy(typed());
  rehearsal.write('apps/api/src/worker.ts', '// The second release.\n');
  await rehearsal.deploy(typed());
  const other = createRehearsal(standIn);
  onTestFinished(() => other.remove());
  const refused: Awaited<ReturnType<Rehearsal['deploy']>>[] = [];
  standIn.during = {
    call,
    happens: async () => {
      standIn.during = undefined;
      refused.push(await other.deploy(typed()));
    },
  };
  const flags = command === 'rollback' ? ['--yes', ...typed().slice(1)] : [];
  expect(await rehearsal.deploy([command, 'production', ...flags], {}, { line: 'production' })).toMatchObject({ code: 0 });
  expect(refused).toMatchObject([{ code: 1, err: expect.stringContaining('Another run that changes production is under way') }]);
  expect(standIn.state.queues).toHaveLength(command === 'rollback' ? 3 : 0);
});

test('a rollback from a checkout that does not know the namespace marks the one that the Workers use', async () => {
  await rehearsal.deploy(typed());
  rehearsal.write('apps/api/src/worker.ts', '// The second release.\n');
  await rehearsal.deploy(typed());
  const other = createRehearsal(standIn);
  onTestFinished(() => other.remove());
  standIn.state.namespaces[0]?.values.set('key:canary1', '{}');
  standIn.calls.length = 0;
  expect(await other.deploy(['rollback', '--yes', ...typed().slice(1)])).toMatchObject({ code: 0 });
  expect(standIn.calls).toContain('PUT /storage/kv/namespaces/mcpoverflow-ai-jobs/values/deployment:{run}');
  expect([...(standIn.state.namespaces[0]?.values.keys() ?? [])].filter((name) => /^deployment:|canary/.test(name))).toEqual([]);
});

test('a rollback does not go past what somebody deployed while it asked', async () => {
  await rehearsal.deploy(typed());
  rehearsal.write('apps/api/src/worker.ts', '// The second release.\n');
  await rehearsal.deploy(typed());
  const [running] = standIn.state.scripts.get(api)?.deployments ?? [];
  standIn.during = {
    call: 'PUT /storage/kv/namespaces/mcpoverflow-ai-jobs/values/deployment:{run}',
    happens: async () => {
      const script = standIn.state.scripts.get(api);
      if (script !== undefined) script.versions = script.versions.map((each) => ({ ...each, bindings: [] }));
    },
  };
  const refused = await rehearsal.deploy(['rollback', '--yes', ...typed().slice(1)]);
  expect(refused).toMatchObject({
    code: 1,
    err: expect.stringContaining('Somebody else has deployed or rolled back since you were asked.'),
  });
  expect(standIn.state.scripts.get(api)?.deployments[0]).toEqual(running);
});

test('Ctrl-C during a rollback says what is done and names the command that completes it', async () => {
  await rehearsal.deploy(typed());
  rehearsal.write('apps/api/src/worker.ts', '// The second release.\n');
  await rehearsal.deploy(typed());
  standIn.during = {
    call: 'POST /workers/scripts/mcpoverflow-embedded-agent/deployments',
    happens: async () => rehearsal.interrupt(),
  };
  const { code, err } = await rehearsal.deploy(['rollback', '--yes', ...typed().slice(1)]);
  standIn.during = undefined;
  expect(code).toBe(130);
  expect(err).toContain(`Done before that, and not to be done again:\n  ${api} runs release`);
  const [, again = ''] = /run `.\/deploy-cloudflare.sh (.+)` again/.exec(err) ?? [];
  expect(await rehearsal.deploy(again.split(' '))).toMatchObject({ code: 0 });
});

test('a marker that a killed run left holds up nobody: on its machine at once, elsewhere after 20 minutes', async () => {
  await rehearsal.deploy(typed());
  const values = standIn.state.namespaces[0]?.values;
  const own = `deployment:${Date.now()}:${basename(rehearsal.project)}:1`;
  for (const name of [own, `deployment:${Date.now() - 21 * 60_000}:elsewhere:1`]) values?.set(name, '');
  rehearsal.write('apps/api/src/worker.ts', '// The second release.\n');
  expect(await rehearsal.deploy(typed())).toMatchObject({ code: 0, out: expect.stringContaining('runs release') });
  expect([...(values?.keys() ?? [])].filter((name) => !name.startsWith('key:'))).toEqual([]);

  values?.set(`deployment:${Date.now()}:elsewhere:1`, '');
  rehearsal.write('apps/api/src/worker.ts', '// The third release.\n');
  expect(await rehearsal.deploy(typed())).toMatchObject({ code: 1, err: expect.stringContaining('on elsewhere') });
});

test('a canary that cannot be read is told in words for who deploys, leaves no job, and the command to go on with has the address', async () => {
  standIn.fault = { call: 'GET engine /api/jobs/{job}', kind: 'cut' };
  const ended = await rehearsal.deploy(typed());
  standIn.fault = undefined;
  expect(ended).toMatchObject({ code: 1, err: expect.stringContaining(`cannot be read: nothing answers at ${standIn.engineUrl(api)}`) });
  expect(ended.err).not.toContain('npm start');
  expect(ended.err).toContain(`./deploy-cloudflare.sh ${typed().join(' ').replace('deploy ', 'deploy-production ')}\` again`);
  expect(standIn.state.jobs.size).toBe(0);
});

test('a deployment that broke off is found among more keys than a call shows', async () => {
  await rehearsal.deploy(typed());
  const values = standIn.state.namespaces[0]?.values;
  for (let count = 0; count < 1_200; count += 1) values?.set(`key:${count.toString(16).padStart(20, '0')}`, '{}');
  values?.set('key:canary1', '{}');
  const found = await rehearsal.deploy(['doctor', ...typed().slice(1)]);
  expect(found).toMatchObject({ code: 1 });
  expect(found.out + found.err).toContain('A deployment was begun and not finished.');
});

test('a live key is found behind more dead ones than a call shows, and no further one is made', async () => {
  await rehearsal.deploy(typed());
  const values = standIn.state.namespaces[0]?.values;
  const [live = ''] = [...(values?.entries() ?? [])].filter(([name]) => name.startsWith('key:')).map(([, value]) => value);
  values?.clear();
  const dead = JSON.stringify({ ...JSON.parse(live), revokedAt: '2026-01-01T00:00:00.000Z' });
  for (let count = 0; count < 2_050; count += 1) values?.set(`key:${count.toString(16).padStart(20, '0')}`, dead);
  values?.set(`key:${'f'.repeat(20)}`, live);
  expect(await rehearsal.deploy(['doctor', ...typed().slice(1)])).toMatchObject({ code: 0 });
  expect(await rehearsal.deploy(typed())).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to change') });
});

test('without Node the script says what to do', () => {
  const ended = spawnSync('/bin/sh', [script, 'help'], { env: { PATH: rehearsal.project }, encoding: 'utf8' });
  expect(ended).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('Node 20 or newer is needed') });
});

test('the script runs through a link that lies elsewhere', () => {
  rehearsal.write('deploy-cloudflare.sh', readFileSync(script, 'utf8'));
  rehearsal.write('scripts/setup.mjs', 'console.log(process.argv.slice(2).join(" "));');
  const link = join(rehearsal.project, 'apps', 'deploy engine');
  symlinkSync(join(rehearsal.project, 'deploy-cloudflare.sh'), link);
  const ended = spawnSync('/bin/sh', [link, 'doctor', 'staging'], { encoding: 'utf8' });
  expect(ended).toMatchObject({ status: 0, stdout: 'scripts/deploy/main.ts doctor staging\n' });
});

test('a deployment that another overtook all the same ends with 1 and names the Worker', async () => {
  const agent = 'mcpoverflow-embedded-agent';
  standIn.during = {
    call: 'POST engine /api/analyze',
    happens: async () => {
      const overtaken = standIn.state.scripts.get(agent);
      for (const version of overtaken?.versions ?? []) {
        overtaken?.versions.splice(0, 1, { ...version, bindings: [{ name: 'RELEASE', type: 'plain_text', text: 'another' }] });
      }
    },
  };
  const ended = await rehearsal.deploy(typed());
  standIn.during = undefined;
  expect(ended).toMatchObject({ code: 1, err: expect.stringContaining(`${agent} is not of release`) });
  expect(ended.out).not.toContain('runs release');
});
