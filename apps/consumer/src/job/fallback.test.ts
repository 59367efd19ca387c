import type { CreateJob } from '@mcpoverflow/types';
import { describe, expect, it } from 'vitest';
import { cancelJob, expireJob, giveUpTurn, retryJob } from './control.ts';
import { strikeOff } from './duties.ts';
import { begin, failure, finish, NOW, policy, submission, submitted, tryAgain } from './fixtures.ts';
import { observeProgress } from './observe.ts';
import { type JobState, jobStateSchema } from './state.ts';
import { summarize } from './view.ts';

const allowing: CreateJob = { ...submission, options: { fallback: 'embedded' } };
const running = (request = allowing): JobState =>
  finish(begin(submitted(null, request), NOW).state, { kind: 'started' }, NOW + 1_000).state;
const collecting = (request = allowing): JobState => begin(running(request), NOW + 2_000).state;
const fallen = (): JobState => finish(collecting(), failure, NOW + 3_000).state;
/** The run on the embedded engine. */
const embedded = (state: JobState, now = NOW + 4_000): JobState => finish(begin(state, now).state, { kind: 'started' }, now + 500).state;
const ending = (state: JobState, outcome: Parameters<typeof finish>[1]): JobState =>
  finish(begin(state, NOW + 6_000).state, outcome, NOW + 7_000).state;

describe('a job that fails on OpenHands and may fall back', () => {
  it('goes on with a new run on the embedded engine, and says why', () => {
    const state = fallen();
    expect(state).toMatchObject({ status: 'processing', stage: 'queued', run: { number: 2, created: 'no' }, error: null });
    expect(state.expected).toMatchObject({ kind: 'start', attempts: 0, plannedAt: NOW + 3_000, resendAt: NOW + 3_000 });
    expect(jobStateSchema.parse(state)).toEqual(state);
    expect(summarize(state)).toMatchObject({
      engine: 'embedded',
      engineReason: 'OpenHands failed, and the submission lets the embedded engine take over.',
      fallback: { from: 'openhands', error: { code: 'agent-error', message: 'It broke.' } },
      message: 'OpenHands failed. The embedded engine takes over.',
    });
    expect(state.events.at(-1)).toMatchObject({ type: 'job.progress', message: 'OpenHands failed. The embedded engine takes over.' });
  });

  it('stops the run that failed, and does not wait for that', () => {
    const state = fallen();
    expect(state.stops).toMatchObject([{ engine: 'openhands', mayExist: true, live: true }]);
    const { answer } = begin(state, NOW + 3_000);
    expect(answer).toMatchObject({ kind: 'yours', work: { engine: 'embedded', maxCostUsd: null, mayExist: false, mayCreate: true } });
  });

  it.each<[string, () => JobState]>([
    [
      'that runs out of attempts',
      () => {
        let state = submitted(null, allowing);
        for (let now = NOW; state.fallback === null; now += 10_000) state = finish(begin(state, now).state, tryAgain, now).state;
        return state;
      },
    ],
    [
      'whose workers never come back',
      () => {
        let state = submitted(null, allowing);
        for (let now = NOW; state.fallback === null; now += 200_000) state = begin(state, now).state;
        return state;
      },
    ],
    ['that runs out of time', () => expireJob(running(), NOW + 1_000 + policy.jobTimeoutMs, policy, 'openhands')],
    [
      'that never got a place',
      () => {
        const waiting = finish(begin(submitted(null, allowing), NOW).state, { kind: 'waiting' }, NOW).state;
        return expireJob(waiting, NOW + policy.queueTimeoutMs, policy, 'openhands');
      },
    ],
    [
      'that never began, and would have on OpenHands',
      () => expireJob(submitted(null, allowing), NOW + policy.queueTimeoutMs, policy, 'openhands'),
    ],
    [
      'that the queue gave up before it began',
      () => giveUpTurn(submitted(null, allowing), { generation: 1, turn: 1 }, NOW + 5_000, 'openhands'),
    ],
    ['that the queue gave up', () => giveUpTurn(running(), { generation: 1, turn: 2 }, NOW + 5_000, 'openhands')],
    [
      'that cost too much',
      () => {
        const state = running();
        return observeProgress(state, state.run?.conversationId ?? '', { usage: { costUsd: 9 }, activity: null }, { now: NOW, policy })
          .state;
      },
    ],
    [
      'that was lost too often',
      () => {
        let state = collecting();
        for (let now = NOW + 3_000; state.fallback === null; now += 3_000) {
          state = finish(state, { kind: 'lost' }, now).state;
          if (state.fallback === null)
            state = begin(finish(begin({ ...state, stops: [] }, now).state, { kind: 'started' }, now).state, now).state;
        }
        return state;
      },
    ],
  ])('goes on, too, when it is one %s', (_, make) => {
    const state = make();
    expect(state).toMatchObject({ engine: 'embedded', fallback: { from: 'openhands' }, run: { lossesBefore: 0, startedAt: null } });
    expect(state.reports).toEqual([]);
  });

  it('has its time from the start again', () => {
    const late = expireJob(running(), NOW + 1_000 + policy.jobTimeoutMs, policy, 'openhands');
    expect(expireJob(late, late.queuedAt + policy.queueTimeoutMs - 1, policy, 'openhands')).toBe(late);
    expect(expireJob(late, late.queuedAt + policy.queueTimeoutMs, policy, 'openhands').status).toBe('failed');
  });

  it('completes as if nothing had happened: no dead letter, no second start, one end', () => {
    const state = ending(embedded(fallen()), { kind: 'completed' });
    expect(state).toMatchObject({ status: 'completed', error: null, reports: [], fallback: { from: 'openhands' } });
    expect(state.events.filter(({ type }) => ['job.completed', 'job.failed'].includes(type))).toHaveLength(1);
  });

  it('counts what OpenHands used', () => {
    const failedRun = finish(collecting(), { ...failure, usage: { costUsd: 2, iterations: 9 } }, NOW + 3_000).state;
    expect(summarize(ending(embedded(failedRun), { kind: 'completed' })).usage).toEqual({ costUsd: 2, iterations: 9 });
  });

  it('ends with the error of OpenHands when the embedded engine fails too, which is added', () => {
    const state = ending(embedded(fallen()), {
      kind: 'failed',
      error: { code: 'specification-unusable', message: 'It cannot be read.', retryable: false },
    });
    const error = {
      code: 'agent-error',
      message: 'It broke. The embedded engine could not do it either: It cannot be read.',
      retryable: true,
    };
    expect(state).toMatchObject({ status: 'failed', error, reports: [{ outcome: 'died', error }] });
    expect(state.events.filter(({ type }) => type === 'job.failed')).toHaveLength(1);
  });

  it('is not told to configure what failed', () => {
    const needsMind = { code: 'needs-openhands', message: 'This needs OpenHands. Set OPENHANDS_API_URL.', retryable: false } as const;
    const state = ending(embedded(fallen()), { kind: 'failed', error: needsMind });
    expect(state.error?.message).toBe('It broke. The embedded engine could not do it either: this work needs a language model.');
  });

  it('is cancelled as any other', () => {
    expect(cancelJob(embedded(fallen()), NOW + 5_000).state).toMatchObject({ status: 'cancelled', error: null });
  });

  it('starts on OpenHands again when it is retried', () => {
    const dead = ending(embedded(fallen()), failure);
    const again = retryJob(dead, NOW + 9_000).state;
    expect(again).toMatchObject({ engine: null, fallback: null, earlierUsage: null });
    expect(begin({ ...again, stops: [] }, NOW + 9_000).state.engine).toBe('openhands');
  });
});

