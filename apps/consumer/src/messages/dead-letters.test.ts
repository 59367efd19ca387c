import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DeadMessage } from '../dead-letters/letter.ts';
import type { Env } from '../env.ts';
import { asPlatform } from '../simulation/platform.ts';
import { handleDeadLettersBatch } from './dead-letters.ts';
import { keepMessage } from './keep-message.ts';

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));

const jobId = '0f8fad5b-d9cb-469f-a165-70867728950e';
let kept: DeadMessage[];
const env = asPlatform<Env>({
  DEAD_LETTERS: {
    idFromName: (name: string) => name,
    get: () => ({ recordMessage: async (message: DeadMessage) => void kept.push(message) }),
  },
  JOB: { idFromName: (name: string) => name, get: () => ({ giveUp: async () => {} }) },
});
beforeEach(() => {
  kept = [];
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

const givenUp = (queue: string, body: unknown): Promise<void> =>
  handleDeadLettersBatch(asPlatform({ queue, messages: [{ id: 'm', body, ack: () => {}, retry: () => {} }] }), env);

it('what a queue gave up on names the queue that did, and the job', async () => {
  const turn = { v: 1, kind: 'collect', jobId, generation: 1, turn: 2 };
  await givenUp('mcpoverflow-dead-letters', turn);
  await givenUp('mcpoverflow-dead-letters-preview', turn);
  await givenUp('mcpoverflow-dead-letters', { v: 1, kind: 'deliver', jobId, deliveryId: 'msg_1', attempt: 1 });
  await givenUp('mcpoverflow-dead-letters', { v: 9, jobId });
  await givenUp('mcpoverflow-dead-letters', 'gibberish');
  expect(kept.map(({ queue, jobId: named }) => [queue, named])).toEqual([
    ['mcpoverflow-jobs', jobId],
    ['mcpoverflow-jobs-preview', jobId],
    ['mcpoverflow-webhooks', jobId],
    ['mcpoverflow-dead-letters', jobId],
    ['mcpoverflow-dead-letters', null],
  ]);
});

it('a message about a job that does not exist is kept with its job and its body', async () => {
  await keepMessage(env, { messageId: 'm', queue: 'mcpoverflow-jobs', body: { jobId }, reason: 'unknown-job' });
  expect(kept).toEqual([{ messageId: 'm', queue: 'mcpoverflow-jobs', body: JSON.stringify({ jobId }), reason: 'unknown-job', jobId }]);
});
