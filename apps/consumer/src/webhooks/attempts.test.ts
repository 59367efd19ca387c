import { describe, expect, it } from 'vitest';
import { dueDuties, nextAlarm, postponeDue, strikeOff } from '../job/duties.ts';
import { NOW, policy } from '../job/fixtures.ts';
import { isDeleted, type JobState, jobStateSchema } from '../job/state.ts';
import { beginAttempt } from './begin-attempt.ts';
import { MAX_LOGGED_ATTEMPTS } from './delivery-state.ts';
import { viewDelivery, webhookProgress } from './delivery-view.ts';
import { finishAttempt, interruptAttempts } from './finish-attempt.ts';
import { attempted, beginOnly, ended, failed, finishOnly, gone, jobWithWebhook, only, received, refused } from './fixtures.ts';
import { redeliver } from './redeliver.ts';

const THEN = NOW + 5_000;
const interrupt = (state: JobState, now: number) => interruptAttempts(state, { now, policy, random: 0.5 });
const deliverDuties = (state: JobState, now: number) => dueDuties(state, now, policy).filter(({ kind }) => kind === 'deliver');

/** With everything else an ended job owes struck off. */
const settledBut = (state: JobState): JobState => ({
  ...state,
  publish: null,
  index: null,
  stops: [],
  cleanups: [],
  reports: [],
  reportDuty: null,
});

describe('beginning an attempt', () => {
  it('hands it to one asker at a time', () => {
    const first = beginOnly(ended(), THEN);
    expect(first.answer).toMatchObject({ kind: 'yours', token: 'token' });
    expect(beginOnly(first.state, THEN).answer).toEqual({ kind: 'busy' });
  });

  it('refuses a message of an attempt that was made, of none yet, and of an unknown delivery', () => {
    const { id } = only(ended());
    const state = attempted(ended(), refused, THEN);
    const ask = (deliveryId: string, attempt: number) =>
      beginAttempt(state, { deliveryId, attempt }, { now: THEN + 60_000, policy, token: 'token' }).answer;
    expect(ask(id, 1)).toEqual({ kind: 'stale' });
    expect(ask(id, 3)).toEqual({ kind: 'stale' });
    expect(ask('msg_unknown', 1)).toEqual({ kind: 'stale' });
  });

  it('is too early before the planned time', () => {
    const state = attempted(ended(), refused, THEN);
    expect(beginOnly(state, THEN + 4_999).answer).toEqual({ kind: 'busy' });
    expect(beginOnly(state, THEN + 5_000).answer).toMatchObject({ kind: 'yours' });
  });

  it('gives the same body at every attempt, with whole addresses and no result', () => {
    const first = beginOnly(failed(), THEN);
    const second = beginOnly(attempted(failed(), refused, THEN), THEN + 60_000);
    if (first.answer.kind !== 'yours' || second.answer.kind !== 'yours') throw new Error('not handed out');
    expect(second.answer.call.body).toBe(first.answer.call.body);
    expect(JSON.parse(first.answer.call.body)).toEqual({
      type: 'job.failed',
      timestamp: new Date(NOW + 3_000).toISOString(),
      data: {
        jobId: '00000000-0000-4000-8000-000000000001',
        status: 'failed',
        type: 'analyze',
        generation: 1,
        metadata: {},
        links: {
          self: 'https://engine.customer.com/api/jobs/00000000-0000-4000-8000-000000000001',
          events: 'https://engine.customer.com/api/jobs/00000000-0000-4000-8000-000000000001/events',
          retry: 'https://engine.customer.com/api/jobs/00000000-0000-4000-8000-000000000001/retry',
          deliveries: 'https://engine.customer.com/api/jobs/00000000-0000-4000-8000-000000000001/deliveries',
        },
        error: { code: 'agent-error', message: 'It broke.', retryable: true },
      },
    });
  });
});

