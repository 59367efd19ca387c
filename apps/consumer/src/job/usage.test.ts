import { describe, expect, it } from 'vitest';
import { begin, collecting, finish, NOW, policy, running, submission, submitted } from './fixtures.ts';
import { observeEnd, observeProgress } from './observe.ts';
import type { JobState } from './state.ts';
import { costLeft, usageOf, withUsage } from './usage.ts';

const idOf = (state: JobState): string => state.run?.conversationId ?? '';
const spent = (costUsd: number) => ({ usage: { costUsd, promptTokens: 10, completionTokens: 1, iterations: 2 }, activity: null });
const seen = (state: JobState, costUsd: number) => observeProgress(state, idOf(state), spent(costUsd), { now: NOW + 9_000, policy });
const workOf = (state: JobState, now: number) => {
  const { answer } = begin({ ...state, stops: [] }, now);
  if (answer.kind !== 'yours') throw new Error(answer.kind);
  return answer.work;
};

describe('what a generation has used', () => {
  it('is what its runs used together, those that were lost included', () => {
    const lost = finish(collecting(), { kind: 'lost', usage: { costUsd: 2, promptTokens: 100, iterations: 7 } }, NOW + 3_000).state;
    expect(lost).toMatchObject({ earlierUsage: { costUsd: 2 }, run: { number: 2, usage: null } });
    const second = withUsage(lost, { costUsd: 0.5, promptTokens: 11, completionTokens: 3, iterations: 1, model: 'm' });
    expect(usageOf(second)).toEqual({ costUsd: 2.5, promptTokens: 111, completionTokens: 3, iterations: 8, model: 'm' });
  });

  it('never falls: an answer that comes late says less', () => {
    expect(usageOf(withUsage(withUsage(running(), { costUsd: 2 }), { costUsd: 1 }))).toEqual({ costUsd: 2 });
  });
});

describe('what a run may cost', () => {
  it('is the operator’s bound, or the submission’s where that is lower', () => {
    expect(workOf(submitted(), NOW).maxCostUsd).toBe(5);
    expect(workOf(submitted(null, { ...submission, options: { maxCostUsd: 0.5 } }), NOW).maxCostUsd).toBe(0.5);
    expect(workOf(submitted(null, { ...submission, options: { maxCostUsd: 500 } }), NOW).maxCostUsd).toBe(5);
  });

  it('is what lost runs have left of it, and another run is not begun when that is nothing', () => {
    const lost = (costUsd: number) => finish(collecting(), { kind: 'lost', usage: { costUsd } }, NOW + 3_000).state;
    expect(workOf(lost(2), NOW + 3_000).maxCostUsd).toBe(3);
    expect(lost(5)).toMatchObject({ status: 'failed', error: { code: 'budget-exceeded' } });
  });

  it('has no bound on the embedded engine, where nothing costs', () => {
    expect(costLeft(running(), 'embedded', policy)).toBeNull();
  });
});

describe('the pool saw the run at work', () => {
  it('and nothing of it need be stored while it costs what it may', () => {
    const { state, answer, mustStore } = seen(running(), 5);
    expect([answer.kind, mustStore, state.status]).toEqual(['keep', false, 'processing']);
    expect(usageOf(state)).toMatchObject({ costUsd: 5, iterations: 2 });
  });

  it('and a run that costs more ends its job, which says so, and is stopped', () => {
    const { state, answer, mustStore } = seen(running(), 5.25);
    expect([answer.kind, mustStore]).toEqual(['keep', true]);
    expect(state).toMatchObject({
      status: 'failed',
      error: {
        code: 'budget-exceeded',
        message: 'The agent was stopped: it had cost $5.25, and OPENHANDS_MAX_COST_USD allows $5.',
      },
      stops: [{ live: true, mayExist: true }],
    });
    const own = { ...running(), options: { maxCostUsd: 0.001 } };
    expect(seen(own, 0.0012).state.error?.message).toContain('$0.0012, and maxCostUsd of the submission allows $0.001');
  });

  it('and what lost runs cost counts', () => {
    const state = { ...running(), earlierUsage: { costUsd: 4 } };
    expect(seen(state, 1).state.status).toBe('processing');
    expect(seen(state, 1.01).state).toMatchObject({ status: 'failed', error: { code: 'budget-exceeded' } });
  });

  it('and a run that has ended meanwhile is collected, whatever it cost', () => {
    expect(seen(collecting(), 50).state.status).toBe('processing');
    const ended = observeEnd(running(), idOf(running()), NOW + 8_000).state;
    expect(seen(ended, 50).state.status).toBe('processing');
  });

  it('and a run that is the job’s no longer is told apart from one that is being stopped', () => {
    const state = seen(running(), 6).state;
    expect(seen(state, 7).answer.kind).toBe('keep');
    expect(seen({ ...state, stops: state.stops.map((stop) => ({ ...stop, isGone: true })) }, 7).answer.kind).toBe('release');
    expect(observeProgress(running(), 'another', spent(1), { now: NOW, policy }).answer.kind).toBe('release');
  });

  it('and a job that ends otherwise still tells what it used', () => {
    const state = seen(running(), 1.5).state;
    const ended = finish(
      begin(state, NOW + 10_000).state,
      { kind: 'failed', error: { code: 'agent-stuck', message: 'Stuck.', retryable: true } },
      NOW + 11_000,
    );
    expect(usageOf(ended.state)?.costUsd).toBe(1.5);
    expect(ended.state.reports).toMatchObject([{ costUsd: 1.5 }]);
  });
});
