/**
 * A deployment that fails at any one of its calls, before or after the call took effect, or is interrupted there, and the
 * next one that completes it. Every call in turn, with the simulated wrangler: real ones would take an hour. The real wrangler meets the faults
 * that matter in deploy.test.ts.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createRehearsal, type Rehearsal } from './machine.ts';
import { emptyState, type FaultKind, mutations, type StandIn, type State, startStandIn } from './stand-in.ts';

const api = 'mcpoverflow-ai-engine-staging';
let standIn: StandIn;
let calls: readonly string[];
beforeAll(async () => {
  standIn = await startStandIn();
  const { ended, rehearsal } = await deployAfresh();
  rehearsal.remove();
  expect(ended).toMatchObject({ code: 0 });
  calls = [...new Set(standIn.calls)];
});
afterEach(() => {
  standIn.fault = undefined;
  standIn.during = undefined;
});
afterAll(() => standIn.stop());

const typed = () => ['deploy-staging', '--url', standIn.engineUrl(api)];
const environment = { LLM_API_KEY: 'sk-llm-0123456789', OPENHANDS_LLM: 'model-x', ENGINE_DOMAIN: 'ai.example.com' };

async function deployAfresh() {
  standIn.state = emptyState();
  standIn.calls.length = 0;
  const rehearsal = createRehearsal(standIn);
  return { rehearsal, ended: await rehearsal.deploy(typed(), environment) };
}

/**
 * Calls whose failure wrangler passes over, the removal of the canary's job, which goes with its retention, and the look
 * at what is deployed, which a first deployment takes when all is done.
 */
const doesNotMatter = /script-settings$|domains\/changeset$|^DELETE engine|versions\/\{version\}$|bulk\/get$/;

/** What is deployed, without what is random. */
function outcome() {
  const { queues, namespaces, scripts, domains } = standIn.state;
  const current = [...scripts].map(([name, { versions, deployments, workersDev }]) => ({
    name,
    workersDev,
    bindings: versions
      .find(({ id }) => id === deployments[0]?.versionId)
      ?.bindings.map((binding) => binding.name)
      .sort(),
  }));
  return {
    queues: queues.map(({ name, retention, consumers }) => ({
      name,
      retention,
      consumers: consumers.map(({ script_name }) => script_name),
    })),
    namespaces: namespaces.map(({ title }) => title),
    workers: current,
    domains: domains.map(({ hostname, service }) => ({ hostname, service })),
  };
}

/** Somebody presses Ctrl-C when that call arrives for the first time. */
function interruptDuring(call: string, rehearsal: Rehearsal): void {
  standIn.during = {
    call,
    happens: async () => {
      standIn.during = undefined;
      rehearsal.interrupt();
    },
  };
}

/** What is wrong after a run from `before` on that failed at that call, one that was to complete it, and one more. */
async function faultsAfter(
  call: string,
  kind: FaultKind | 'Ctrl-C',
  before: State,
  rehearsal: Rehearsal,
  wanted: ReturnType<typeof outcome>,
): Promise<string[]> {
  standIn.state = structuredClone(before);
  const known = new Set(before.namespaces.flatMap(({ values }) => [...values.keys()]));
  if (kind === 'Ctrl-C') interruptDuring(call, rehearsal);
  else standIn.fault = { call, kind };
  const failed = await rehearsal.deploy(typed(), environment);
  standIn.fault = undefined;
  const marks = [...(standIn.state.namespaces[0]?.values.keys() ?? [])].filter((name) => name.startsWith('deployment:'));
  const completed = await rehearsal.deploy(typed(), environment);
  standIn.calls.length = 0;
  const again = await rehearsal.deploy(typed(), environment);
  const keys = standIn.state.namespaces[0]?.values ?? new Map();
  const shown = `${failed.out}${completed.out}`.match(/mcp_[0-9a-f]+_[0-9a-f]+/g) ?? [];
  const isDoneInVain = kind === 'cut-after' || kind === 'error-after';
  const faults = [
    ...(failed.code === (kind === 'Ctrl-C' ? 130 : 1) || isDoneInVain || doesNotMatter.test(call) ? [] : [`nobody noticed the failure`]),
    ...(kind === 'Ctrl-C' && marks.length > 0 ? ['the mark of the run that was interrupted is left'] : []),
    ...(failed.code !== 0 && !/Next: .*deploy-staging --url \S+` again|Nothing was changed\.$|runs release/m.test(failed.err + failed.out)
      ? ['the failure does not say what to do next']
      : []),
    ...(completed.code === 0 ? [] : [`the next run ended with ${completed.code}: ${completed.err}`]),
    ...(again.code === 0 && mutations(standIn.calls).length === 0
      ? []
      : [`a further run still calls ${mutations(standIn.calls).join(', ')}`]),
    ...(JSON.stringify(outcome()) === JSON.stringify(wanted) ? [] : [`what is deployed differs: ${JSON.stringify(outcome())}`]),
    ...([...keys.keys()].some((name) => name.startsWith('key:canary')) ? ['a key of a canary is left'] : []),
    // The mark of a run that has ended holds up nobody, and the next one that changes something removes it.
    ...([...keys.keys()].every(
      (name) => name.startsWith('deployment:') || known.has(name) || shown.some((key) => name === `key:${key.split('_')[1]}`),
    )
      ? []
      : ['nobody was ever shown the first key']),
    ...(/sk-llm/.test(failed.out + failed.err + completed.out + completed.err) ? ['a secret was printed'] : []),
  ];
  return faults.map((fault) => `${kind} at ${call}: ${fault}`);
}

test.each(['error', 'cut', 'html', 'cut-after', 'error-after', 'Ctrl-C'] as const)(
  'after "%s" at any call the next run completes the deployment',
  async (kind) => {
    const { rehearsal } = await deployAfresh();
    const wanted = outcome();
    const faults: string[] = [];
    expect(calls.length).toBeGreaterThan(40);
    for (const call of calls) faults.push(...(await faultsAfter(call, kind, emptyState(), rehearsal, wanted)));
    rehearsal.remove();
    expect(faults).toEqual([]);
  },
);

test.each(['error', 'cut-after', 'Ctrl-C'] as const)('after "%s" at any call of an upgrade the next run completes it', async (kind) => {
  const { rehearsal } = await deployAfresh();
  const before = standIn.state;
  writeFileSync(join(rehearsal.project, 'apps/api/src/worker.ts'), '// The next release.\n');
  standIn.state = structuredClone(before);
  standIn.calls.length = 0;
  expect(await rehearsal.deploy(typed(), environment)).toMatchObject({ code: 0 });
  const upgradeCalls = [...new Set(standIn.calls)];
  expect(upgradeCalls).toContain(`POST /workers/scripts/${api}/versions`);
  const wanted = outcome();
  const faults: string[] = [];
  for (const call of upgradeCalls) faults.push(...(await faultsAfter(call, kind, before, rehearsal, wanted)));
  rehearsal.remove();
  expect(faults).toEqual([]);
});

test('too many calls are waited out where a call may be repeated', async () => {
  const rehearsal = createRehearsal(standIn);
  standIn.state = emptyState();
  standIn.fault = { call: 'GET /queues', kind: 'busy' };
  const failed = await rehearsal.deploy(typed(), environment);
  rehearsal.remove();
  expect(failed.code).toBe(1);
  expect(failed.err).toContain('GET');
  expect(standIn.calls.filter((call) => call === 'GET /queues').length).toBeGreaterThanOrEqual(4);
});
