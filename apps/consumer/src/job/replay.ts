/**
 * Transitions: an operator replays a job that failed, perhaps with a changed submission, or one of its
 * webhook calls that was given up. The Job is the last guard: whoever orders a replay names what died, and
 * a job that has moved on since is left alone. The same order again gets the same answer, so that a
 * runner that crashed in the middle may simply repeat itself.
 */
import type { Amendment } from '@mcpoverflow/types';
import { isTerminal } from '@mcpoverflow/types';
import type { ReplayJobAnswer } from '../dead-letters/report.ts';
import { hasNoRoom } from '../webhooks/announce.ts';
import { redeliver } from '../webhooks/redeliver.ts';
import { record } from './history.ts';
import { nextGeneration } from './next-generation.ts';
import type { JobState } from './state.ts';

export interface ReplayOrder {
  readonly replayId: string;
  /** The generation that died. */
  readonly generation: number;
  /** A replay is a new trace; the job's history and log link it to the old one. */
  readonly traceparent: string;
}

/** Starts the next generation, with the submission that was stored for this very replay if there is one. */
export function replayJob(state: JobState, order: ReplayOrder, now: number): { state: JobState; answer: ReplayJobAnswer } {
  const { replay } = state;
  if (replay !== null && replay.replayId === order.replayId && replay.of === order.generation) {
    return { state, answer: { kind: 'started', generation: replay.of + 1, patched: replay.patched } };
  }
  if (state.status !== 'failed' || state.generation !== order.generation) return { state, answer: skipped(state) };
  if (hasNoRoom(state)) return { state, answer: { kind: 'skipped', reason: 'Too many webhook calls of the job wait to be sent.' } };
  const amended = amendedFor(state, order);
  const patched = amended !== state;
  const again: JobState = {
    ...nextGeneration(amended, now),
    traceparent: order.traceparent,
    amendments: [],
    replay: { replayId: order.replayId, of: order.generation, patched },
  };
  return { state: record(again, 'job.replayed', now), answer: { kind: 'started', generation: again.generation, patched } };
}

const skipped = ({ status, generation }: JobState): ReplayJobAnswer => ({
  kind: 'skipped',
  reason: isTerminal(status)
    ? `The job has ended again since, as ${status} in generation ${generation}.`
    : `The job was brought back already and is ${status} in generation ${generation}.`,
});

function amendedFor(state: JobState, order: ReplayOrder): JobState {
  const amendment = state.amendments.find(({ replayId, generation }) => replayId === order.replayId && generation === order.generation);
  if (amendment === undefined) return state;
  const { inputRevision: revision, parameters, options, files } = state;
  return {
    ...state,
    parameters: amendment.parameters,
    options: amendment.options,
    files: amendment.files,
    inputRevision: amendment.revision,
    formerSubmissions: [...state.formerSubmissions, { revision, parameters, options, files, lastGeneration: state.generation }],
    // What was computed from the old input is no answer to others who send it.
    cache: null,
  };
}

/** Beyond this the oldest former submission's bytes are still there, but nobody can tell them from the newest any more. */
const MAX_FORMER_SUBMISSIONS = 20;

/** Changed submissions that may wait at once: operators who change the same job at the same time. */
const MAX_AMENDMENTS = 5;

/**
 * Keeps a changed submission for one replay; null when the job is not the failed one that was changed, or was
 * changed too often. Its files are to be stored under the revision that is answered.
 */
export function amendJob(state: JobState, amendment: Amendment): { state: JobState; revision: number } | null {
  if (state.status !== 'failed' || state.generation !== amendment.generation) return null;
  if (state.formerSubmissions.length >= MAX_FORMER_SUBMISSIONS) return null;
  const others = state.amendments.filter(({ replayId }) => replayId !== amendment.replayId);
  if (others.length >= MAX_AMENDMENTS) return null;
  const revision = Math.max(state.inputRevision, ...others.map((other) => other.revision)) + 1;
  const { replayId, generation, parameters, options } = amendment;
  const files = amendment.files.map(({ path, format }) => (format === undefined ? { path } : { path, format }));
  return { state: { ...state, amendments: [...others, { replayId, generation, revision, parameters, options, files }] }, revision };
}

/** The revisions that a transition made void: their files are to be removed. */
export const voidRevisions = (before: JobState, after: JobState): number[] =>
  before.amendments
    .map(({ revision }) => revision)
    .filter((revision) => revision !== after.inputRevision && !after.amendments.some((kept) => kept.revision === revision));

/** Sends a webhook call again that was given up. */
export function replayDelivery(
  state: JobState,
  { replayId, deliveryId }: { readonly replayId: string; readonly deliveryId: string },
  now: number,
): { state: JobState; answer: ReplayJobAnswer } {
  const delivery = state.deliveries.find(({ id }) => id === deliveryId);
  if (delivery === undefined) return { state, answer: { kind: 'skipped', reason: 'The job keeps no such webhook call any more.' } };
  const started: ReplayJobAnswer = { kind: 'started', generation: delivery.generation, patched: false };
  if (delivery.replayId === replayId) return { state, answer: started };
  if (delivery.status !== 'dead-letter') {
    return { state, answer: { kind: 'skipped', reason: `The webhook call is no dead letter any more but ${delivery.status}.` } };
  }
  const again = redeliver(state, deliveryId, now);
  if (again === null) return { state, answer: started };
  const deliveries = again.state.deliveries.map((each) => (each.id === deliveryId ? { ...each, replayId } : each));
  return { state: { ...again.state, deliveries }, answer: started };
}

/** An operator decided to leave what died: the job (null) or one of its webhook calls no longer keeps the job. */
export function discardDeadLetter(state: JobState, deliveryId: string | null): JobState {
  if (deliveryId === null) return state.status === 'failed' ? { ...state, discarded: true } : state;
  return {
    ...state,
    deliveries: state.deliveries.map((each) =>
      each.id === deliveryId && each.status === 'dead-letter' ? { ...each, discarded: true } : each,
    ),
  };
}
