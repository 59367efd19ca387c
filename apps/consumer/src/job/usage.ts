/**
 * What a generation has used, and what it may cost. The bound is the generation's, over all of its runs: a
 * run that replaces a lost one gets what is left. Nothing in OpenHands' API bounds a cost, so the engine
 * watches it from outside, and a run can be a look's worth of time over its bound before it is stopped.
 */
import { type Engine, type JobError, jobError, type Usage } from '@mcpoverflow/types';
import type { Policy } from './policy.ts';
import type { Cost, JobState } from './state.ts';

/** What the present generation has used so far, runs that were lost or failed included; null when nothing is known. */
export function usageOf({ earlierUsage, run }: Pick<JobState, 'earlierUsage' | 'run'>): Usage | null {
  const usage = run?.usage ?? null;
  if (earlierUsage === null || usage === null) return usage ?? earlierUsage;
  return merged(earlierUsage, usage, (earlier, present) => earlier + present);
}

/** The present run was seen to have used that much. An answer that comes late says less than one before it and changes nothing. */
export function withUsage(state: JobState, seen: Usage | undefined): JobState {
  const { run } = state;
  if (run === null || seen === undefined) return state;
  return { ...state, run: { ...run, usage: run.usage === null ? seen : merged(run.usage, seen, Math.max) } };
}

const amounts = ['costUsd', 'promptTokens', 'completionTokens', 'iterations'] as const;

function merged(first: Usage, second: Usage, merge: (first: number, second: number) => number): Usage {
  const result: Usage = { ...first, ...second };
  for (const amount of amounts) {
    const [one, other] = [first[amount], second[amount]];
    if (one !== undefined && other !== undefined) result[amount] = merge(one, other);
  }
  return result;
}

/** What the job may cost on OpenHands, in US dollars: the operator's bound, or the submission's where that is lower. */
export const costBound = ({ options }: Pick<JobState, 'options'>, { maxCostUsd }: Pick<Policy, 'maxCostUsd'>): number =>
  Math.min(maxCostUsd, options.maxCostUsd ?? Number.POSITIVE_INFINITY);

/** What the present run may cost, in US dollars; null on the embedded engine, where nothing costs. */
export const costLeft = (state: JobState, engine: Engine, policy: Pick<Policy, 'maxCostUsd'>): number | null =>
  engine === 'embedded' ? null : Math.max(0, costBound(state, policy) - (state.earlierUsage?.costUsd ?? 0));

/** Whether all runs of the generation together have cost more than the job may. */
export const isOverBudget = (state: JobState, policy: Pick<Policy, 'maxCostUsd'>): boolean =>
  state.engine !== 'embedded' && (usageOf(state)?.costUsd ?? 0) > costBound(state, policy);

/** What an ended generation has cost, to be told by itself, if its index row may not have told it; for whoever is about to lose that row. */
export function untoldCost(state: JobState, now: number): Cost[] {
  const usd = usageOf(state)?.costUsd ?? 0;
  if (state.index === null || usd === 0) return [];
  return [{ createdAt: state.createdAt, generation: state.generation, usd, attempts: 0, at: now }];
}

/** Why a job is ended that has used up what it may cost. */
export function budgetError(state: JobState, policy: Pick<Policy, 'maxCostUsd'>): JobError {
  const bound = costBound(state, policy);
  const source = bound < policy.maxCostUsd ? 'maxCostUsd of the submission' : 'OPENHANDS_MAX_COST_USD';
  const cost = Number((usageOf(state)?.costUsd ?? 0).toPrecision(6));
  return jobError('budget-exceeded', `The agent was stopped: it had cost $${cost}, and ${source} allows $${bound}.`);
}
