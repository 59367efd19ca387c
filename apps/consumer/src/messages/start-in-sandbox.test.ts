import type { Agent, AgentFault } from '@mcpoverflow/openhands';
import { fail, ok } from '@mcpoverflow/types';
import { expect, test, vi } from 'vitest';
import type { Env } from '../env.ts';
import type { Work } from '../job/begin.ts';
import { asPlatform } from '../simulation/platform.ts';
import { agentOfCalls, conversationId, snapshot, work } from './fixtures.ts';
import { startInSandbox } from './start-in-sandbox.ts';
import { Turnstile } from './turnstile.ts';

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));

const lateAnswer: AgentFault = { code: 'agent-timeout', message: 'Too late.', ambiguous: true };

/** One start turn. @returns what it came to, and the calls that acted, in order */
async function turn(answers: Partial<Agent>, knowledge: Partial<Pick<Work, 'mayExist' | 'mayCreate'>> = {}) {
  const calls: string[] = [];
  const agent = agentOfCalls({ filesNeedRun: true, ...answers }, calls);
  const directory = `/workspace/${conversationId}`;
  const upload = { env: asPlatform<Env>({}), agent, directory, signal: new AbortController().signal, turnstile: new Turnstile() };
  const outcome = await startInSandbox(
    { ...work, kind: 'start', ...knowledge },
    agent,
    { conversationId, workingDirectory: directory, prompt: 'Work.', tags: {} },
    { ...upload, readInput: async () => ({ parameters: {}, files: [] }) },
  );
  return { outcome, calls };
}

test('a run is created without files and asked for again while its sandbox is prepared', async () => {
  const start = async () => ok(snapshot('starting', { hasUserMessage: false }));
  expect(await turn({ start }, { mayExist: false })).toEqual({ outcome: { kind: 'preparing', retryInMs: 3_000 }, calls: [] });
});

test('a run that is ready gets its files first, and then its message', async () => {
  const get = async () => ok(snapshot('idle', { hasUserMessage: false }));
  const ready = await turn({ get, userMessageCount: async () => ok(0) });
  expect(ready).toEqual({ outcome: { kind: 'started' }, calls: ['upload', 'upload', 'send'] });
});

test('a run that holds a message is not given another', async () => {
  const get = async () => ok(snapshot('idle', { hasUserMessage: false }));
  expect(await turn({ get, userMessageCount: async () => ok(1) })).toEqual({ outcome: { kind: 'started' }, calls: [] });
  expect(await turn({ get: async () => ok(snapshot('running')) })).toEqual({ outcome: { kind: 'started' }, calls: [] });
});

test('a run whose sandbox was suspended before it began is woken', async () => {
  const get = async () => ok(snapshot('suspended', { hasUserMessage: false }));
  expect(await turn({ get })).toEqual({ outcome: { kind: 'preparing', retryInMs: 3_000 }, calls: ['resume'] });
});

test('nothing is created while an earlier create may still arrive', async () => {
  const unknown = await turn({ get: async () => ok(null) }, { mayCreate: false });
  expect(unknown).toEqual({ outcome: { kind: 'quiet' }, calls: [] });
});

test('whatever fails once the run is there, the next turn looks for it', async () => {
  const get = async () => ok(snapshot('idle', { hasUserMessage: false }));
  const refused: AgentFault = { code: 'agent-unavailable', message: 'Not now.', ambiguous: false };
  const failing = await turn({ get, userMessageCount: async () => ok(0), upload: async () => fail(refused) });
  expect(failing.outcome).toMatchObject({ kind: 'retry', ambiguous: true });
  const forGood: AgentFault = { code: 'agent-rejected', message: 'Never.', ambiguous: false };
  const messages = { get, userMessageCount: async () => ok(0) };
  for (const refusing of [
    { ...messages, send: async () => fail(forGood) },
    { ...messages, upload: async () => fail(forGood) },
  ]) {
    expect((await turn(refusing)).outcome).toMatchObject({ kind: 'failed', ambiguous: true });
  }
  expect((await turn({ start: async () => fail(lateAnswer) }, { mayExist: false })).outcome).toMatchObject({
    kind: 'retry',
    ambiguous: true,
  });
});