describe('an attempt that', () => {
  it('was received ends the delivery', () => {
    const state = attempted(ended(), received, THEN);
    expect(only(state)).toMatchObject({ status: 'delivered', deliveredAt: THEN, plannedAt: null, resendAt: null, lease: null });
    expect(webhookProgress(state)).toEqual({ pending: 0, delivered: 1, deadLetters: 0, disabled: 0 });
  });

  it('failed is made again at the time that is shown', () => {
    const state = attempted(ended(), refused, THEN);
    expect(only(state)).toMatchObject({ status: 'pending', attempt: 2, plannedAt: THEN + 5_000, resendAt: THEN + 5_000 });
    expect(viewDelivery(state, only(state)).nextAttemptAt).toBe(new Date(THEN + 5_000).toISOString());
    expect(nextAlarm(settledBut(state), policy)).toBe(THEN + 5_000);
    expect(deliverDuties(state, THEN + 4_999)).toEqual([]);
    expect(deliverDuties(state, THEN + 5_000)).toEqual([{ kind: 'deliver', deliveryId: only(state).id, attempt: 2 }]);
  });

  it('was the last of the schedule makes the delivery a dead letter', () => {
    const second = attempted(attempted(ended(), refused, THEN), refused, THEN + 10_000);
    const last = attempted(second, refused, THEN + 400_000);
    expect(only(last)).toMatchObject({ status: 'dead-letter', attempt: 3, plannedAt: null, resendAt: null });
    expect(webhookProgress(last)).toMatchObject({ pending: 0, deadLetters: 1 });
  });

  it('asked to wait waits so long, and no shorter than the schedule', () => {
    const wait = (retryAfterMs: number) => only(attempted(ended(), { ...refused, status: 503, retryAfterMs }, THEN)).plannedAt;
    expect(wait(60_000)).toBe(THEN + 60_000);
    expect(wait(1_000)).toBe(THEN + 5_000);
  });

  it('met an overloaded receiver waits twice as long', () => {
    for (const status of [429, 502, 504]) {
      expect(only(attempted(ended(), { ...refused, status }, THEN)).plannedAt).toBe(THEN + 10_000);
    }
  });

  it('is answered 410 stops this call and those that wait', () => {
    const both = ended(jobWithWebhook(['job.started', 'job.completed']));
    const deliveryId = both.deliveries[0]?.id ?? '';
    const begun = beginAttempt(both, { deliveryId, attempt: 1 }, { now: THEN, policy, token: 'token' }).state;
    const { deliveries, webhook } = finishAttempt(begun, { deliveryId, token: 'token' }, gone, { now: THEN, policy, random: 0.5 });
    expect(webhook?.disabledAt).toBe(THEN);
    expect(deliveries.map(({ status, resendAt }) => [status, resendAt])).toEqual([
      ['disabled', null],
      ['disabled', null],
    ]);
  });

  it('is received does not enable a URL that another call was refused at', () => {
    const both = ended(jobWithWebhook(['job.started', 'job.completed']));
    const [first, second] = both.deliveries.map(({ id }) => id);
    const begin = (state: JobState, deliveryId = '') =>
      beginAttempt(state, { deliveryId, attempt: 1 }, { now: THEN, policy, token: 'token' }).state;
    const finish = (state: JobState, deliveryId = '', outcome = received) =>
      finishAttempt(state, { deliveryId, token: 'token' }, outcome, { now: THEN, policy, random: 0.5 });
    const state = finish(finish(begin(begin(both, first), second), second, gone), first, received);
    expect(state.webhook?.disabledAt).toBe(THEN);
    expect(state.deliveries.map(({ status }) => status)).toEqual(['delivered', 'disabled']);
  });

  it('is reported by somebody who no longer holds it changes nothing', () => {
    const state = beginOnly(ended(), THEN).state;
    expect(finishOnly(state, received, THEN, 'another')).toBe(state);
  });
});

it('shows no time of a next attempt while one is being made', () => {
  const begun = beginOnly(ended(), THEN).state;
  expect(viewDelivery(begun, only(begun)).nextAttemptAt).toBeUndefined();
});

describe('a worker that is lost', () => {
  const begun = beginOnly(ended(), THEN).state;
  const until = THEN + 2 * policy.webhookTimeoutMs;

  it('is waited for until its lease ends, and nothing is sent meanwhile', () => {
    expect(nextAlarm(settledBut(begun), policy)).toBe(until);
    expect(deliverDuties(begun, until)).toEqual([]);
    expect(interrupt(begun, until - 1)).toBe(begun);
  });

  it('leaves an attempt that counts as interrupted, and another one follows', () => {
    const state = interrupt(begun, until);
    expect(only(state)).toMatchObject({ status: 'pending', attempt: 2, lease: null, plannedAt: until + 5_000 });
    expect(only(state).attempts).toMatchObject([{ number: 1, error: 'interrupted', at: new Date(THEN).toISOString(), durationMs: 30_000 }]);
  });

  it('and speaks after all is not listened to', () => {
    const state = interrupt(begun, until);
    expect(finishOnly(state, received, until + 1)).toBe(state);
  });
});

