/**
 * Transition: what happens to a job that died, or dies, is told to the DeadLetters object. Called by the
 * transition that makes it happen, so that the report and the change are stored together (the outbox
 * pattern); the call itself is a duty of the alarm.
 */
import type { DeliveryReport, JobReport, Report } from '../dead-letters/report.ts';
import { changeDelivery } from '../webhooks/change-delivery.ts';
import type { DeliveryState } from '../webhooks/delivery-state.ts';
import type { JobState } from './state.ts';
import { usageOf } from './usage.ts';

/** Reports the end of a generation, if it is a death or follows one. `before` is the state just before the end. */
export function reportEnd(before: JobState, ended: JobState, now: number): JobState {
  const outcome = outcomeOf(ended);
  if (outcome === null || (outcome !== 'died' && !before.hasDied)) return ended;
  return reportJob({ ...ended, hasDied: true, discarded: false }, outcome, before.stage, now);
}

function outcomeOf({ status }: JobState): JobReport['outcome'] | null {
  if (status === 'failed') return 'died';
  if (status === 'completed') return 'recovered';
  return status === 'cancelled' ? 'cancelled' : null;
}

/** Reports that the owner of a job that has died brought it back. */
export const reportRetry = (state: JobState, now: number): JobState =>
  state.hasDied ? reportJob(state, 'retried', state.stage, now) : state;

/** Reports what became of all webhook calls between two states: a 410 ends others, too. */
export const reportDeliveries = (before: JobState, after: JobState, now: number): JobState =>
  before.deliveries.reduce((state, delivery) => reportDelivery(state, delivery, now), after);

/** Reports what became of a webhook call, if that is a death or follows one. `before` is the delivery as it was. */
function reportDelivery(state: JobState, before: DeliveryState, now: number): JobState {
  const after = state.deliveries.find(({ id }) => id === before.id);
  if (after === undefined || after.status === before.status) return state;
  const outcome = deliveryOutcomes[after.status];
  if (outcome !== 'died' && !before.hasDied) return state;
  const last = after.attempts.at(-1);
  const report: Unnumbered<DeliveryReport> = {
    kind: 'delivery',
    outcome,
    deliveryId: after.id,
    event: after.event,
    code: last?.error ?? null,
    message: last?.message ?? '',
    attempts: last?.number ?? 0,
    traceparent: state.traceparent,
  };
  const marked = changeDelivery(state, { ...after, hasDied: true, discarded: false });
  return withReport(marked, report, after.generation, now);
}

const deliveryOutcomes = { 'dead-letter': 'died', delivered: 'recovered', disabled: 'cancelled', pending: 'retried' } as const;

function reportJob(state: JobState, outcome: JobReport['outcome'], stage: JobState['stage'], now: number): JobState {
  const report: Unnumbered<JobReport> = {
    kind: 'job',
    outcome,
    type: state.type,
    error: outcome === 'died' ? state.error : null,
    stage,
    payloadHash: state.bodyFingerprint,
    traceparent: state.traceparent,
    costUsd: usageOf(state)?.costUsd ?? null,
  };
  return withReport(state, report, state.generation, now);
}

/** A report without what every report has. */
type Unnumbered<Kind extends Report> = Omit<Kind, 'sequence' | 'at' | 'jobId' | 'tenant' | 'generation'>;

function withReport(
  state: JobState,
  report: Unnumbered<JobReport> | Unnumbered<DeliveryReport>,
  generation: number,
  now: number,
): JobState {
  const sequence = state.lastReport + 1;
  const whole: Report = { ...report, sequence, at: now, jobId: state.jobId, tenant: state.tenant, generation };
  return { ...state, lastReport: sequence, reports: essential([...state.reports, whole]), reportDuty: { attempts: 0, at: now } };
}

/**
 * While nobody receives them: of each letter its last death and the last report after it. The letter
 * then stands where it should; what came in between is missing in its history alone.
 */
function essential(reports: readonly Report[]): Report[] {
  const isDeath = (report: Report): boolean => 'outcome' in report && report.outcome === 'died';
  return reports.filter((report, index) => {
    const later = reports.slice(index + 1).filter((other) => letterOf(other) === letterOf(report));
    return later.length === 0 || (isDeath(report) && !later.some(isDeath));
  });
}

const letterOf = (report: Report): string => (report.kind === 'delivery' ? report.deliveryId : report.jobId);

/** The one report of a job that is deleted, which makes all earlier ones void; none when nothing was ever said of it. */
export function reportsOfDeleted(state: JobState, now: number): Report[] {
  if (state.lastReport === 0) return [];
  const { jobId, tenant, generation } = state;
  return [{ kind: 'deleted', sequence: state.lastReport + 1, at: now, jobId, tenant, generation }];
}
