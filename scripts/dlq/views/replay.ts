/** A replay as text: its plan, its way, and how it ended. Pure, like everything that is only shown. */
import type { Replay, ReplayItem } from '@mcpoverflow/types';
import { cut } from '../../terminal/columns.ts';
import { oneLine } from '../../terminal/plain-text.ts';
import { type Column, table } from '../../terminal/table.ts';
import { dollars } from './dead-letters.ts';

const LISTED_ITEMS = 20;
const LONGEST_BAR = 40;
const SHORTEST_BAR = 10;

/** What would be replayed and how, what would not and why. `skipped` are some or all of the skipped items. */
export function planView(plan: Replay, skipped: readonly ReplayItem[], width: number): string {
  const { counts, estimatedCostUsd } = plan;
  const willReplay = plan.items.filter(({ state }) => state === 'will-replay').slice(0, LISTED_ITEMS);
  const unlisted = counts.waiting - willReplay.length;
  const columns: readonly Column<ReplayItem>[] = [
    { title: 'WILL REPLAY', cell: ({ deadLetterId }) => deadLetterId },
    { title: 'COST', cell: (item) => (item.estimatedCostUsd === undefined ? '-' : dollars(item.estimatedCostUsd)), align: 'right' },
  ];
  return [
    `Plan ${plan.replayId}: ${counts.waiting} of ${counts.total} will be replayed, ${mannerOf(plan)}.`,
    ...(counts.skipped === 0 ? [] : ['', `Skipped: ${counts.skipped}`, ...reasonLines(skipped, counts.skipped, width)]),
    ...(willReplay.length === 0 ? [] : ['', ...table(columns, willReplay, width)]),
    ...(unlisted > 0 ? [`… and ${unlisted} more`] : []),
    '',
    `Estimated cost: ${estimatedCostUsd === undefined ? 'not known' : `${dollars(estimatedCostUsd)}, as the last time`}`,
  ].join('\n');
}

/**
 * Where it is, in one line of at most `width` columns (0 means a line of its own, without a bar).
 * Skipped items are nobody's work and count for nothing.
 */
export function progressView(replay: Replay, width: number): string {
  const { total, skipped, recovered, died, cancelled, running } = replay.counts;
  const work = total - skipped;
  const ended = recovered + died + cancelled;
  const share = work === 0 ? 1 : ended / work;
  const details = [`${recovered} recovered`, ...some(died, 'died'), ...some(cancelled, 'cancelled'), ...some(running, 'running')].join(
    ', ',
  );
  const state = replay.state === 'running' ? '' : `, ${replay.state}`;
  const text = `${String(Math.floor(share * 100)).padStart(3)} %  ${ended} of ${work}: ${details}${state}`;
  const room = Math.min(LONGEST_BAR, width - text.length - '[] '.length);
  if (room < SHORTEST_BAR) return text;
  const filled = Math.floor(share * room);
  return `[${'#'.repeat(filled)}${'-'.repeat(room - filled)}] ${text}`;
}

/** How it ended, in a few lines. `died` are some or all of those that died again. */
export function outcomeView(replay: Replay, died: readonly ReplayItem[]): string {
  const { counts } = replay;
  const words = [
    `${counts.recovered} recovered`,
    ...some(counts.died, 'died again'),
    ...some(counts.cancelled, 'cancelled'),
    ...some(counts.notStarted, 'not started'),
    ...some(counts.skipped, 'skipped'),
  ].join(', ');
  const ids = died.slice(0, LISTED_ITEMS).map(({ deadLetterId }) => `  ${oneLine(deadLetterId)}`);
  const unlisted = counts.died - ids.length;
  return [
    `The replay is ${replay.state}: ${words}.`,
    ...(replay.reason === undefined ? [] : [oneLine(replay.reason)]),
    ...(ids.length === 0 ? [] : ['Died again:', ...ids]),
    ...(ids.length > 0 && unlisted > 0 ? [`  … and ${unlisted} more`] : []),
  ].join('\n');
}

/** True when nothing more will come of it. */
export const hasEnded = ({ state, counts }: Replay): boolean =>
  state === 'completed' || ((state === 'stopped' || state === 'aborted') && counts.running === 0);

/** True when everything that was to be replayed came back; false when all of it was skipped after all. */
export const allRecovered = ({ counts: { total, skipped, recovered } }: Replay): boolean =>
  recovered === total - skipped && (recovered > 0 || total === 0);

function mannerOf({ ratePerSecond, canary, stopOnFailureRatio, force }: Replay): string {
  return [
    `${ratePerSecond} a second`,
    ...(canary === 0 ? [] : [`${canary} first as a canary`]),
    ...(stopOnFailureRatio === undefined ? [] : [`stopping when more than ${Math.round(stopOnFailureRatio * 100)} % die again`]),
    ...(force ? ['quarantine ignored'] : []),
  ].join(', ');
}

/** Equal reasons are counted, the commonest first. */
function reasonLines(skipped: readonly ReplayItem[], all: number, width: number): readonly string[] {
  const byReason = Map.groupBy(skipped, ({ reason }) => reason ?? 'no reason was given');
  const lines = [...byReason]
    .toSorted(([, one], [, other]) => other.length - one.length)
    .map(([reason, items]) => cut(`${String(items.length).padStart(6)}  ${oneLine(reason)}`, width));
  return all > skipped.length ? [...lines, `${String(all - skipped.length).padStart(6)}  more, not looked at here`] : lines;
}

const some = (count: number, word: string): readonly string[] => (count === 0 ? [] : [`${count} ${word}`]);