describe('a job ends as failed', () => {
  it('when its submission allows no fallback', () => {
    expect(finish(collecting(submission), failure, NOW + 3_000).state).toMatchObject({ status: 'failed', fallback: null });
  });

  it('when it never began, and would have on the embedded engine', () => {
    const state = expireJob(submitted(null, allowing), NOW + policy.queueTimeoutMs, policy, 'embedded');
    expect(state).toMatchObject({ status: 'failed', fallback: null });
  });

  it('when the embedded engine was the one to do it', () => {
    const request: CreateJob = { ...submission, options: { fallback: 'embedded', engine: 'embedded' } };
    const state = { ...collecting(request), engine: 'embedded' as const };
    expect(finish(state, failure, NOW + 3_000).state).toMatchObject({ status: 'failed', fallback: null });
  });
});

describe('a run on OpenHands', () => {
  it('waits for every older run, and is asked for when the last of them is gone', () => {
    const dead = ending(embedded(fallen()), failure);
    const again = retryJob(dead, NOW + 9_000).state;
    expect(again.stops.map(({ engine }) => engine)).toEqual(['openhands', 'embedded']);
    expect(begin(again, NOW + 9_000).answer.kind).toBe('busy');
    const [first, second] = again.stops.map(({ conversationId }) => ({ kind: 'stopped', conversationId }) as const);
    if (first === undefined || second === undefined) throw new Error('nothing to stop');
    const one = strikeOff(again, [first], NOW + 10_000).stored;
    expect(one).toMatchObject({ expected: { resendAt: again.expected?.resendAt } });
    expect(strikeOff(one, [second], NOW + 11_000).stored).toMatchObject({ expected: { resendAt: NOW + 11_000 } });
  });

  it('does not wait for the directory of one that is gone', () => {
    const again = retryJob(ending(running(submission), failure), NOW + 9_000).state;
    const gone = strikeOff(
      again,
      again.stops.map(({ conversationId }) => ({ kind: 'gone', conversationId }) as const),
      NOW + 10_000,
    );
    expect(gone).toMatchObject({ mustStore: true, stored: { stops: [{ isGone: true }], expected: { resendAt: NOW + 10_000 } } });
    if ('deleted' in gone.stored) throw new Error('deleted');
    expect(begin(gone.stored, NOW + 10_000).answer.kind).toBe('yours');
  });
});
