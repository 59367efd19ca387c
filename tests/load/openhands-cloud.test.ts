/**
 * Jobs on OpenHands Cloud, end to end: the engine as `npm start` runs it, on a fake Cloud that speaks the
 * published API. What the driver does with single calls is tried in tests/openhands-cloud.test.ts; here it is
 * whole jobs that go on through paused sandboxes, failed starts and limits, and leave nothing behind.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, startEngine } from '../support/engine.ts';
import { acceptedId, endOf, post } from '../support/jobs.ts';
import { CLOUD_API_KEY, type CloudServer, refusals, startCloudServer, withoutDashes } from '../support/openhands-cloud-server.ts';
import { cannedAnalysis } from '../support/openhands-server.ts';
import { smallSpecification } from '../support/small-specification.ts';

const START = 'post /api/v1/app-conversations';
let cloud: CloudServer;
let engine: Engine;
/** Whose sandbox the Cloud pauses as soon as the agent has its message. */
let pausesNext = false;

beforeAll(async () => {
  cloud = await startCloudServer({
    work: (task, _files, conversation) => {
      if (pausesNext) cloud.pause(withoutDashes(conversation.id));
      pausesNext = false;
      return cannedAnalysis(task.jobId);
    },
  });
  engine = await startEngine({
    env: {
      OPENHANDS_DRIVER: 'cloud',
      OPENHANDS_API_URL: cloud.url,
      OPENHANDS_API_KEY: CLOUD_API_KEY,
      OPENHANDS_LLM: 'anthropic/some-model',
      RETRY_BASE_SECONDS: '0.2',
    },
  });
});
afterAll(async () => {
  await engine?.stop();
  await cloud?.close();
});

const submit = async (title: string): Promise<string> =>
  acceptedId(await post(engine, 'analyze', { specType: 'openapi', spec: smallSpecification(title), engine: 'openhands' }));

const startsAsked = (): number => cloud.calls.filter((call) => call === START).length;

test('a job waits for its sandbox, is done in it, and takes it away with it', async () => {
  const job = await endOf(engine, await submit('plain'));
  expect(job).toMatchObject({ status: 'completed', engine: 'openhands', result: { title: job.jobId } });
  expect(job.usage?.model).toBeDefined();
  await cloud.until(() => cloud.sandboxes.size === 0);
});

test('a job whose sandbox is paused without a word goes on in it', async () => {
  pausesNext = true;
  const before = startsAsked();
  const job = await endOf(engine, await submit('paused'));
  expect(job).toMatchObject({ status: 'completed', result: { title: job.jobId } });
  expect(cloud.calls.filter((call) => call.endsWith('/resume'))).toHaveLength(1);
  expect(startsAsked() - before).toBe(1);
});

test('a job whose sandbox does not come up gets another', async () => {
  cloud.failStart({ at: 'WAITING_FOR_SANDBOX', detail: 'The sandbox failed to start for an unexpected reason. Please try again.' });
  const before = startsAsked();
  const job = await endOf(engine, await submit('unlucky'));
  expect(job).toMatchObject({ status: 'completed', result: { title: job.jobId } });
  expect(startsAsked() - before).toBe(2);
});

test('a job that the Cloud cannot start fails with the reason', async () => {
  cloud.failStart({ at: 'STARTING_CONVERSATION', detail: 'No API key is set for the model.' });
  const before = startsAsked();
  const job = await endOf(engine, await submit('refused'));
  expect(job.status).toBe('failed');
  expect(job.error?.message).toContain('No API key is set for the model.');
  expect(startsAsked() - before).toBe(1);
});

test('a job that comes over a limit waits as long as it is told', async () => {
  cloud.refuse(START, refusals.throttled, 1);
  const before = startsAsked();
  const job = await endOf(engine, await submit('limited'));
  expect(job).toMatchObject({ status: 'completed', result: { title: job.jobId } });
  expect(startsAsked() - before).toBe(2);
});

test('nothing is left in the Cloud, and nothing left its published contract', async () => {
  await cloud.until(() => cloud.sandboxes.size === 0);
  expect(cloud.violations).toEqual([]);
  expect(engine.logs().join('\n')).not.toContain(CLOUD_API_KEY);
});
