/**
 * Whether a URL that a caller gives us may be called: by its text, and by the addresses its host has in
 * DNS right now. A fault found here is one the caller can still mend.
 *
 * This is a courtesy and not the lock: DNS changes, so every attempt is judged again before it is made.
 * Hence the trade-off when the resolver fails or is slow: the URL is accepted, with a warning in the log,
 * because an outage of the resolver must not become an outage of submissions. A host without an address
 * is refused in production only, since elsewhere receivers come and go with their developers' tunnels.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import { createResolver, type DestinationVerdict, judgeDestination, judgeUrl, ownHosts } from '@mcpoverflow/webhooks';
import type { ApiContext } from '../env.ts';
import { log } from '../log.ts';
import { type Refusal, refusalAt } from '../problems.ts';

/** Where a judgement is made. */
export interface Surroundings {
  readonly environment: string;
  /** How the engine is reached, and what must not be called: the request's own URL, and what the operator says. */
  readonly ownAddresses: readonly (string | undefined)[];
  readonly resolverUrl: string;
  readonly requestId: string;
}

/** Judges a URL; `pointer` is the place in the body that gave it. */
export type JudgeWebhookUrl = (url: string, pointer: string) => Promise<Result<void, Refusal>>;

/** For all look-ups of one request together, however many hosts a batch names. */
const LOOKUPS_LIMIT_MS = 3_000;

/**
 * The judge of one request: a host that several URLs name is looked up once, all hosts at the same time.
 * Refuses with `invalid-webhook-url` and a sentence that says what to change.
 */
export function createUrlJudge({ environment, ownAddresses, resolverUrl, requestId }: Surroundings): JudgeWebhookUrl {
  const local = environment === 'local';
  const rules = { local, ownHosts: ownHosts(ownAddresses, local) };
  // The platform's `fetch` must not be called as a member of another object.
  const resolve = createResolver({ resolverUrl, fetch: (url, init) => fetch(url, init) });
  const verdicts = new Map<string, Promise<DestinationVerdict>>();
  let limit: AbortSignal | undefined;

  async function lookUp(url: URL): Promise<DestinationVerdict> {
    limit ??= AbortSignal.timeout(LOOKUPS_LIMIT_MS);
    const verdict = await judgeDestination(url, resolve, limit);
    if (verdict.kind === 'unavailable') log('warn', 'webhook host not checked', { requestId, host: url.hostname, error: verdict.detail });
    return verdict;
  }

  return async (text, pointer) => {
    const judged = judgeUrl(text, rules);
    if (!judged.ok) return fail(refusalAt('invalid-webhook-url', pointer, judged.error));
    const { hostname } = judged.value;
    const lookup = verdicts.get(hostname) ?? lookUp(judged.value);
    verdicts.set(hostname, lookup);
    const verdict = await lookup;
    const refused = verdict.kind === 'refused' || (verdict.kind === 'unresolvable' && environment === 'production');
    return refused ? fail(refusalAt('invalid-webhook-url', pointer, verdict.detail)) : ok(undefined);
  };
}

/** The judge for the request at hand. Needs `settings`. */
export function urlJudgeOf(c: ApiContext): JudgeWebhookUrl {
  const { ENVIRONMENT, DNS_RESOLVER_URL, PUBLIC_URL } = c.get('settings');
  return createUrlJudge({
    environment: ENVIRONMENT,
    ownAddresses: [c.req.url, PUBLIC_URL],
    resolverUrl: DNS_RESOLVER_URL,
    requestId: c.get('requestId'),
  });
}
