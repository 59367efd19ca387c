import { expect, test } from 'vitest';
import { readSettings } from '../settings.ts';
import { beginTurn } from './begin.ts';
import { createJob } from './create.ts';
import { finishTurn, markVerifying } from './finish.ts';
import { observeEnd } from './observe.ts';
import type { Policy } from './policy.ts';
import type { JobState } from './state.ts';

const settings = readSettings({});
const supervised = (lastFreezeAt: number): Policy => ({ ...settings, lastFreezeAt });
const TOKEN = 'token';
const START = Date.UTC(2026, 10, 1);

/** Begins the expected turn. */
function begin(state: JobState, now: number, policy: Policy): JobState {
  const message = { generation: 1, turn: state.lastTurn };
  return beginTurn(state, message, { now, policy, token: TOKEN, engine: 'openhands' }).state;
}

/** A job whose run has ended, so that its result is to be collected. */
function jobToCollect(): JobState {
  const created = createJob(
    { jobId: 'job', tenant: 'tenant', type: 'generate-connector', bodyFingerprint: '', parameters: {}, options: {}, files: [] },
    { now: START, policy: settings, incarnation: 'incarnation', token: '', inherited: null },
  );
  const conversationId = created.run?.conversationId ?? '';
  const begun = begin(created, START, settings);
  const started = finishTurn(
    begun,
    { token: TOKEN, conversationId },
    { kind: 'started' },
    { now: START, policy: settings, random: 0 },
  ).state;
  return observeEnd(started, conversationId, START).state;
}

/** Collects, runs the connector, calls the tool and is never heard of again: `ends(begunAt)` says how the process ended. Begins once more in the end. */
function verifyInVain(times: number, ends: (begunAt: number) => Policy, tool?: string): JobState {
  let state = jobToCollect();
  let policy: Policy = settings;
  let now = START;
  for (let time = 0; time < times; time += 1) {
    state = markVerifying(begin(state, now, policy), TOKEN, now).state;
    if (tool !== undefined) state = markVerifying(state, TOKEN, now, tool).state;
    policy = ends(now);
    now += settings.leaseMs;
  }
  return begin(state, now, policy);
}

const frozen = (begunAt: number): Policy => supervised(begunAt + 20_000);
const killed = (): Policy => supervised(0);
const unsupervised = (): Policy => settings;

test.each([
  ['the process froze', frozen],
  ['nobody can say how it ended', unsupervised],
])('the second verification under which %s fails the job', (_, ends) => {
  expect(verifyInVain(1, ends)).toMatchObject({ status: 'processing', expected: { verificationCrashes: 1 } });
  expect(verifyInVain(2, ends)).toMatchObject({ status: 'failed', error: { code: 'verification-crashed' } });
});

test('the failure names the tool that was called, where it was told', () => {
  expect(verifyInVain(2, frozen, 'orders_get').error?.message).toBe(
    'The connector was run to verify it and never came back in 2 of 2 attempts when its tool "orders_get" was called. It probably loops for ever or uses too much memory.',
  );
  expect(verifyInVain(2, frozen).error?.message).toContain('never came back in 2 of 2 attempts. ');
});

test('the name of a tool looks like nothing but a name in the failure', () => {
  expect(verifyInVain(2, frozen, `a\nb\u2028c\u0007${'x'.repeat(200)}`).error?.message).toContain(
    ` when its tool "a b c ${'x'.repeat(94)}" was called. `,
  );
});

test('a verification that was cut short by a kill or a stop says nothing about the connector', () => {
  expect(verifyInVain(5, killed)).toMatchObject({ status: 'processing', expected: { verificationCrashes: 0, attempts: 6 } });
});

test('a freeze before a verification began is not its fault', () => {
  const earlier = (begunAt: number): Policy => supervised(begunAt - 1);
  expect(verifyInVain(5, earlier)).toMatchObject({ status: 'processing', expected: { verificationCrashes: 0, attempts: 6 } });
});
