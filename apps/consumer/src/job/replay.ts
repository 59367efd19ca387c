/**
 * Transitions: an operator replays a job that failed, perhaps with a changed submission, or one of its
 * webhook calls that was given up. The Job is the last guard: whoever orders a replay names what died, and
 * a job that has moved on since is left alone. The same order again starts nothing, so that a runner
 * that crashed in the middle may simply repeat itself.
 */
import type { Amendment } from '@mcpoverflow/types';
import { isTerminal } from '@mcpoverflow/types';
import type { DeliveryReplayOrder, ReplayJobAnswer, ReplayOrder, ReplayProgress } from '../dead-letters/report.ts';
import { hasNoRoom } from '../webhooks/announce.ts';
import { changeDelivery } from '../webhooks/change-delivery.ts';
import type { DeliveryState } from '../webhooks/delivery-state.ts';
import { redeliver } from '../webhooks/redeliver.ts';
import { record } from './history.ts';
import { nextGeneration } from './next-generation.ts';
import type { JobState, Submission } from './state.ts';

const skipped = (reason: string): ReplayJobAnswer => ({ kind: 'skipped', reason });

/**
 * Starts the next generation.
 * @param submissionOf reads the row of a changed submission
 */
export function replayJob(
  state: JobState,
  order: ReplayOrder,
  submissionOf: (revision: number) => Submission,
  now: number,
): { state: JobState; answer: ReplayJobAnswer } {
  const { replay } = state;
  if (replay !== null && replay.replayId === order.replayId && replay.of === order.generation) {
    return {
      state,
      answer: { kind: 'started', generation: replay.of + 1, patched: replay.patched, progress: progressOf(state, replay.of) },
    };
  }
  if (state.status !== 'failed' || state.generation !== order.generation) return { state, answer: movedOn(state) };
  if (hasNoRoom(state)) return { state, answer: skipped('Too many webhook calls of the job wait to be sent.') };
  const amendment = state.amendments.find(({ replayId }) => replayId === order.replayId);
  if (order.patched && amendment === undefined) {
    return {
      state,
      answer: skipped('The change of its submission was made for an earlier death, or dropped for later ones. Make it again.'),
    };
  }
  const patched = amendment !== undefined;
  const amended = patched ? withSubmission(state, amendment.revision, submissionOf(amendment.revision)) : state;
  const again: JobState = {
    ...nextGeneration(amended, now),
    traceparent: order.traceparent,
    replay: { replayId: order.replayId, of: order.generation, patched },
  };
  const answer: ReplayJobAnswer = { kind: 'started', generation: again.generation, patched, progress: 'running' };
  return { state: record(again, 'job.replayed', now), answer };
}

/** A generation that was followed by another one died: nothing else is ever brought back. */
function progressOf({ generation, status }: JobState, of: number): ReplayProgress {
  if (generation > of + 1 || status === 'failed') return 'died';
  if (status === 'completed') return 'recovered';
  return status === 'cancelled' ? 'cancelled' : 'running';
}

const movedOn = ({ status, generation }: JobState): ReplayJobAnswer =>
  skipped(
    isTerminal(status)
      ? `The job has ended again since, as ${status} in generation ${generation}.`
      : `The job was brought back already and is ${status} in generation ${generation}.`,
  );

const withSubmission = (state: JobState, revision: number, { parameters, options, files }: Submission): JobState => ({
  ...state,
  parameters,
  options,
  files,
  inputRevision: revision,
  formerSubmissions: [...state.formerSubmissions, { revision: state.inputRevision, lastGeneration: state.generation }],
  // What was computed from the old input is no answer to others who send it.
  cache: null,
});

/** All of them are kept, and shown: somebody who needs more changes than this is better served by a new job. */
const MAX_FORMER_SUBMISSIONS = 20;
/** Changed submissions that may wait at once; the oldest makes room. */
const MAX_AMENDMENTS = 5;

export type Amended =
  | { readonly kind: 'amended'; readonly state: JobState; readonly revision: number }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'refused' };

/**
 * Keeps a changed submission for one replay. Its row and its files are to be stored under the revision that is
 * answered. `refused`: the job is not the failed one that was changed, or was changed too often; `mismatch`:
 * the same replay was ordered with another change.
 */
export function amendJob(state: JobState, { replayId, requestFingerprint, generation }: Amendment): Amended {
  if (state.status !== 'failed' || state.generation !== generation) return { kind: 'refused' };
  if (state.formerSubmissions.length >= MAX_FORMER_SUBMISSIONS) return { kind: 'refused' };
  const earlier = state.amendments.find((each) => each.replayId === replayId);
  if (earlier !== undefined && earlier.requestFingerprint !== requestFingerprint) return { kind: 'mismatch' };
  const revisions = [state.inputRevision, ...[...state.amendments, ...state.formerSubmissions].map(({ revision }) => revision)];
  const revision = earlier?.revision ?? Math.max(...revisions) + 1;
  const others = state.amendments.filter((each) => each.replayId !== replayId);
  const amendments = [...others, { revision, replayId, requestFingerprint, generation }].slice(-MAX_AMENDMENTS);
  return { kind: 'amended', state: { ...state, amendments }, revision };
}

/** The revisions that a transition made void: their rows are to be removed. */
export function voidRevisions(before: JobState, after: JobState): number[] {
  const kept = [after.inputRevision, ...[...after.amendments, ...after.formerSubmissions].map(({ revision }) => revision)];
  return before.amendments.map(({ revision }) => revision).filter((revision) => !kept.includes(revision));
}

/** Sends a webhook call again that was given up. */
export function replayDelivery(
  state: JobState,
  { replayId, deliveryId, attempts }: DeliveryReplayOrder,
  now: number,
): { state: JobState; answer: ReplayJobAnswer } {
  const delivery = state.deliveries.find(({ id }) => id === deliveryId);
  if (delivery === undefined) return { state, answer: skipped('The job keeps no such webhook call any more.') };
  const started = (progress: ReplayProgress): ReplayJobAnswer => ({
    kind: 'started',
    generation: delivery.generation,
    patched: false,
    progress,
  });
  if (delivery.replayId === replayId) return { state, answer: started(deliveryProgress[delivery.status]) };
  if (delivery.status !== 'dead-letter' || lastAttempt(delivery) !== attempts) {
    return { state, answer: skipped(`The webhook call was sent again since and is ${delivery.status}.`) };
  }
  const again = redeliver(state, deliveryId, now);
  if (again === null) return { state, answer: started('running') };
  return { state: changeDelivery(again.state, { ...again.delivery, replayId }), answer: started('running') };
}

const lastAttempt = ({ attempts }: DeliveryState): number => attempts.at(-1)?.number ?? 0;
const deliveryProgress = { pending: 'running', delivered: 'recovered', 'dead-letter': 'died', disabled: 'cancelled' } as const;

/** An operator decided to leave the job that died as `generation`: it is kept no longer than others. */
export const discardJob = (state: JobState, generation: number): JobState =>
  state.status === 'failed' && state.generation === generation ? { ...state, discarded: true } : state;

/** The same of a webhook call that died after so many attempts. */
export function discardDelivery(state: JobState, deliveryId: string, attempts: number): JobState {
  const delivery = state.deliveries.find(({ id }) => id === deliveryId);
  if (delivery?.status !== 'dead-letter' || lastAttempt(delivery) !== attempts) return state;
  return changeDelivery(state, { ...delivery, discarded: true });
}
