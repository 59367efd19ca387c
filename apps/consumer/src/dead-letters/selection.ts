/**
 * Which dead letters somebody means, as a condition in SQL. Whose letters a caller may see is the first
 * part of every condition there is, so no query can forget it.
 */
import type { DeadLetterFilter, DeadLetterScope, DeadLetterStatus } from '@mcpoverflow/types';

/** A condition and what is bound to it, in order. */
export interface Condition {
  readonly sql: string;
  readonly bindings: readonly (string | number)[];
}

export const both = (one: Condition, other: Condition): Condition => ({
  sql: `${one.sql} AND ${other.sql}`,
  bindings: [...one.bindings, ...other.bindings],
});

/** A tenant's own; a letter without a tenant is nobody's but the operator's. */
export const inScope = ({ tenant }: DeadLetterScope): Condition =>
  tenant === null ? { sql: 'TRUE', bindings: [] } : { sql: 'tenant = ?', bindings: [tenant] };

/** Everything that a filter names; times are of the last death, `since` included, `until` not. */
export function selected(scope: DeadLetterScope, filter: DeadLetterFilter): Condition {
  const { since, until, ...equal } = filter;
  const conditions: Condition[] = [
    ...(['status', 'kind', 'type', 'tenant', 'fingerprint', 'code'] as const).flatMap((column) => {
      const value = equal[column];
      return value === undefined ? [] : [{ sql: `${column} = ?`, bindings: [value] }];
    }),
    ...(since === undefined ? [] : [{ sql: 'last_death_at >= ?', bindings: [Date.parse(since)] }]),
    ...(until === undefined ? [] : [{ sql: 'last_death_at < ?', bindings: [Date.parse(until)] }]),
  ];
  return conditions.reduce(both, inScope(scope));
}

/** A filter that names no status means what stands. */
export const standing = (filter: DeadLetterFilter): DeadLetterFilter => ({ ...filter, status: filter.status ?? 'dead' });

/** What a replay's filter means without a status: what stands, and what somebody else brings back right now, so that the plan says so. */
const replayable: readonly DeadLetterStatus[] = ['dead', 'replaying'];
export const toReplay = (scope: DeadLetterScope, filter: DeadLetterFilter): Condition =>
  filter.status === undefined
    ? both(selected(scope, filter), { sql: `status IN (${replayable.map(() => '?').join(', ')})`, bindings: replayable })
    : selected(scope, filter);
