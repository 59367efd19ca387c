/** Dead letters, groups and single ones as text. Pure: what is to be shown, the width and the time come in. */
import type { DeadLetter, DeadLetterDetail, DeadLetterEvent, DeadLetterGroup } from '@mcpoverflow/types';
import { age } from '../../terminal/age.ts';
import { oneLine } from '../../terminal/plain-text.ts';
import { type Column, table } from '../../terminal/table.ts';

/** `width` in columns, `now` in epoch milliseconds. */
export interface Look {
  readonly width: number;
  readonly now: number;
}

/** One line each. */
export function listView(deadLetters: readonly DeadLetter[], { width, now }: Look): string {
  if (deadLetters.length === 0) return 'No dead letters.';
  const columns: readonly Column<DeadLetter>[] = [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'DIED', cell: ({ lastDeathAt }) => age(lastDeathAt, now) },
    { title: 'STATUS', cell: statusOf },
    { title: 'CODE', cell: ({ code }) => code, least: 16 },
    { title: 'MESSAGE', cell: ({ message }) => message, least: 20, optional: true },
    { title: 'TYPE', cell: ({ type, kind }) => type ?? kind, optional: true },
    { title: 'TENANT', cell: ({ tenant }) => tenant ?? '-', least: 12, optional: true },
  ];
  return table(columns, deadLetters, width).join('\n');
}

/** One line for each cause. */
export function groupsView(groups: readonly DeadLetterGroup[], { width, now }: Look): string {
  if (groups.length === 0) return 'No dead letters.';
  const columns: readonly Column<DeadLetterGroup>[] = [
    { title: 'COUNT', cell: ({ count }) => String(count), align: 'right' },
    { title: 'FINGERPRINT', cell: ({ fingerprint }) => fingerprint },
    { title: 'LAST', cell: ({ lastDeathAt }) => age(lastDeathAt, now) },
    { title: 'CODE', cell: ({ code }) => code, least: 16 },
    { title: 'MESSAGE', cell: ({ sample }) => sample.message, least: 20, optional: true },
    { title: 'HELD', cell: ({ quarantined }) => String(quarantined), align: 'right', optional: true },
    { title: 'KIND', cell: ({ kind, stage }) => (stage === undefined ? kind : `${kind}, ${stage}`), optional: true },
    { title: 'FIRST', cell: ({ firstDeathAt }) => age(firstDeathAt, now), optional: true },
  ];
  return table(columns, groups, width).join('\n');
}

/** Everything about one, and what can be done with it. `command` makes a command line that can be pasted. */
export function detailView(letter: DeadLetterDetail, { width, now }: Look, command: (words: string) => string): string {
  const moment = (at: string): string => `${age(at, now)} (${at})`;
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['Status', letter.quarantined ? `${letter.status}, in quarantine: a replay skips it unless it is forced` : letter.status],
    ['Job', jobLine(letter)],
    ['Delivery', deliveryLine(letter)],
    ['Type', letter.type],
    ['Tenant', letter.tenant],
    ['Stage', letter.stage],
    ['Died', letter.deaths === 1 ? 'once' : `${letter.deaths} times, ${letter.deathsOfFingerprint} of this cause`],
    ['First', moment(letter.firstDeathAt)],
    ['Last', moment(letter.lastDeathAt)],
    ['Submission', changesLine(letter)],
    ['Attempts', letter.attempts === 0 ? undefined : letter.attempts],
    ['Replays', letter.replays],
    ['Cost', letter.costUsd === undefined ? undefined : dollars(letter.costUsd)],
    ['Fingerprint', letter.fingerprint],
    ['Payload', letter.payloadHash],
    ['Trace', letter.traceparent],
    ['Queue', letter.queue],
  ];
  return [
    letter.id,
    `${oneLine(letter.code)}: ${oneLine(letter.message)}`,
    '',
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(12)} ${oneLine(String(value))}`])),
    '',
    ...historyLines(letter.history, { width, now }),
    ...(letter.body === undefined ? [] : ['', 'The message as it came', letter.body]),
    ...(letter.status === 'dead' ? ['', ...nextSteps(letter, command)] : []),
  ].join('\n');
}

/** As people write it. */
export function dollars(amount: number): string {
  return amount > 0 && amount < 0.01 ? 'less than $0.01' : `$${amount.toFixed(2)}`;
}

function statusOf({ status, quarantined }: DeadLetter): string {
  return status === 'dead' && quarantined ? 'quarantine' : status;
}

function jobLine({ jobId, job, jobUnavailable, generation }: DeadLetterDetail): string | undefined {
  if (jobId === undefined) return undefined;
  if (jobUnavailable) return `${jobId}, generation ${generation ?? '?'}; it does not answer right now`;
  if (job === undefined) return `${jobId}, generation ${generation ?? '?'}; it was deleted`;
  return `${jobId}, generation ${job.generation}, ${job.status} now`;
}

function changesLine({ formerSubmissions = [] }: DeadLetterDetail): string | undefined {
  const { length } = formerSubmissions;
  return length === 0 ? undefined : `changed by ${length === 1 ? 'a replay' : `${length} replays`}; --json shows what it was`;
}

function deliveryLine({ deliveryId, delivery }: DeadLetterDetail): string | undefined {
  if (deliveryId === undefined || delivery === undefined) return deliveryId;
  return `${deliveryId}, ${delivery.status} now, to ${delivery.url}`;
}

function historyLines(history: readonly DeadLetterEvent[], { width, now }: Look): readonly string[] {
  const columns: readonly Column<DeadLetterEvent>[] = [
    { title: 'WHEN', cell: ({ at }) => age(at, now) },
    { title: 'WHAT', cell: ({ event }) => event },
    { title: 'GENERATION', cell: ({ generation }) => (generation === undefined ? '' : String(generation)), align: 'right' },
    { title: 'DETAIL', cell: detailOf, least: 20 },
  ];
  return table(columns, history, width);
}

function detailOf({ replayId, code, message }: DeadLetterEvent): string {
  const words = [replayId === undefined ? undefined : `replay ${replayId}`, code, message];
  return words.filter((word) => word !== undefined).join(': ');
}

function nextSteps({ id, kind, quarantined }: DeadLetterDetail, command: (words: string) => string): readonly string[] {
  const discard = `Leave it:       ${command(`discard ${id}`)}`;
  if (kind === 'message') return [discard];
  return [`Bring it back:  ${command(`replay --ids ${id}${quarantined ? ' --force' : ''}`)}`, discard];
}
