/** A job in each of its situations, made by the real transitions, for the tests beside them. */
import type { CreateJob } from '@mcpoverflow/types';
import { type BeginAnswer, beginTurn } from './begin.ts';
import { createJob } from './create.ts';
import { finishTurn, type Outcome } from './finish.ts';
import type { Policy } from './policy.ts';
import type { JobState, Tombstone } from './state.ts';

/** The clock of these tests starts here. */
export const NOW = 1_000_000;

export const policy: Policy = {
  retryAttempts: 3,
  backoff: { baseMs: 2_000, capMs: 60_000 },
  jobTimeoutMs: 600_000,
  maxCostUsd: 5,
  queueTimeoutMs: 3_600_000,
  retentionMs: 86_400_000,
  deadLetterRetentionMs: 3 * 86_400_000,
  leaseMs: 120_000,
  resendMs: 15_000,
  createQuietMs: 120_000,
  checkInMs: 300_000,
  lastFreezeAt: null,
  webhookPausesMs: [5_000, 300_000],
  webhookTimeoutMs: 15_000,
};

export const submission: CreateJob = {
  jobId: '00000000-0000-4000-8000-000000000001',
  tenant: 'tenant',
  type: 'analyze',
  bodyFingerprint: 'body',
  parameters: {},
  options: {},
  files: [],
};

export const submitted = (inherited: Tombstone | null = null, request = submission): JobState =>
  createJob(request, { now: NOW, policy, incarnation: 'incarnation', token: 'cached', inherited });

/** Asks for the expected turn. */
export function begin(state: JobState, now: number, token = 'token'): { state: JobState; answer: BeginAnswer } {
  const message = { generation: state.generation, turn: state.lastTurn };
  return beginTurn(state, message, { now, policy, token, engine: 'openhands' });
}

/** Reports as the present run's worker. */
export const finish = (state: JobState, outcome: Outcome, now: number, token = 'token') =>
  finishTurn(state, { token, conversationId: state.run?.conversationId ?? '' }, outcome, { now, policy, random: 0.5 });

export const starting = (): JobState => begin(submitted(), NOW).state;
export const running = (): JobState => finish(starting(), { kind: 'started' }, NOW + 1_000).state;
export const collecting = (): JobState => begin(running(), NOW + 2_000).state;
export const completed = (): JobState => finish(collecting(), { kind: 'completed' }, NOW + 3_000).state;
export const failure: Outcome & { kind: 'failed' } = {
  kind: 'failed',
  error: { code: 'agent-error', message: 'It broke.', retryable: true },
};
export const failed = (): JobState => finish(collecting(), failure, NOW + 3_000).state;
export const tryAgain: Outcome & { kind: 'retry' } = {
  kind: 'retry',
  error: { code: 'agent-unavailable', message: 'Down.', retryable: true },
};
