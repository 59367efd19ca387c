/**
 * An agent that does badly, on the real OpenHands: what it gets wrong goes back to it, twice at most; what
 * it cannot get right fails its job with a code and a sentence. And whatever went wrong, no secret is told.
 *
 * All jobs run at the same time; the tests look at them one by one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Job, JobType } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { cannedAnalysis } from '../support/openhands-server.ts';
import type { Answer, ModelTurn, Script } from '../support/scripted-model.ts';
import { create, diligent, finish, inOrder, run, writeResult } from '../support/scripted-model-work.ts';
import { smallSpecification } from '../support/small-specification.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { newest } from './versions.ts';
import { idOf, secrets, startWhole, type Whole } from './whole.ts';

const agentServers = inject('agentServers');
const MAX_ITERATIONS = 30;

interface Scenario {
  readonly title: string;
  readonly type?: JobType;
  readonly script: Script;
  readonly options?: object;
  readonly expected: object;
  /** How many messages of the user its conversation came to. */
  readonly messages?: number;
}

const failed = (code: string, message: RegExp) => ({
  status: 'failed',
  engine: 'openhands',
  error: { code, message: expect.stringMatching(message) },
});
const completed = { status: 'completed', engine: 'openhands' };

const good = (turn: ModelTurn): Answer => writeResult(turn, cannedAnalysis('Good at last'));
const wrong = (turn: ModelTurn): Answer => writeResult(turn, { title: 7 });
const isRework = (turn: ModelTurn): boolean => turn.userMessages.length > 1;
/** First these, whatever comes of them, then the right result. */
const first = (...answers: readonly Answer[]): Script => inOrder((turn) => [...answers, good(turn), finish('Done.')]);
/**
 * The model's own failure, a number of times in a row, then work. OpenHands itself asks again for six minutes when
 * a model is overloaded or broken: too long to wait for its end here.
 */
function modelFails(times: number, status: number, message: string): Script {
  let left = times;
  return (turn) => {
    left -= 1;
    return left >= 0 ? { status, message } : first()(turn);
  };
}
const breakConnector = ({ directory }: ModelTurn): Answer =>
  run(`cd ${directory} && echo 'throw new Error("broken on purpose");' >> result/src/worker.ts`);
const mendConnector = ({ directory }: ModelTurn): Answer => run(`cd ${directory} && cp baseline/src/worker.ts result/src/worker.ts`);
/** The diligent agent's connector with a fault in it; mended when `mends` says so and the fault has come back. */
const faultyConnector =
  (mends: boolean): Script =>
  async (turn) => {
    if (isRework(turn)) return inOrder(() => [...(mends ? [mendConnector(turn)] : []), finish('Mended.')])(turn);
    const answer = await diligent(turn);
    const last = turn.step > 0 && 'tool' in answer && answer.tool === 'finish';
    return last && !turn.observations.some((text) => text.includes('now it is broken')) ? thenSay(breakConnector(turn)) : answer;
  };
const thenSay = (answer: Answer): Answer =>
  'input' in answer && 'command' in answer.input ? run(`${answer.input.command} && echo now it is broken`) : answer;

const scenarios: readonly Scenario[] = [
  {
    title: 'a result of the wrong shape goes back once, and the next one is taken',
    script: inOrder((turn) => [isRework(turn) ? good(turn) : wrong(turn), finish('Done.')]),
    expected: { ...completed, result: { title: 'Good at last' } },
    messages: 2,
  },
  {
    title: 'a result that stays of the wrong shape fails the job after two more messages',
    script: inOrder((turn) => [wrong(turn), finish('Done.')]),
    expected: failed('result-invalid', /\/title/),
    messages: 3,
  },
  {
    title: 'a connector that fails goes back with what failed, and the mended one is taken',
    type: 'generate-connector',
    script: faultyConnector(true),
    expected: { ...completed, result: { verification: { ran: true, passed: true } } },
    messages: 2,
  },
  {
    title: 'a connector that goes on failing fails the job',
    type: 'generate-connector',
    script: faultyConnector(false),
    expected: failed('verification-failed', /broken on purpose/),
    messages: 3,
  },
  {
    title: 'an agent that goes on without end uses up its steps',
    script: ({ step }) => run(`echo ${step}`),
    expected: failed('agent-iterations-exhausted', /steps/),
    messages: 1,
  },
  {
    title: 'an agent that does the same again and again is stuck',
    script: () => run('echo the same'),
    expected: failed('agent-stuck', /circles/),
    messages: 1,
  },
  {
    title: 'a refusal fails the job with its words',
    script: () => ({ say: 'I will not do that.' }),
    expected: failed('result-missing', /I will not do that\./),
    messages: 3,
  },
  {
    title: 'a terminal whose shell dies is survived',
    // The terminal may be gone for good; the editor is another tool.
    script: inOrder(({ directory }) => [
      run('kill -9 $$'),
      run('echo still here'),
      create(`${directory}/result.json`, JSON.stringify(cannedAnalysis('Written without a terminal'))),
      finish('Done.'),
    ]),
    expected: completed,
    messages: 1,
  },
  {
    title: 'a call of a tool with broken arguments is survived',
    script: first({ tool: 'terminal', brokenInput: '{"command": "echo' }, { tool: 'no_such_tool', input: {} }),
    expected: completed,
    messages: 1,
  },
  {
    title: 'a model that refuses the key fails the job, and the key is not told',
    script: modelFails(99, 401, `Incorrect API key provided: ${secrets.modelKey}.`),
    expected: failed('agent-unauthorized', /LLM_API_KEY/),
    messages: 1,
  },
  {
    title: 'a model that is overloaded for a moment costs nothing but time',
    script: modelFails(1, 429, 'Slow down.'),
    expected: completed,
    messages: 1,
  },
  {
    title: 'a model that fails for a moment costs nothing but time',
    script: modelFails(1, 500, 'Sorry.'),
    expected: completed,
    messages: 1,
  },
  {
    title: 'a model that refuses what it is asked fails the job',
    script: modelFails(99, 400, 'This model does not take tools.'),
    expected: failed('agent-rejected', /does not take tools/),
    messages: 1,
  },
  {
    title: 'a caller who allowed it gets the embedded engine’s work instead, and is told why',
    script: () => run('echo the same'),
    options: { fallback: 'embedded' },
    expected: { status: 'completed', engine: 'embedded', fallback: { from: 'openhands', error: { code: 'agent-stuck' } } },
    messages: 1,
  },
];

