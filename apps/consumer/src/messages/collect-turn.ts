/** What the steps of a collect turn share: what they need to know, and what they come to. */
import type { Agent, RunSnapshot } from '@mcpoverflow/openhands';
import type { Usage } from '@mcpoverflow/types';
import type { Env } from '../env.ts';
import type { BeginAnswer } from '../job/begin.ts';
import type { Outcome } from '../job/finish.ts';
import type { Settings } from '../settings.ts';
import type { VerificationPort } from '../verification/verify-connector.ts';
import type { TurnJob } from './own-objects.ts';

export interface CollectContext {
  readonly env: Env;
  readonly settings: Settings;
  readonly verification: VerificationPort;
}

/** A turn that is ours, and what it takes to do it. */
export interface CollectTurn extends CollectContext {
  readonly begun: Extract<BeginAnswer, { kind: 'yours' }>;
  readonly agent: Agent;
  readonly job: TurnJob;
  /** The run's folder on the agent's machine. */
  readonly directory: string;
  /** Ends the calls of the turn. */
  readonly signal: AbortSignal;
}

/** What a turn came to, and the result that goes with `completed`. */
export interface Collected {
  readonly outcome: Outcome;
  readonly result?: object;
}

/** What the run has used, as its server shows it. */
export const usageOf = (run: RunSnapshot): Usage => ({
  costUsd: run.costUsd,
  promptTokens: run.promptTokens,
  completionTokens: run.completionTokens,
  iterations: run.iterations,
  ...(run.model === undefined ? {} : { model: run.model }),
});

/** Whether the run has used up what it may cost; null is no bound. */
export const isSpent = (maxCostUsd: number | null, usage: Usage): boolean => maxCostUsd !== null && (usage.costUsd ?? 0) >= maxCostUsd;
