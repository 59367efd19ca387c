/**
 * From a caller's wish to a replay. Its id is known before anything is done: derived from the caller and
 * their key, so that a repeated call meets the first one's replay, or drawn.
 *
 * A patch is validated first, then kept with the job under the replay's id, and only then the replay
 * begins. Whatever fails in between harms nothing: what is kept counts for that replay alone.
 */
import {
  deriveUuid,
  fail,
  type JsonPatch,
  ok,
  type Replay,
  type ReplayCommand,
  type ReplayRequest,
  type Result,
  uuidSchema,
} from '@mcpoverflow/types';
import { fingerprintOf } from '../admission/canonical-json.ts';
import type { ApiContext } from '../env.ts';
import { aboutRequest, log } from '../log.ts';
import { type Refusal, refusalAt, refusalOf } from '../problems.ts';
import { callDeadLetters, replayNotFound } from './call-dead-letters.ts';
import { amendJob, keyUsedTwice, patchedSubmissionOf } from './patched-submission.ts';

const RATE_PER_SECOND = 10;

/** A fingerprint is a filter of one field. */
function selectionOf({ ids, filter, fingerprint }: ReplayRequest): ReplayCommand['selection'] {
  if (ids !== undefined) return { kind: 'ids', ids };
  return { kind: 'filter', filter: fingerprint === undefined ? (filter ?? {}) : { fingerprint } };
}

const commandOf = (request: ReplayRequest, replayId: string): ReplayCommand => ({
  replayId,
  requestFingerprint: fingerprintOf(request),
  selection: selectionOf(request),
  dryRun: request.dryRun ?? false,
  ratePerSecond: request.ratePerSecond ?? RATE_PER_SECOND,
  canary: request.canary ?? 0,
  ...(request.stopOnFailureRatio === undefined ? {} : { stopOnFailureRatio: request.stopOnFailureRatio }),
  force: request.force ?? false,
  patched: request.patch !== undefined,
});

const patchNeedsOneId = refusalAt('invalid-patch', '/patch', 'changes one job: give exactly one id in `ids`, or leave the patch out');

/** Of everything dead: said in words, never by a filter that was forgotten. */
const emptyFilter = refusalAt(
  'invalid-request',
  '/filter',
  'is empty; `{"status":"dead"}` means everything dead, and `dryRun` shows what that is',
);

/** Starts or plans a replay; the one that the same key made earlier is found again. */
export async function startReplay(c: ApiContext, request: ReplayRequest, key: string | undefined): Promise<Result<Replay, Refusal>> {
  const { ids, filter, patch, dryRun } = request;
  if (filter !== undefined && Object.keys(filter).length === 0 && dryRun !== true) return fail(emptyFilter);
  const replayId = key === undefined ? crypto.randomUUID() : await deriveUuid('replay', c.get('tenant'), key);
  const command = commandOf(request, replayId);
  if (patch !== undefined) {
    const [deadLetterId, ...others] = ids ?? [];
    if (deadLetterId === undefined || others.length > 0) {
      return fail(patchNeedsOneId);
    }
    const prepared = await preparePatch(c, command, deadLetterId, patch, key !== undefined);
    if (!prepared.ok) return prepared;
  }
  const answer = await callDeadLetters(c, (deadLetters, scope) => deadLetters.replay(scope, command));
  if (!answer.ok) return answer;
  if (answer.value.kind === 'mismatch') {
    return fail(keyUsedTwice);
  }
  const { kind, replay } = answer.value;
  log('info', 'replay accepted', { ...aboutRequest(c), replayId, outcome: kind });
  return ok(replay);
}

/** Validates the patch and, if it is to be kept, keeps it with its job. For a repeated call that was done the first time. */
async function preparePatch(
  c: ApiContext,
  { replayId, requestFingerprint, dryRun }: ReplayCommand,
  deadLetterId: string,
  patch: JsonPatch,
  mayBeRepeat: boolean,
): Promise<Result<void, Refusal>> {
  if (mayBeRepeat) {
    const before = await callDeadLetters(c, (deadLetters, scope) => deadLetters.readReplay(scope, replayId));
    if (!before.ok) return before;
    if (before.value.kind === 'found') return ok(undefined);
  }
  const patched = await patchedSubmissionOf(c, deadLetterId, patch);
  if (!patched.ok) return patched;
  return dryRun ? ok(undefined) : amendJob(c, { replayId, requestFingerprint }, patched.value);
}

/** Starts a dry run's plan as it was made. Starting it twice starts it once. A plan with a patch is refused: plans keep none. */
export async function executePlan(c: ApiContext, { planId, ...rest }: ReplayRequest): Promise<Result<Replay, Refusal>> {
  if (rest.patch !== undefined) return fail(patchNeedsOneId);
  const decided = Object.keys(rest);
  if (decided.length > 0) {
    const errors = decided.map((name) => ({ pointer: `/${name}`, detail: 'is part of the plan already; leave it out' }));
    return fail(refusalOf('invalid-request', errors));
  }
  const id = uuidSchema.safeParse(planId);
  if (!id.success) return fail(replayNotFound);
  const answer = await callDeadLetters(c, (deadLetters, scope) => deadLetters.execute(scope, id.data));
  if (!answer.ok) return answer;
  if (answer.value.kind === 'not-found') return fail(replayNotFound);
  const { kind, replay } = answer.value;
  if (kind === 'refused') {
    const why = replay.reason === undefined ? '' : ` ${replay.reason}`;
    return fail({ code: 'replay-not-possible', detail: `The replay is ${replay.state}.${why}` });
  }
  log('info', 'plan executed', { ...aboutRequest(c), replayId: id.data });
  return ok(replay);
}
