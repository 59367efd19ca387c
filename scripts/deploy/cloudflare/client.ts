/**
 * One call to Cloudflare's API: sent, repeated where that is safe, and its answer parsed. Never throws.
 *
 * GET, PUT, PATCH and DELETE say what shall be and are repeated after a failure that may pass. A POST makes something
 * new, and when its answer is lost nobody knows whether it did: it is sent once, and whoever called looks again.
 * No client library: its size and its own retries would hide which calls a deployment makes.
 */
import { fail, ok, parseRetryAfter, type Result } from '@mcpoverflow/types';
import * as z from 'zod';

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const CALL_LIMIT_MS = 60_000;
const PAGE_SIZE = 100;
/** Of one list: an API that never comes to an end must not be asked for ever. */
const MOST_PAGES = 100;

/** Why a call failed. Only after `refused` it is certain that nothing was changed. */
export interface Trouble {
  readonly kind: 'refused' | 'unavailable' | 'unreadable';
  /** What was called, and what came of it. */
  readonly sentence: string;
  readonly status: number | undefined;
  /** Cloudflare's own codes. */
  readonly codes: readonly number[];
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Cloudflare {
  /** Calls `path` below the API's address; the answer's `result` is of that shape. */
  call<T>(method: Method, path: string, result: z.ZodType<T>, body?: unknown): Promise<Result<T, Trouble>>;
  /** All pages of a list; one of more than 100 is unreadable. */
  list<T>(path: string, item: z.ZodType<T>): Promise<Result<readonly T[], Trouble>>;
  /** The first 100 pages of a list that names a cursor for what follows. */
  listOnward<T>(path: string, query: Readonly<Record<string, string>>, item: z.ZodType<T>): Promise<Result<readonly T[], Trouble>>;
}

export interface CloudflareAccess {
  /** Such as https://api.cloudflare.com/client/v4 */
  readonly baseUrl: string;
  readonly token: string;
  /** Ends what is under way; what is called after it fails. */
  readonly interrupted: AbortSignal;
  wait(milliseconds: number): Promise<void>;
}

/** What a list says of the page that it answers with: each list says less or more of it. */
const pageSchema = z.object({
  total_pages: z.number().optional(),
  total_count: z.number().optional(),
  per_page: z.number().optional(),
  /** Empty on the last page. */
  cursor: z.string().nullish(),
});
type Page = z.infer<typeof pageSchema>;

const envelopeSchema = z.object({
  success: z.boolean(),
  errors: z.array(z.object({ code: z.number().default(0), message: z.string().default('') })).default([]),
  result: z.unknown(),
  result_info: pageSchema.nullish(),
});

/** The API at `baseUrl`, on behalf of who holds the token. */
export function createCloudflare({ baseUrl, token, interrupted, wait }: CloudflareAccess): Cloudflare {
  async function attempt<T>(method: Method, path: string, result: z.ZodType<T>, body: unknown): Promise<Attempt<T>> {
    const called = `${method} ${path.replace(/\?.*/, '')}`;
    const text = typeof body === 'string';
    try {
      const response = await fetch(baseUrl + path, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'Content-Type': text ? 'text/plain' : 'application/json' }),
        },
        ...(body === undefined ? {} : { body: text ? body : JSON.stringify(body) }),
        signal: AbortSignal.any([AbortSignal.timeout(CALL_LIMIT_MS), interrupted]),
      });
      const pauseMs = parseRetryAfter(response.headers.get('Retry-After'), Date.now());
      return { answer: read(called, response.status, await response.text(), result), pauseMs };
    } catch (error) {
      // What fetch says of a broken connection is in the cause; neither holds the token.
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
      return { answer: fail(trouble('unavailable', `${called}: no answer from ${baseUrl}. ${cause}`.trim())), pauseMs: undefined };
    }
  }

  async function repeated<T>(method: Method, path: string, result: z.ZodType<T>, body?: unknown): Promise<Result<Answer<T>, Trouble>> {
    for (let count = 1; ; count += 1) {
      const { answer, pauseMs } = await attempt(method, path, result, body);
      if (answer.ok || answer.error.kind === 'refused' || method === 'POST') return answer;
      if (count === ATTEMPTS || interrupted.aborted) return answer;
      await wait(Math.min(pauseMs ?? FIRST_PAUSE_MS * 2 ** (count - 1), LONGEST_PAUSE_MS));
    }
  }

  async function list<T>(path: string, item: z.ZodType<T>): Promise<Result<readonly T[], Trouble>> {
    const items: T[] = [];
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const query = new URLSearchParams({ page: String(page), per_page: String(PAGE_SIZE) });
      const answer = await repeated('GET', `${path}?${query}`, z.array(item));
      if (!answer.ok) return answer;
      const { result, page: said } = answer.value;
      items.push(...result);
      if (result.length === 0 || !hasMore(said, page, items.length, result.length)) return ok(items);
    }
    return fail(trouble('unreadable', `GET ${path}: the list has more than ${MOST_PAGES} pages.`));
  }

  async function listOnward<T>(path: string, query: Readonly<Record<string, string>>, item: z.ZodType<T>) {
    const items: T[] = [];
    let cursor: string | undefined;
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const parameters = new URLSearchParams({ ...query, ...(cursor === undefined ? {} : { cursor }) });
      const answer = await repeated('GET', `${path}?${parameters}`, z.array(item));
      if (!answer.ok) return answer;
      items.push(...answer.value.result);
      cursor = answer.value.page?.cursor || undefined;
      if (cursor === undefined) break;
    }
    return ok(items);
  }

  return {
    call: async (method, path, result, body) => {
      const answer = await repeated(method, path, result, body);
      return answer.ok ? ok(answer.value.result) : answer;
    },
    list,
    listOnward,
  };
}

