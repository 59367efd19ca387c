/**
 * What a run may take, in time and in money, on the real OpenHands: one that does not end is ended, the run
 * with it, and nobody else notices.
 */
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import type { Script } from '../support/scripted-model.ts';
import { run } from '../support/scripted-model-work.ts';
import { smallSpecification } from '../support/small-specification.ts';
import { newest } from './versions.ts';
import { idOf, startWhole, type Whole } from './whole.ts';

const agentServers = inject('agentServers');
const INNOCENT = 5;

describe.skipIf(agentServers === null)('a run', () => {
  let whole: Whole;

  beforeAll(async () => {
    whole = await startWhole({ python: agentServers?.[newest] ?? '', engineEnv: { JOB_TIMEOUT_MS: '45000' } });
  });
  afterAll(() => whole?.stop());

  async function submit(name: string, script?: Script, options: object = {}): Promise<string> {
    if (script !== undefined) whole.model.script(await idOf('analyze', name), script);
    return whole.submit('analyze', name, { specType: 'openapi', spec: smallSpecification(name), ...options });
  }

  test.concurrent('that hangs for ever ends by its deadline, and the others never notice', async ({ expect }) => {
    const hanging = await Promise.all([
      submit('model-hangs', () => ({ say: 'Never.', after: new Promise(() => {}) })),
      submit('tool-hangs', () => ({ tool: 'terminal', input: { command: 'sleep 100000', timeout: 600 } })),
    ]);
    await whole.model.until(() => hanging.every((jobId) => whole.model.turnsOf(jobId).length > 0));
    const innocent = await Promise.all(
      Array.from({ length: INNOCENT }, async (_, index) => whole.ended(await submit(`innocent-${index}`))),
    );
    for (const jobId of hanging) expect(await jobNow(jobId)).toMatchObject({ status: 'processing' });
    expect(innocent.map(({ status }) => status)).toEqual(innocent.map(() => 'completed'));

    for (const jobId of hanging) expect(await whole.ended(jobId)).toMatchObject({ status: 'failed', error: { code: 'deadline-exceeded' } });
    await whole.model.until(() => whole.model.waiting().every(({ task }) => !hanging.includes(task.jobId)));
    await expect.poll(() => conversationsOf(hanging), { timeout: 60_000 }).toEqual([]);
  });

  test.concurrent('that costs more than its submission allows is stopped', async ({ expect }) => {
    const dollarACall = { prompt: 1_000_000, completion: 0 };
    const spender = await submit('spender', ({ step }) => ({ ...run(`sleep 0.5; echo ${step}`), tokens: dollarACall }), {
      maxCostUsd: 2.5,
    });
    const job = await whole.ended(spender);
    expect(job).toMatchObject({ status: 'failed', error: { code: 'budget-exceeded' } });
    expect(job.usage?.costUsd).toBeGreaterThan(2.5);
    await expect.poll(() => conversationsOf([spender]), { timeout: 60_000 }).toEqual([]);
    const calls = whole.model.turnsOf(spender).length;
    // A job of its own afterwards, so that a run that went on would have had time to.
    await whole.ended(await submit('after-the-spender'));
    expect(whole.model.turnsOf(spender)).toHaveLength(calls);
  });

  const jobNow = async (jobId: string): Promise<unknown> => (await whole.engine.fetch(`/api/jobs/${jobId}`)).json();
  const conversationsOf = async (jobIds: readonly string[]): Promise<readonly unknown[]> =>
    (await whole.server.conversations()).filter(({ tags }) => jobIds.includes(tags.job ?? ''));
});