describe.skipIf(agentServers === null)('an agent that does badly', () => {
  let whole: Whole;
  let receiver: WebhookReceiver;
  const jobs = new Map<string, Job>();
  /** Files of runs, as they lay on the agent's machine, that hold a planted secret. */
  const leaks: string[] = [];

  beforeAll(async () => {
    receiver = await startWebhookReceiver();
    whole = await startWhole({
      python: agentServers?.[newest] ?? '',
      engineEnv: { OPENHANDS_MAX_ITERATIONS: String(MAX_ITERATIONS) },
    });
    await Promise.all(
      scenarios.map(async ({ title, type = 'analyze', script, options }, index) => {
        const name = `number-${index}`;
        whole.model.script(await idOf(type, name), (turn) => {
          leaks.push(...filesWithSecrets(turn.directory));
          return script(turn);
        });
        const jobId = await whole.submit(type, name, {
          ...(type === 'generate-connector' ? { name } : {}),
          specType: 'openapi',
          spec: smallSpecification(title),
          webhook: { url: receiver.url },
          ...options,
        });
        jobs.set(title, await whole.ended(jobId));
      }),
    );
  });
  afterAll(async () => {
    await whole?.stop();
    await receiver?.close();
  });

  test.each(scenarios)('$title', ({ title, expected, messages }) => {
    const job = jobs.get(title);
    expect(job).toMatchObject(expected);
    const turns = whole.model.turnsOf(job?.jobId ?? '');
    expect(turns.at(-1)?.userMessages).toHaveLength(messages ?? 1);
    expect(new Set(turns.map(({ directory }) => directory)).size).toBe(1);
  });

  test('nothing is left running', async () => {
    await expect.poll(() => whole.server.conversations(), { timeout: 60_000 }).toEqual([]);
    await expect.poll(() => readdirSync(whole.server.workspace), { timeout: 60_000 }).toEqual([]);
  });

  test('the server’s events reach the engine, and it takes them', () => {
    expect(whole.hints.calls.length).toBeGreaterThan(scenarios.length);
    expect(new Set(whole.hints.calls.map(({ status }) => status))).toEqual(new Set([204]));
  });

  test('no secret is told to anybody', async () => {
    await receiver.until(() => receiver.calls.length >= scenarios.length);
    const letters = await whole.engine.fetch('/api/dead-letters?limit=100').then((answer) => answer.text());
    expect(letters).toContain('result-invalid');
    const told: Readonly<Record<string, string>> = {
      'the logs': whole.engine.logs().join('\n'),
      'the jobs': JSON.stringify([...jobs.values()]),
      'the list of jobs': await whole.engine.fetch('/api/jobs?limit=100').then((answer) => answer.text()),
      'the dead letters': letters,
      'the webhook calls': JSON.stringify(receiver.calls),
      health: await whole.engine.fetch('/health').then((answer) => answer.text()),
    };
    for (const [where, text] of Object.entries(told)) {
      for (const [name, secret] of Object.entries(secrets)) expect(text, `${name} in ${where}`).not.toContain(secret);
    }
    expect(leaks, 'files of runs').toEqual([]);
    expect(filesWithSecrets(join(whole.engine.stateDir, 'state')), 'KV and Durable Objects').toEqual([]);
  });
});

/** Looked at as bytes: what a database holds is found in its pages. */
function filesWithSecrets(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = readFileSync(path);
      return Object.values(secrets).some((secret) => bytes.includes(secret));
    });
}
