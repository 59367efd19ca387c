import { describe, expect, it } from 'vitest';
import { attempted, failed as failedWithWebhook, gone, jobWithWebhook, only, received, refused } from '../webhooks/fixtures.ts';
import { redeliver } from '../webhooks/redeliver.ts';
import { cancelJob, deleteJob, expireJob, retryJob } from './control.ts';
import { dueDuties, nextAlarm, owesNothing, postponeDue, strikeOff } from './duties.ts';
import { begin, completed, failed, failure, finish, NOW, policy, running, submitted } from './fixtures.ts';
import { reportDeliveries } from './reports.ts';
import { isDeleted, type JobState, jobStateSchema, tombstoneSchema } from './state.ts';

const outcomes = (state: { reports: readonly { kind: string }[] }) =>
  state.reports.map((report) => ('outcome' in report ? `${report.kind} ${String(report.outcome)}` : report.kind));

/** The next generation, from its begin to its end. */
function again(state: JobState, outcome: Parameters<typeof finish>[1]): JobState {
  const at = state.queuedAt;
  const started = finish(begin({ ...state, stops: [] }, at).state, { kind: 'started' }, at + 1_000).state;
  return finish(begin(started, at + 2_000).state, outcome, at + 3_000).state;
}

describe('DeadLetters is told', () => {
  it('that a job died, of what, and where it was', () => {
    expect(failed().reports).toEqual([
      {
        kind: 'job',
        outcome: 'died',
        sequence: 1,
        at: NOW + 3_000,
        jobId: '00000000-0000-4000-8000-000000000001',
        tenant: 'tenant',
        generation: 1,
        type: 'analyze',
        error: { code: 'agent-error', message: 'It broke.', retryable: true },
        stage: 'collecting',
        payloadHash: 'body',
        traceparent: null,
        costUsd: null,
      },
    ]);
    expect(jobStateSchema.parse(failed())).toEqual(failed());
  });

  it('that a job ran out of time', () => {
    const expired = expireJob(submitted(), NOW + policy.queueTimeoutMs, policy, 'openhands');
    expect(expired.reports).toMatchObject([{ outcome: 'died', stage: 'queued', error: { code: 'queue-timeout' } }]);
  });

  it('what became of a job that died: retried by its owner, then recovered, cancelled or dead again', () => {
    const retried = retryJob(failed(), NOW + 10_000).state;
    expect(outcomes(retried)).toEqual(['job died', 'job retried']);
    expect(outcomes(again(retried, { kind: 'completed' }))).toEqual(['job died', 'job recovered']);
    expect(outcomes(again(retried, failure))).toEqual(['job died']);
    expect(outcomes(cancelJob(retried, NOW + 11_000).state)).toEqual(['job died', 'job cancelled']);
    expect(again(retried, failure).reports).toMatchObject([{ sequence: 3, generation: 2 }]);
  });

  it('nothing of a job that never died', () => {
    expect(completed().reports).toEqual([]);
    expect(cancelJob(running(), NOW + 5_000).state.reports).toEqual([]);
  });

  it('that a webhook call was given up, and what became of it', () => {
    const dead = [1, 2, 3].reduce((state, time) => attempted(state, refused, NOW + time * 1_000_000), failedWithWebhook(jobWithWebhook()));
    expect(outcomes(dead)).toEqual(['job died', 'delivery died']);
    expect(dead.reports[1]).toMatchObject({ deliveryId: only(dead).id, event: 'job.failed', code: 'status', attempts: 3 });
    const sent = redeliver(dead, only(dead).id, NOW + 9_000_000)?.state ?? dead;
    const retried = reportDeliveries(dead, sent, NOW + 9_000_000);
    expect(outcomes(retried)).toEqual(['job died', 'delivery died', 'delivery retried']);
    expect(outcomes(attempted(retried, received, NOW + 9_000_000)).slice(2)).toEqual(['delivery recovered']);
    expect(outcomes(attempted(retried, gone, NOW + 9_000_000)).slice(2)).toEqual(['delivery cancelled']);
  });

  it('nothing of a webhook call that was received in the end', () => {
    const state = attempted(attempted(failedWithWebhook(), refused, NOW + 10_000), received, NOW + 900_000);
    expect(outcomes(state)).toEqual(['job died']);
  });

  it('that a job is gone, and then nothing else', () => {
    const tombstone = deleteJob(failed(), NOW + 5_000);
    expect(tombstone.reports).toMatchObject([{ kind: 'deleted', sequence: 2 }]);
    expect(tombstoneSchema.parse(tombstone)).toEqual(tombstone);
    expect(deleteJob(completed(), NOW + 5_000).reports).toEqual([]);
    expect(submitted(tombstone).lastReport).toBe(2);
  });
});

