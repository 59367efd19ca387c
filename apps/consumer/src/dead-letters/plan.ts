/**
 * Making a plan: which letters a replay will bring back, and which it skips and why, frozen as the items
 * of the replay. It is written part by part within one transaction, so that a plan of ten thousand takes
 * no more memory than one of five hundred, and is there as a whole or not at all.
 */
import type { DeadLetterKind, DeadLetterScope, ReplayCommand } from '@mcpoverflow/types';
import type { Candidate, Death, LetterStore, PlacedCandidate } from './letter-store.ts';
import type { PlannedItem, ReplayRow, ReplayStore } from './replay-store.ts';
import { toReplay } from './selection.ts';
import { verdictOf } from './verdict.ts';

const ITEMS_AT_ONCE = 500;
const PATCH_IS_NOT_KEPT = 'A change of the submission is not kept with a plan: send it with the replay itself.';

/** Writes the plan of a replay, as `planned` or as `running`. To be called within a transaction. */
export function makePlan(
  stores: { readonly letters: LetterStore; readonly replays: ReplayStore },
  scope: DeadLetterScope,
  command: ReplayCommand,
  now: number,
): ReplayRow {
  const { replayId, force, dryRun, patched } = command;
  let waiting = 0;
  let skipped = 0;
  let estimatedCostUsd: number | null = null;
  for (const items of itemsOf(stores.letters, scope, command)) {
    const planned = items.map(([id, candidate]) => plannedItem(id, candidate, force));
    stores.replays.plan(replayId, waiting + skipped, planned);
    for (const { state, costUsd } of planned) {
      if (state === 'waiting') waiting += 1;
      else skipped += 1;
      if (costUsd !== null) estimatedCostUsd = (estimatedCostUsd ?? 0) + costUsd;
    }
  }
  const replay: ReplayRow = {
    replayId,
    tenant: scope.tenant,
    requestFingerprint: command.requestFingerprint,
    state: dryRun ? 'planned' : 'running',
    reason: dryRun && patched ? PATCH_IS_NOT_KEPT : null,
    ratePerSecond: command.ratePerSecond,
    canary: command.canary,
    stopOnFailureRatio: command.stopOnFailureRatio ?? null,
    force: force ? 1 : 0,
    patched: patched ? 1 : 0,
    estimatedCostUsd,
    createdAt: now,
    startedAt: dryRun ? null : now,
    endedAt: null,
    nextStartAt: now,
    nextPosition: 0,
    waiting,
    skipped,
    starting: 0,
    running: 0,
    recovered: 0,
    died: 0,
    cancelled: 0,
  };
  stores.replays.write(null, replay);
  return replay;
}

/** In order of death, or in the order in which the ids were given. */
function* itemsOf(letters: LetterStore, scope: DeadLetterScope, { selection }: ReplayCommand): Generator<[string, Candidate | null][]> {
  if (selection.kind === 'ids') {
    const ids = [...new Set(selection.ids)];
    for (let start = 0; start < ids.length; start += ITEMS_AT_ONCE) {
      const part = ids.slice(start, start + ITEMS_AT_ONCE);
      const found = letters.candidatesOf(part, scope);
      yield part.map((id) => [id, found.get(id) ?? null]);
    }
    return;
  }
  const condition = toReplay(scope, selection.filter);
  let after: Death | null = null;
  for (;;) {
    const part: PlacedCandidate[] = letters.candidates(condition, after, ITEMS_AT_ONCE);
    const last = part.at(-1);
    if (last === undefined) return;
    yield part.map(({ id, candidate }) => [id, candidate]);
    after = [last.lastDeathAt, last.id];
  }
}

function plannedItem(id: string, candidate: Candidate | null, force: boolean): PlannedItem {
  const verdict = verdictOf(candidate, force);
  const what = { letterId: id, kind: candidate?.kind ?? kindOf(id), jobId: candidate?.jobId ?? null };
  if (verdict.kind === 'skipped') return { ...what, state: 'skipped', reason: verdict.reason, costUsd: null };
  return { ...what, state: 'waiting', reason: null, costUsd: candidate?.costUsd ?? null };
}

/** Of an id that names nothing, as far as it can be told. */
const kindOf = (id: string): DeadLetterKind => (id.startsWith('job_') ? 'job' : id.startsWith('delivery_') ? 'delivery' : 'message');
