/** Dead letters and replays as an operator sees them over HTTP; what waits here asks again, since no answer announces a death. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type DeadLetter,
  type DeadLetterDetail,
  type DeadLetterGroup,
  deadLetterDetailSchema,
  deadLetterGroupsSchema,
  deadLetterListSchema,
  discardedSchema,
  type Replay,
  type ReplayItem,
  type ReplayRequest,
  replayItemListSchema,
  replaySchema,
} from '@mcpoverflow/types';

export interface Caller {
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

const LOOK_EVERY_MS = 100;
const WITHIN_MS = 90_000;
const ROOT = '/api/dead-letters';

/** The caller who shows an API key. */
export const withKey = (engine: Caller, key: string): Caller => ({
  fetch: (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${key}`);
    return engine.fetch(path, { ...init, headers });
  },
});

/** The answer's body; throws with it unless it is a success. */
async function ask(engine: Caller, path: string, init: RequestInit = {}): Promise<unknown> {
  const answer = await engine.fetch(path, init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${path} was answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

/** What becomes true sooner or later; throws with what was seen last when it does not. */
async function when<T>(look: () => Promise<T>, condition: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + WITHIN_MS;
  for (;;) {
    const seen = await look();
    if (condition(seen)) return seen;
    if (Date.now() > end) throw new Error(`It does not become what it should: ${JSON.stringify(seen)}`);
    await delay(LOOK_EVERY_MS);
  }
}

/** A page's path: the query and, from the second page on, its cursor. */
const pagePath = (path: string, query: string, cursor: string | undefined): string =>
  `${path}?${new URLSearchParams([...new URLSearchParams(query), ...(cursor === undefined ? [] : [['cursor', cursor]])])}`;

async function all<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const seen: T[] = [];
  for await (const page of pages) seen.push(page);
  return seen;
}

/** Every page of a list, one after the other. */
export async function* pagesOf(engine: Caller, query = ''): AsyncGenerator<readonly DeadLetter[]> {
  let cursor: string | undefined;
  do {
    const { deadLetters, next } = deadLetterListSchema.parse(await ask(engine, pagePath(ROOT, query, cursor)));
    yield deadLetters;
    cursor = next;
  } while (cursor !== undefined);
}

/** All dead letters of a query, the latest death first. */
export const lettersOf = async (engine: Caller, query = ''): Promise<readonly DeadLetter[]> =>
  (await all(pagesOf(engine, `limit=100&${query}`))).flat();

/** The list once it holds so many. */
export const lettersWhen = (engine: Caller, query: string, count: number): Promise<readonly DeadLetter[]> =>
  when(
    () => lettersOf(engine, query),
    (letters) => letters.length >= count,
  );

/** Every page of the groups. */
export async function* groupPagesOf(engine: Caller, query = ''): AsyncGenerator<readonly DeadLetterGroup[]> {
  let cursor: string | undefined;
  do {
    const { groups, next } = deadLetterGroupsSchema.parse(await ask(engine, pagePath(`${ROOT}/groups`, query, cursor)));
    yield groups;
    cursor = next;
  } while (cursor !== undefined);
}

export const groupsOf = async (engine: Caller, query = ''): Promise<readonly DeadLetterGroup[]> =>
  (await all(groupPagesOf(engine, `limit=100&${query}`))).flat();

export const letterOf = async (engine: Caller, id: string): Promise<DeadLetterDetail> =>
  deadLetterDetailSchema.parse(await ask(engine, `${ROOT}/${id}`));

/** The dead letter once it is as it should be; until then it may not even exist. */
export async function letterWhen(engine: Caller, id: string, condition: (letter: DeadLetterDetail) => boolean): Promise<DeadLetterDetail> {
  await when(
    async () => (await engine.fetch(`${ROOT}/${id}`)).status,
    (status) => status === 200,
  );
  return when(() => letterOf(engine, id), condition);
}

/** The dead letter of a job that has died, once it is `dead`. */
export const deadJob = (engine: Caller, jobId: string): Promise<DeadLetterDetail> =>
  letterWhen(engine, `job_${jobId}`, ({ status }) => status === 'dead');

/** The answer to a replay, whatever it is. */
export const postReplay = (engine: Caller, request: ReplayRequest, idempotencyKey?: string): Promise<Response> =>
  engine.fetch(`${ROOT}/replay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(idempotencyKey === undefined ? {} : { 'idempotency-key': `"${idempotencyKey}"` }) },
    body: JSON.stringify(request),
  });

/** Starts a replay, or plans it when it is a dry run. Refuses every answer but 202, and 200 of a plan. */
export async function startReplay(engine: Caller, request: ReplayRequest, idempotencyKey?: string): Promise<Replay> {
  const answer = await postReplay(engine, request, idempotencyKey);
  const text = await answer.text();
  if (answer.status !== (request.dryRun === true ? 200 : 202)) throw new Error(`A replay was answered ${answer.status}: ${text}`);
  return replaySchema.parse(JSON.parse(text));
}

export const replayOf = async (engine: Caller, replayId: string): Promise<Replay> =>
  replaySchema.parse(await ask(engine, `${ROOT}/replays/${replayId}`));

export const replayWhen = (engine: Caller, replayId: string, condition: (replay: Replay) => boolean): Promise<Replay> =>
  when(() => replayOf(engine, replayId), condition);

/** The replay once it starts nothing more and nothing of it is under way. */
export const endedReplay = (engine: Caller, replayId: string): Promise<Replay> =>
  replayWhen(engine, replayId, ({ state, counts }) => ['completed', 'stopped', 'aborted'].includes(state) && counts.running === 0);

/** Every item of a replay, page by page. */
export async function* itemPagesOf(engine: Caller, replayId: string, query = ''): AsyncGenerator<readonly ReplayItem[]> {
  let cursor: string | undefined;
  do {
    const { items, next } = replayItemListSchema.parse(await ask(engine, pagePath(`${ROOT}/replays/${replayId}/items`, query, cursor)));
    yield items;
    cursor = next;
  } while (cursor !== undefined);
}

export const itemsOf = async (engine: Caller, replayId: string, query = ''): Promise<readonly ReplayItem[]> =>
  (await all(itemPagesOf(engine, replayId, `limit=100&${query}`))).flat();

/** Pauses, resumes or aborts. Refuses everything but success. */
export const controlReplay = async (engine: Caller, replayId: string, action: 'pause' | 'resume' | 'abort'): Promise<Replay> =>
  replaySchema.parse(await ask(engine, `${ROOT}/replays/${replayId}/${action}`, { method: 'POST' }));

/** Discards one by its path's end (`/job_…`), or all of a query (`?status=dead`). @returns how many */
export const discard = async (engine: Caller, selection: string): Promise<number> =>
  discardedSchema.parse(await ask(engine, `${ROOT}${selection}`, { method: 'DELETE' })).discarded;