describe('sending', () => {
  it('is repeated, the pauses doubling, until somebody begins', () => {
    const state = settledBut(ended());
    const once = postponeDue(state, THEN, policy);
    if (isDeleted(once)) throw new Error('deleted');
    expect(only(once).resendAt).toBe(THEN + policy.resendMs);
    const twice = postponeDue(once, THEN + policy.resendMs, policy);
    if (isDeleted(twice)) throw new Error('deleted');
    expect(only(twice).resendAt).toBe(THEN + policy.resendMs + 2 * policy.resendMs);
  });

  it('goes on beyond the retention: a job that owes a call is not forgotten', () => {
    const late = NOW + 2 * policy.retentionMs;
    const kinds = (state: JobState) => dueDuties(state, late, policy).map(({ kind }) => kind);
    const owing = settledBut({ ...attempted(ended(), { ...refused, retryAfterMs: 86_400_000 }, late - 1) });
    expect(kinds(owing)).toEqual([]);
    expect(kinds(settledBut(attempted(ended(), received, THEN)))).toEqual(['forget']);
    const dead = [0, 1, 2].reduce((state, count) => attempted(state, refused, late + count * 1_000_000), ended());
    expect(only(dead).status).toBe('dead-letter');
    expect(dueDuties(settledBut(dead), late + 2_000_001, policy)).toEqual([]);
  });

  it('is not undone by another duty that was done meanwhile', () => {
    const state = ended();
    const { stored } = strikeOff(state, [{ kind: 'published', generation: 1 }], THEN);
    expect(!isDeleted(stored) && stored.deliveries).toEqual(state.deliveries);
  });
});

describe('sending again on request', () => {
  const send = (state: JobState) => {
    const again = redeliver(state, only(state).id, THEN + 1_000_000);
    if (again === null) throw new Error('unknown delivery');
    return again.state;
  };

  it('is due now, under the same id, as the next attempt of a schedule that begins anew', () => {
    const dead = attempted(attempted(attempted(ended(), refused, THEN), refused, THEN + 10_000), refused, THEN + 400_000);
    const again = send(dead);
    expect(only(again)).toMatchObject({ id: only(dead).id, status: 'pending', attempt: 4, attemptsOfSchedule: 0 });
    expect(deliverDuties(again, THEN + 1_000_000)).toHaveLength(1);
    expect(only(attempted(again, refused, THEN + 1_000_000))).toMatchObject({ status: 'pending', plannedAt: THEN + 1_005_000 });
  });

  it('sends what was delivered once more', () => {
    const again = send(attempted(ended(), received, THEN));
    expect(only(again)).toMatchObject({ status: 'pending', attempt: 2 });
    expect(only(attempted(again, received, THEN + 1_000_000))).toMatchObject({ status: 'delivered' });
  });

  it('brings a waiting attempt forward without using up its number', () => {
    expect(only(send(attempted(ended(), refused, THEN)))).toMatchObject({ attempt: 2, plannedAt: THEN + 1_000_000 });
  });

  it('lets an attempt end that is under way, as the first of a schedule that begins anew', () => {
    const late = attempted(attempted(ended(), refused, THEN), refused, THEN + 10_000);
    const begun = beginOnly(late, THEN + 400_000).state;
    const asked = redeliver(begun, only(begun).id, THEN + 400_001)?.state ?? begun;
    expect(only(asked)).toMatchObject({ attempt: 3, lease: only(begun).lease });
    expect(only(finishOnly(asked, refused, THEN + 400_002))).toMatchObject({ status: 'pending', attempt: 4 });
  });

  it('enables a URL that was disabled, with the whole schedule; a 410 disables it again', () => {
    const again = send(attempted(ended(), gone, THEN));
    expect(again.webhook?.disabledAt).toBeNull();
    expect(only(attempted(again, refused, THEN + 1_000_000))).toMatchObject({ status: 'pending', plannedAt: THEN + 1_005_000 });
    expect(only(attempted(again, gone, THEN + 1_000_000)).status).toBe('disabled');
  });

  it('forgets that the call was received before: what is shown is this sending', () => {
    expect(only(send(attempted(ended(), received, THEN))).deliveredAt).toBeNull();
  });

  it('knows no other deliveries', () => expect(redeliver(ended(), 'msg_unknown', THEN)).toBeNull());
});

it('keeps the latest attempts of a log without end, and a state that can be stored', () => {
  let state = ended();
  for (let count = 0; count < MAX_LOGGED_ATTEMPTS + 5; count++) {
    const now = THEN + count * 10_000_000;
    const due = redeliver(state, only(state).id, now)?.state ?? state;
    state = attempted(due, { ...refused, answer: 'x'.repeat(1024) }, now);
  }
  const { attempts } = viewDelivery(state, only(state));
  expect(attempts).toHaveLength(MAX_LOGGED_ATTEMPTS);
  expect(attempts.at(-1)?.number).toBe(MAX_LOGGED_ATTEMPTS + 5);
  expect(viewDelivery(state, only(state)).attemptCount).toBe(MAX_LOGGED_ATTEMPTS + 5);
  expect(jobStateSchema.parse(state)).toEqual(state);
});

it('shows a URL without the values of its query', () => {
  const state = ended();
  expect(viewDelivery(state, only(state)).url).toBe('https://hooks.customer.com/jobs?token=***');
});
