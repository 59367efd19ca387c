/** Replays and their items as operators see them. */
import type { Replay, ReplayItem } from '@mcpoverflow/types';
import { iso } from '../iso-time.ts';
import { type Item, type ReplayRow, shownState } from './replay-store.ts';

/** @param items the first of them */
export function viewReplay(replay: ReplayRow, items: readonly Item[]): Replay {
  const { reason, stopOnFailureRatio, estimatedCostUsd, startedAt, endedAt, waiting, skipped, recovered, died, cancelled } = replay;
  const running = replay.starting + replay.running;
  const waitsInVain = shownState(replay, 'waiting') === 'not-started';
  return {
    replayId: replay.replayId,
    state: replay.state,
    ...(reason === null ? {} : { reason }),
    ratePerSecond: replay.ratePerSecond,
    canary: replay.canary,
    ...(stopOnFailureRatio === null ? {} : { stopOnFailureRatio }),
    force: replay.force === 1,
    counts: {
      total: waiting + skipped + running + recovered + died + cancelled,
      waiting: waitsInVain ? 0 : waiting,
      skipped,
      running,
      recovered,
      died,
      cancelled,
      notStarted: waitsInVain ? waiting : 0,
    },
    ...(estimatedCostUsd === null ? {} : { estimatedCostUsd }),
    createdAt: iso(replay.createdAt),
    ...(startedAt === null ? {} : { startedAt: iso(startedAt) }),
    ...(endedAt === null ? {} : { endedAt: iso(endedAt) }),
    items: items.map((item) => viewItem(replay, item)),
    links: linksOf(replay),
  };
}

export function viewItem(replay: ReplayRow, { letterId, kind, jobId, state, reason, generation, costUsd }: Item): ReplayItem {
  return {
    deadLetterId: letterId,
    kind,
    ...(jobId === null ? {} : { jobId }),
    state: shownState(replay, state),
    ...(reason === null ? {} : { reason }),
    ...(generation === null ? {} : { generation }),
    ...(costUsd === null ? {} : { estimatedCostUsd: costUsd }),
  };
}

/** Only what can be done with the replay as it stands. */
function linksOf({ replayId, state }: ReplayRow): Replay['links'] {
  const self = `/api/dead-letters/replays/${replayId}`;
  return {
    self,
    items: `${self}/items`,
    ...(state === 'running' ? { pause: `${self}/pause` } : {}),
    ...(state === 'paused' ? { resume: `${self}/resume` } : {}),
    ...(state === 'planned' || state === 'running' || state === 'paused' ? { abort: `${self}/abort` } : {}),
  };
}
