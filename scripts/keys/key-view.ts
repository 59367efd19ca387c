/** Keys as text. Pure: what is to be shown, the width and the time come in. Nothing that opens a door is shown. */
import { isApiKeyLive } from '@mcpoverflow/types';
import { age } from '../terminal/age.ts';
import { type Column, table } from '../terminal/table.ts';
import type { StoredKey } from './key-store.ts';

/** Where a key stands: `now` in epoch milliseconds. */
export function statusOf({ record }: StoredKey, now: number): string {
  if (record.revokedAt !== undefined) return `revoked ${age(record.revokedAt, now)}`;
  if (record.expiresAt === undefined) return 'live';
  return isApiKeyLive(record, now)
    ? `live until ${record.expiresAt.slice(0, 16).replace('T', ' ')}`
    : `expired ${age(record.expiresAt, now)}`;
}

/** One line each, by tenant, the newest first. */
export function keysView(keys: readonly StoredKey[], width: number, now: number): string {
  if (keys.length === 0) return 'No keys.';
  const columns: readonly Column<StoredKey>[] = [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'TENANT', cell: ({ record }) => record.tenant, least: 10 },
    { title: 'STATUS', cell: (key) => statusOf(key, now) },
    { title: 'SCOPES', cell: ({ record }) => record.scopes.join(',') },
    { title: 'RATE', cell: ({ record }) => record.rateClass ?? 'standard', optional: true },
    { title: 'CREATED', cell: ({ record }) => age(record.createdAt, now), optional: true },
    { title: 'NAME', cell: ({ record }) => record.name ?? '-', least: 10, optional: true },
  ];
  return table(columns, inOrder(keys), width).join('\n');
}

/** A key without its hash, for machines. */
export const shownKey = ({ id, record: { hash: _hash, v: _version, ...record } }: StoredKey) => ({ id, ...record });

/** By tenant, the newest first. */
export const inOrder = (keys: readonly StoredKey[]): readonly StoredKey[] =>
  keys.toSorted(
    ({ record: left }, { record: right }) =>
      left.tenant.localeCompare(right.tenant, 'en') || right.createdAt.localeCompare(left.createdAt, 'en'),
  );