describe('a report', () => {
  it('is a duty until it was received, and one that came meanwhile stays one', () => {
    const state = failed();
    expect(dueDuties(state, NOW + 3_000, policy)).toContainEqual({ kind: 'report' });
    const postponed = postponeDue(state, NOW + 3_000, policy);
    expect(postponed.reportDuty).toEqual({ attempts: 1, at: NOW + 3_000 + policy.resendMs });

    const later = retryJob(state, NOW + 10_000).state;
    expect(strikeOff(later, [{ kind: 'reported', sequence: 1 }], NOW + 10_000).stored.reports).toMatchObject([{ outcome: 'retried' }]);
    const received = strikeOff(state, [{ kind: 'reported', sequence: 1 }], NOW + 4_000);
    expect([received.stored.reports, received.stored.reportDuty, received.mustStore]).toEqual([[], null, true]);
  });

  it('keeps the alarm of a job that owes nothing else, and of a deleted one', () => {
    const rest = { ...failed(), publish: null, index: null, stops: [], cleanups: [] };
    expect(owesNothing(rest)).toBe(false);
    expect(nextAlarm(rest, policy)).toBe(NOW + 3_000);
    expect(nextAlarm({ ...deleteJob(rest, NOW + 5_000), cleanups: [] }, policy)).toBe(NOW + 5_000);
  });
});

describe('a dead letter that stands', () => {
  const settled = (state: JobState): JobState => ({ ...state, publish: null, index: null, stops: [], reports: [], reportDuty: null });
  const isForgotten = (state: JobState, at: number) => dueDuties(settled(state), at, policy).some(({ kind }) => kind === 'forget');
  const end = NOW + 3_000;

  it('keeps its job longer than its retention, until it is discarded', () => {
    expect(isForgotten(failed(), end + policy.retentionMs)).toBe(false);
    expect(isForgotten(failed(), end + policy.deadLetterRetentionMs)).toBe(true);
    expect(isForgotten({ ...failed(), discarded: true }, end + policy.retentionMs)).toBe(true);
    expect(isForgotten(completed(), end + policy.retentionMs)).toBe(true);
  });

  it('of a webhook call does, too', () => {
    const state = [1, 2, 3].reduce((each, time) => attempted(each, refused, NOW + time * 1_000_000), {
      ...failedWithWebhook(),
      discarded: true,
    });
    const last = NOW + 3_000_000;
    expect(isForgotten(state, last + policy.retentionMs)).toBe(false);
    const discarded = { ...state, deliveries: state.deliveries.map((each) => ({ ...each, discarded: true })) };
    expect(isForgotten(discarded, last + policy.retentionMs)).toBe(true);
  });
});

it('reports that nobody receives are reduced to what each letter must know: its last death and its latest state', () => {
  let state = failed();
  for (let generation = 2; generation < 200; generation++)
    state = again(retryJob({ ...state, deliveries: [] }, NOW + generation * 10_000).state, failure);
  expect(outcomes(state)).toEqual(['job died']);
  expect(outcomes(retryJob(state, NOW + 9_000_000).state)).toEqual(['job died', 'job retried']);
  expect(state.reports[0]).toMatchObject({ generation: 199, sequence: state.lastReport });
});

it('a tombstone that owes a report is no job', () => expect(isDeleted(deleteJob(failed(), NOW))).toBe(true));
