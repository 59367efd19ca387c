/**
 * What happened between two states of a job, as values: read off afterwards, so that no transition has to
 * think of who watches. Pure.
 *
 * They are told once, after the change was stored. A crash in that moment loses a line and a count; whatever
 * must not be lost is in the state itself.
 */
import type { DeliveryAttempt, JobErrorCode, JobStage } from '@mcpoverflow/types';
import type { DeliveryState } from '../webhooks/delivery-state.ts';
import { spentIn } from './stage-times.ts';
import { isDeleted, type JobState, type Stored } from './state.ts';

type StageMs = Readonly<Partial<Record<JobStage, number>>>;

export type Happening =
  | { readonly kind: 'submitted' }
  /** By its owner, or by an operator. */
  | { readonly kind: 'brought-back'; readonly by: 'retried' | 'replayed' }
  | { readonly kind: 'started' }
  | { readonly kind: 'stage'; readonly from: JobStage; readonly to: JobStage; readonly durationMs: number }
  | { readonly kind: 'fell-back'; readonly code: JobErrorCode }
  | {
      readonly kind: 'ended';
      readonly status: 'completed' | 'failed' | 'cancelled';
      /** From the submission (or the replay) to the end. */
      readonly durationMs: number;
      readonly stageMs: StageMs;
    }
  | { readonly kind: 'attempt'; readonly delivery: DeliveryState; readonly attempt: DeliveryAttempt }
  /** A webhook call of which nobody but a person makes another attempt. */
  | { readonly kind: 'given-up'; readonly delivery: DeliveryState }
  | { readonly kind: 'deleted' };

/** What the change from `before` to `after` means, in the order in which it is told. Nothing of a job that is deleted but that. */
export function happeningsOf(before: Stored | null | undefined, after: Stored, now: number): Happening[] {
  const earlier = before == null || isDeleted(before) ? null : before;
  if (isDeleted(after)) return earlier === null ? [] : [{ kind: 'deleted' }];
  return [...stageOf(earlier, after, now), ...eventsOf(earlier, after, now), ...fallbackOf(earlier, after), ...callsOf(earlier, after)];
}

function stageOf(before: JobState | null, after: JobState, now: number): Happening[] {
  if (before === null || before.generation !== after.generation || before.stage === after.stage) return [];
  return [{ kind: 'stage', from: before.stage, to: after.stage, durationMs: durationOf(before, now) }];
}

/** Of the present stay in the stage. */
const durationOf = (state: JobState, now: number): number => spentIn(state, now) - (state.stageTimes?.spent[state.stage] ?? 0);

function eventsOf(before: JobState | null, after: JobState, now: number): Happening[] {
  const lastTold = before?.lastEventId ?? 0;
  return after.events.flatMap(({ id, type, status }): Happening[] => {
    if (id <= lastTold) return [];
    if (type === 'job.submitted') return [{ kind: 'submitted' }];
    if (type === 'job.started') return [{ kind: 'started' }];
    if (type === 'job.retried') return [{ kind: 'brought-back', by: 'retried' }];
    if (type === 'job.replayed') return [{ kind: 'brought-back', by: 'replayed' }];
    if (status === 'pending' || status === 'processing') return [];
    return [{ kind: 'ended', status, durationMs: Math.max(0, now - after.queuedAt), stageMs: after.stageTimes?.spent ?? {} }];
  });
}

function fallbackOf(before: JobState | null, { fallback }: JobState): Happening[] {
  return before !== null && before.fallback === null && fallback !== null ? [{ kind: 'fell-back', code: fallback.error.code }] : [];
}

function callsOf(before: JobState | null, { deliveries }: JobState): Happening[] {
  if (before === null) return [];
  return deliveries.flatMap((delivery): Happening[] => {
    const known = before.deliveries.find(({ id }) => id === delivery.id);
    const lastNumber = known?.attempts.at(-1)?.number ?? 0;
    const made = delivery.attempts.filter(({ number }) => number > lastNumber);
    const isGivenUp = delivery.status === 'dead-letter' && known?.status !== 'dead-letter';
    return [
      ...made.map((attempt): Happening => ({ kind: 'attempt', delivery, attempt })),
      ...(isGivenUp ? [{ kind: 'given-up', delivery } as const] : []),
    ];
  });
}
