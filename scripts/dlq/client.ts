/** The engine's calls about dead letters, as far as the command line needs them. Never throws. */
import {
  type DeadLetterDetail,
  type DeadLetterFilter,
  type DeadLetterGroups,
  type DeadLetterList,
  deadLetterDetailSchema,
  deadLetterGroupsSchema,
  deadLetterListSchema,
  discardedSchema,
  type Replay,
  type ReplayItem,
  type ReplayItemList,
  type ReplayRequest,
  type Result,
  replayItemListSchema,
  replaySchema,
} from '@mcpoverflow/types';
import type { Connection, Trouble } from '../engine/connection.ts';

export interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface DeadLettersClient {
  readonly url: string;
  list(filter: DeadLetterFilter, page: Page): Promise<Result<DeadLetterList, Trouble>>;
  groups(filter: DeadLetterFilter, page: Page): Promise<Result<DeadLetterGroups, Trouble>>;
  show(id: string): Promise<Result<DeadLetterDetail, Trouble>>;
  discard(id: string): Promise<Result<{ readonly discarded: number }, Trouble>>;
  discardAll(filter: DeadLetterFilter): Promise<Result<{ readonly discarded: number }, Trouble>>;
  /** Plans, or starts: a plan of its own, or one that was made before. */
  replay(request: ReplayRequest): Promise<Result<Replay, Trouble>>;
  readReplay(replayId: string): Promise<Result<Replay, Trouble>>;
  /** The first hundred items in that state. */
  items(replayId: string, state: ReplayItem['state']): Promise<Result<ReplayItemList, Trouble>>;
  control(replayId: string, action: 'pause' | 'resume' | 'abort'): Promise<Result<Replay, Trouble>>;
}

const root = '/api/dead-letters';

/** Ids are put into addresses as they are: whoever read them from a command line has checked their form. */
export function createDeadLettersClient({ url, read }: Connection): DeadLettersClient {
  const post = (body: unknown): RequestInit => ({
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return {
    url,
    list: (filter, page) => read(`${root}?${query({ ...filter, ...page })}`, deadLetterListSchema),
    groups: (filter, page) => read(`${root}/groups?${query({ ...filter, ...page })}`, deadLetterGroupsSchema),
    show: (id) => read(`${root}/${id}`, deadLetterDetailSchema),
    discard: (id) => read(`${root}/${id}`, discardedSchema, { method: 'DELETE' }),
    discardAll: (filter) => read(`${root}?${query(filter)}`, discardedSchema, { method: 'DELETE' }),
    replay: (request) => read(`${root}/replay`, replaySchema, post(request)),
    readReplay: (replayId) => read(`${root}/replays/${replayId}`, replaySchema),
    items: (replayId, state) => read(`${root}/replays/${replayId}/items?${query({ state, limit: 100 })}`, replayItemListSchema),
    control: (replayId, action) => read(`${root}/replays/${replayId}/${action}`, replaySchema, { method: 'POST' }),
  };
}

function query(fields: Readonly<Record<string, string | number | undefined>>): URLSearchParams {
  const given = Object.entries(fields).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]));
  return new URLSearchParams(given);
}