interface Answer<T> {
  readonly result: T;
  /** Of a list that comes in pages. */
  readonly page: Page | undefined;
}

interface Attempt<T> {
  readonly answer: Result<Answer<T>, Trouble>;
  /** What `Retry-After` asked for. */
  readonly pauseMs: number | undefined;
}

function read<T>(called: string, status: number, text: string, schema: z.ZodType<T>): Result<Answer<T>, Trouble> {
  const envelope = envelopeSchema.safeParse(jsonFrom(text));
  const passing = status >= 500 || status === 429;
  if (!envelope.success) {
    // Proxies answer in HTML; what they say about themselves helps nobody.
    return fail(trouble(passing ? 'unavailable' : 'unreadable', `${called}: answered ${status}, but not in JSON.`, status));
  }
  const { success, errors, result, result_info } = envelope.data;
  if (!success || status >= 400) {
    const said = errors.map(({ code, message }) => `${message} [code: ${code}]`).join('; ') || 'no reason given';
    const codes = errors.map(({ code }) => code);
    return fail(trouble(passing ? 'unavailable' : 'refused', `${called}: answered ${status}: ${said}`, status, codes));
  }
  const parsed = schema.safeParse(result);
  return parsed.success
    ? ok({ result: parsed.data, page: result_info ?? undefined })
    : fail(trouble('unreadable', `${called}: the answer has not the shape that this release knows (${pathsOf(parsed.error)}).`, status));
}

/** Whether a list goes on after `page`, of `length` items, with which `seen` are there. One that says nothing of pages came whole. */
function hasMore(said: Page | undefined, page: number, seen: number, length: number): boolean {
  if (said?.total_count !== undefined) return seen < said.total_count;
  if (said?.total_pages !== undefined) return page < said.total_pages;
  return said?.per_page !== undefined && length >= said.per_page;
}

function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const pathsOf = (error: z.ZodError): string => error.issues.map((issue) => issue.path.join('.') || 'result').join(', ');

function trouble(kind: Trouble['kind'], sentence: string, status?: number, codes: readonly number[] = []): Trouble {
  return { kind, sentence, status, codes };
}
