/** What lies around a deployment and must not lead it astray: settings of a shell or a file, and a second person who deploys. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { configurationFiles } from '../../scripts/deploy/wanted.ts';
import { createRehearsal, type Rehearsal } from './machine.ts';
import { emptyState, mutations, type StandIn, startStandIn } from './stand-in.ts';

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
afterEach(() => vi.unstubAllEnvs());
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
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('Another deployment of production is under way: begun') });
  expect(refused.err).toContain(basename(rehearsal.project));
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
