/** What is made without a deployment, and what is left out of one: `create` (`npm run cf:create-kv`), and the first key where a build's log would keep it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { createRehearsal, type Rehearsal } from './machine.ts';
import { emptyState, mutations, type StandIn, startStandIn } from './stand-in.ts';

const FOURTEEN_DAYS = 14 * 86_400;
let standIn: StandIn;
let rehearsal: Rehearsal;
beforeAll(async () => {
  standIn = await startStandIn();
});
beforeEach(() => {
  standIn.state = emptyState();
  standIn.calls.length = 0;
  const fresh = createRehearsal(standIn);
  onTestFinished(() => fresh.remove());
  rehearsal = fresh;
});
afterAll(() => standIn.stop());

test('queues and namespace are created, their id is written into both files, and no Worker is deployed', async () => {
  expect(await rehearsal.deploy(['create', 'staging'])).toMatchObject({ code: 0 });
  const { queues, namespaces, scripts } = standIn.state;
  expect(queues.map(({ name, retention }) => [name, retention]).toSorted()).toEqual(
    ['dead-letters', 'jobs', 'webhooks'].map((name) => [`mcpoverflow-${name}-staging`, FOURTEEN_DAYS]),
  );
  expect(namespaces.map(({ title }) => title)).toEqual(['mcpoverflow-ai-jobs-staging']);
  for (const file of ['wrangler.api.toml', 'wrangler.consumer.toml']) {
    expect(readFileSync(join(rehearsal.project, file), 'utf8')).toContain(`id = "${namespaces[0]?.id}"`);
  }
  expect(scripts.size).toBe(0);

  standIn.calls.length = 0;
  expect(await rehearsal.deploy(['create', 'staging'])).toMatchObject({ code: 0 });
  expect(mutations(standIn.calls)).toEqual([]);
});

test('a build makes no API key and says where to make it; the same command on a machine makes it then, and deploys nothing', async () => {
  const typed = ['deploy-staging', '--url', standIn.engineUrl('mcpoverflow-ai-engine-staging')];
  const keys = () => standIn.state.namespaces.flatMap(({ values }) => [...values.keys()]).filter((name) => name.startsWith('key:'));
  const built = await rehearsal.deploy(typed, { CI: 'true' });
  expect(built).toMatchObject({ code: 0, err: expect.stringContaining('this log is no place for one') });
  expect(built.out).not.toContain('API key');
  expect(keys()).toEqual([]);

  const versions = () => [...standIn.state.scripts.values()].map((script) => script.versions.length);
  const deployed = versions();
  const ran = await rehearsal.deploy(typed);
  expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('The first API key') });
  expect(keys()).toHaveLength(1);
  expect(versions()).toEqual(deployed);
});
