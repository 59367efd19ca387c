/**
 * A drain as the runbook has it: the real wrangler sets a secret on the api that runs, and what looks after the
 * deployment shows that and leaves it alone. The commands are those of the page.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRehearsal, type Ended, type Rehearsal } from './machine.ts';
import { ACCOUNT, mutations, type StandIn, startStandIn, TOKEN } from './stand-in.ts';

const api = 'mcpoverflow-ai-engine';
const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const wrangler = join(dirname(createRequire(import.meta.url).resolve('wrangler/package.json')), 'bin', 'wrangler.js');

let standIn: StandIn;
let rehearsal: Rehearsal;
beforeEach(async () => {
  standIn = await startStandIn();
  rehearsal = createRehearsal(standIn);
  await ask('deploy');
});
afterEach(async () => {
  rehearsal.remove();
  await standIn.stop();
});

const ask = (...typed: string[]): Promise<Ended> => rehearsal.deploy([...typed, '--url', standIn.engineUrl(api)]);

/** Runs the page's command that begins so; what stands before its pipe is wrangler's input. */
async function runbook(beginning: string): Promise<Ended> {
  const line = page.split('\n').find((each) => each.startsWith(beginning)) ?? '';
  const [, input = '', parameters = ''] = /^(?:echo (\w+) \| )?npx wrangler ([^#]+)/.exec(line) ?? [];
  const child = spawn(process.execPath, [wrangler, ...parameters.trim().split(' ')], {
    cwd: rehearsal.project,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: rehearsal.project,
      CLOUDFLARE_API_BASE_URL: standIn.apiUrl,
      CLOUDFLARE_API_TOKEN: TOKEN,
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_WRITE_LOGS: 'false',
    },
  });
  child.stdin.end(`${input}\n`);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}
const drain = () => runbook('echo false | npx wrangler secret put ACCEPT_JOBS');
const resume = () => runbook('npx wrangler secret delete ACCEPT_JOBS');

const bindings = () => {
  const script = standIn.state.scripts.get(api);
  return script?.versions.find(({ id }) => id === script.deployments[0]?.versionId)?.bindings ?? [];
};
const acceptsJobs = async (): Promise<unknown> => (await (await fetch(`${standIn.engineUrl(api)}/health`)).json()).acceptsJobs;
const releaseNamed = (said: string): string => /release (\w{12})/.exec(said)?.[1] ?? '';
const nextRelease = (): void => writeFileSync(join(rehearsal.project, 'apps/api/src/worker.ts'), '// The next release.\n');

test('a drain uploads no code, is shown, outlives a deployment, and ends as the page says', async () => {
  const before = bindings();
  standIn.calls.length = 0;
  expect(await drain()).toMatchObject({ code: 0 });
  expect(mutations(standIn.calls)).toEqual([`PUT /workers/scripts/${api}/secrets`]);
  expect(bindings()).toEqual([...before, { name: 'ACCEPT_JOBS', type: 'secret_text', text: 'false' }]);
  expect(await acceptsJobs()).toBe(false);

  expect(await ask('status')).toMatchObject({ code: 0, out: expect.stringContaining('takes no jobs') });
  const doctor = await ask('doctor');
  expect(doctor).toMatchObject({ code: 1, out: expect.stringContaining(`${api} is drained`) });
  expect(page).toContain(/mend: (npx wrangler secret delete .+)/.exec(doctor.out)?.[1]);
  standIn.calls.length = 0;
  expect(await ask('deploy')).toMatchObject({ code: 0, err: expect.stringContaining(`${api} is drained`) });
  expect(mutations(standIn.calls)).toEqual([]);

  nextRelease();
  expect(await ask('deploy')).toMatchObject({ code: 0, err: expect.stringContaining('no canary was sent') });
  expect(await acceptsJobs()).toBe(false);

  expect(await resume()).toMatchObject({ code: 0 });
  expect(await acceptsJobs()).toBe(true);
  expect(await ask('doctor')).toMatchObject({ code: 0 });
  expect((await ask('status')).out).not.toContain('takes no jobs');
});

test('a rollback says that it ends the drain, or that it brings one back', async () => {
  const [, older = ''] = /^(\w{12}) /m.exec((await ask('status')).out) ?? [];
  await drain();
  nextRelease();
  const newer = releaseNamed((await ask('deploy')).out);
  const back = await ask('rollback', '--to', older, '--yes');
  expect(back).toMatchObject({ code: 0, err: expect.stringContaining('jobs may be taken again') });
  expect(await acceptsJobs()).toBe(true);

  const forth = await ask('rollback', '--to', newer, '--yes');
  expect(forth).toMatchObject({ code: 0, err: expect.stringContaining('It takes no jobs') });
  expect(await acceptsJobs()).toBe(false);
});

test('after a rollback wrangler refuses to drain, rather than bring the newer code back', async () => {
  nextRelease();
  await ask('deploy');
  expect(await ask('rollback', '--yes')).toMatchObject({ code: 0 });
  standIn.calls.length = 0;
  expect(await drain()).toMatchObject({ code: 1, err: expect.stringContaining("isn't currently deployed") });
  expect(await acceptsJobs()).toBe(true);
});
