/**
 * Sends a request and keeps it in bounds: a time-out over everything, redirects to the same origin
 * only (credentials must not follow a redirect elsewhere), and patience with an API that is busy.
 */

const MAX_REDIRECTS = 3;
const MAX_RETRIES = 2;
/** Longer waits are the model's business: it is told the status and can try later. */
const MAX_WAIT_MS = 5_000;

export interface Clockwork {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** The API answered with a redirect to another host, or with too many of them. */
export class RefusedRedirect extends Error {}

/**
 * The API's answer after redirects and retries. Throws what `fetch` throws, a `TimeoutError` after
 * `timeoutMs`, and {@link RefusedRedirect}.
 */
export async function send(request: Request, timeoutMs: number, clockwork: Clockwork): Promise<Response> {
  const signal = AbortSignal.timeout(timeoutMs);
  for (let attempt = 0; ; attempt += 1) {
    const response = await follow(new Request(request.clone(), { signal }), clockwork);
    const wait = attempt < MAX_RETRIES ? waitBeforeRetry(response) : undefined;
    if (wait === undefined) return response;
    await response.body?.cancel();
    await clockwork.sleep(wait);
    signal.throwIfAborted();
  }
}

async function follow(request: Request, clockwork: Clockwork): Promise<Response> {
  let current = request;
  for (let hop = 0; ; hop += 1) {
    const next = current.clone();
    const response = await clockwork.fetch(current);
    const location = response.headers.get('Location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    const target = new URL(location, current.url);
    if (target.origin !== new URL(current.url).origin) throw new RefusedRedirect(elsewhere(new URL(current.url), target));
    if (hop >= MAX_REDIRECTS) throw new RefusedRedirect('The API redirects too often.');
    const isKept = keepsMethod(current.method, response.status);
    const { headers, method, signal } = next;
    if (!isKept) headers.delete('Content-Type');
    // A stream would go in chunks, and some servers want to know the length.
    const body = isKept && next.body ? await next.arrayBuffer() : null;
    current = new Request(target, { method: isKept ? method : 'GET', headers, body, redirect: 'manual', signal });
  }
}

function elsewhere(address: URL, target: URL): string {
  if (target.hostname !== address.hostname || target.protocol === address.protocol)
    return `The API redirects to another host (${target.host}); that is not followed.`;
  const scheme = target.protocol.slice(0, -1);
  return `The API redirects to ${scheme}; that is not followed. The variable BASE_URL of this connector should begin with ${target.origin}.`;
}

/** 303 asks to read elsewhere; after 301 and 302 only a POST becomes a GET, as it always was (RFC 9110, section 15.4). */
function keepsMethod(method: string, status: number): boolean {
  if (status === 303) return method === 'GET' || method === 'HEAD';
  return method !== 'POST' || (status !== 301 && status !== 302);
}

/** Milliseconds to wait when the API says "later" (429, 503) and names a short time; undefined for no retry. */
function waitBeforeRetry(response: Response): number | undefined {
  if (response.status !== 429 && response.status !== 503) return undefined;
  const after = response.headers.get('Retry-After')?.trim() ?? '';
  const wait = /^\d+$/.test(after) ? Number(after) * 1000 : untilDate(after, response);
  return wait >= 0 && wait <= MAX_WAIT_MS ? wait : undefined;
}

/** By the API's own clock, because ours may differ; NaN when either date is missing or unreadable. */
const untilDate = (after: string, response: Response): number => Date.parse(after) - Date.parse(response.headers.get('Date') ?? '');
