/**
 * Telling what happened to a job to those who watch: a line in the log, a point in Analytics Engine, and a
 * count in the pool of its engine. All three are best effort: nothing waits for them, and nothing fails by them.
 */
import { type AnalyticsPoint, type Engine, writeAnalytics } from '@mcpoverflow/types';
import { RPC_TIMEOUT_MS, within } from '../deadline.ts';
import type { Env } from '../env.ts';
import { describeError, type LogFields, log } from '../log.ts';
import { poolOf } from '../pool/agent-pool.ts';
import type { Tally } from '../pool/counts.ts';
import { traceOf } from './discharge.ts';
import type { Happening } from './happenings.ts';
import { isDeleted, type JobState, type Stored } from './state.ts';
import { usageOf } from './usage.ts';

/** Whose job it is: in every line about it. */
export const aboutJob = (stored: Stored): LogFields => ({
  jobId: stored.jobId,
  tenant: stored.tenant,
  ...(isDeleted(stored) ? {} : { generation: stored.generation, ...traceOf(stored) }),
});

/** @param engine where the job runs, or would run */
export function tell(happenings: readonly Happening[], stored: Stored, engine: Engine, env: Env): void {
  const tallies: Tally[] = [];
  for (const happening of happenings) {
    const line = isToldBy(happenings, happening) ? null : lineOf(happening, stored);
    if (line !== null) log(...line);
    if (isDeleted(stored)) continue;
    for (const point of pointsOf(happening, stored, engine)) writeAnalytics(env.ANALYTICS, point);
    tallies.push(...talliesOf(happening, stored));
  }
  if (tallies.length === 0) return;
  within(poolOf(env, engine).count(tallies), RPC_TIMEOUT_MS, 'the agent pool').catch((error: unknown) =>
    log('warn', 'not counted', { ...aboutJob(stored), count: tallies.length, error: describeError(error) }),
  );
}

/** A start or an end says what stage it means: a line costs as much as a call. */
const isToldBy = (happenings: readonly Happening[], { kind }: Happening): boolean =>
  kind === 'stage' && happenings.some((other) => other.kind === 'started' || other.kind === 'ended');

/** Milliseconds from the submission (or the replay) to the start. */
const queueTime = ({ startedAt, queuedAt }: JobState): number => Math.max(0, (startedAt ?? queuedAt) - queuedAt);

type Line = readonly [level: 'info' | 'warn', message: string, fields: LogFields];

/** Its line in the log; null for what somebody else tells. */
function lineOf(happening: Happening, stored: Stored): Line | null {
  const about = aboutJob(stored);
  if (isDeleted(stored)) return ['info', 'job deleted', about];
  switch (happening.kind) {
    case 'submitted':
      // The api tells, who knows the request.
      return null;
    case 'started':
      return ['info', 'job started', { ...about, type: stored.type, ...engineOf(stored), ...runOf(stored), durationMs: queueTime(stored) }];
    case 'stage':
      return ['info', 'job stage', { ...about, stage: happening.to, from: happening.from, durationMs: happening.durationMs }];
    case 'fell-back':
      return ['warn', 'OpenHands failed and the embedded engine takes over', { ...about, code: happening.code }];
    case 'ended': {
      const { status, durationMs, stageMs } = happening;
      const why = stored.error === null ? {} : { code: stored.error.code };
      const used = { durationMs, stageMs, costUsd: usageOf(stored)?.costUsd ?? 0 };
      const from = stored.cached ? ({ cached: true } as const) : {};
      const fields = { ...about, outcome: status, ...why, type: stored.type, ...engineOf(stored), ...from, ...used };
      return [status === 'failed' ? 'warn' : 'info', 'job ended', fields];
    }
    case 'attempt': {
      const { error, number } = happening.attempt;
      // Whoever made the call tells of it, unless they are gone.
      return error === 'interrupted'
        ? ['warn', 'webhook called', { ...about, ...callOf(happening), attempt: number, outcome: error }]
        : null;
    }
    case 'given-up':
      return ['warn', 'webhook given up', { ...about, ...callOf(happening), attempt: happening.delivery.attempt }];
    case 'brought-back':
      // A replay tells more itself: the trace that it comes from.
      return happening.by === 'retried' ? ['info', 'job retried', about] : null;
    case 'deleted':
      return null;
  }
}

const engineOf = ({ engine }: JobState): LogFields => (engine === null ? {} : { engine });
const runOf = ({ run }: JobState): LogFields => (run === null ? {} : { conversationId: run.conversationId, attempt: run.number });
const callOf = ({ delivery }: Happening & { readonly kind: 'attempt' | 'given-up' }): LogFields => ({
  deliveryId: delivery.id,
  kind: delivery.event,
});

function pointsOf(happening: Happening, state: JobState, engine: Engine): AnalyticsPoint[] {
  const { jobId, tenant, type, generation } = state;
  const about = { jobId, tenant, type, engine: state.engine ?? engine, generation };
  switch (happening.kind) {
    case 'submitted':
      return [{ ...about, event: 'submitted', cached: state.cached }];
    case 'started':
      return [{ ...about, event: 'started', durationMs: queueTime(state) }];
    case 'ended': {
      const { status, durationMs, stageMs } = happening;
      const why = state.error === null ? {} : { code: state.error.code };
      return [{ ...about, ...why, event: status, durationMs, stageMs, costUsd: usageOf(state)?.costUsd ?? 0, cached: state.cached }];
    }
    case 'attempt': {
      const { error, status, durationMs, number } = happening.attempt;
      const answer = status === undefined ? {} : { httpStatus: status };
      return [{ ...about, ...answer, event: 'webhook-attempt', outcome: error ?? 'delivered', durationMs, attempt: number }];
    }
    default:
      return [];
  }
}

function talliesOf(happening: Happening, state: JobState): Tally[] {
  if (happening.kind === 'attempt') {
    const { error, durationMs } = happening.attempt;
    return [{ kind: 'attempt', outcome: error ?? 'delivered', durationMs }];
  }
  if (happening.kind !== 'ended') return [];
  const { status, durationMs, stageMs } = happening;
  const { queued = 0, waiting = 0, starting = 0, running, collecting = 0, verifying = 0 } = stageMs;
  const hasRun = running !== undefined;
  return [
    {
      kind: 'ended',
      status,
      code: state.error?.code ?? null,
      queueMs: hasRun ? queued + waiting + starting : null,
      runMs: hasRun ? running + collecting + verifying : null,
      totalMs: durationMs,
      costUsd: usageOf(state)?.costUsd ?? 0,
    },
  ];
}
