/**
 * The addresses of a host name, asked over HTTPS in the JSON form that Cloudflare and Google serve
 * (https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json/).
 *
 * A Worker cannot see what `fetch` resolves, so we ask ourselves, for IPv4 and IPv6 at once. If either
 * answer is missing the whole is unavailable: the one we do not see may be the private one. The resolver
 * is configured by the operator, but its answers are still read as a stranger's.
 */
import * as z from 'zod';
import { readStart } from './read-start.ts';

/** `detail` reads on from the URL's field name, without a full stop, like the errors of `judgeUrl`. */
export type Resolution =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'unresolvable'; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string };

/** Never throws; an aborted signal answers `unavailable`. */
export type ResolveHost = (hostname: string, signal: AbortSignal) => Promise<Resolution>;

/** The way out: the global `fetch`, or what a test puts there. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Who is asked unless the operator names another. */
export const DEFAULT_RESOLVER_URL = 'https://cloudflare-dns.com/dns-query';

export interface ResolverPorts {
  /** The resolver's endpoint, such as `https://cloudflare-dns.com/dns-query`; a query it has is kept. */
  readonly resolverUrl: string;
  readonly fetch: Fetch;
}

const QUERY_LIMIT_MS = 3_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** RFC 1035 section 4.1.1. */
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;
/** RFC 1035 section 3.2.2 and RFC 3596; what else is in an answer (CNAME, type 5) only led there. */
const addressTypes: readonly number[] = [1, 28];

const answerSchema = z.looseObject({
  Status: z.number(),
  /** Truncated: there are addresses that we do not see. */
  TC: z.boolean().optional(),
  Answer: z.array(z.looseObject({ type: z.number(), data: z.string() })).optional(),
});

type FamilyAnswer = { readonly addresses: readonly string[] } | { readonly unavailable: string };

/** Binds the ports. Each of the two queries has 3 seconds. */
export function createResolver({ resolverUrl, fetch }: ResolverPorts): ResolveHost {
  async function ask(hostname: string, type: 'A' | 'AAAA', signal: AbortSignal): Promise<FamilyAnswer> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(QUERY_LIMIT_MS)]);
    try {
      const url = new URL(resolverUrl);
      url.searchParams.set('name', hostname);
      url.searchParams.set('type', type);
      const response = await fetch(url.href, {
        headers: { accept: 'application/dns-json' },
        redirect: 'manual',
        signal: limited,
      });
      const body = await readStart(response.body, MAX_ANSWER_BYTES);
      if (!response.ok) return { unavailable: `answered HTTP ${response.status}` };
      if (body.end === 'cut') return { unavailable: 'sent too long an answer' };
      if (body.end === 'broken') return { unavailable: 'did not answer in full' };
      return readAnswer(new TextDecoder().decode(body.bytes));
    } catch {
      return { unavailable: limited.aborted ? 'did not answer in time' : 'cannot be reached' };
    }
  }

  return async (hostname, signal) => {
    const families = await Promise.all([ask(hostname, 'A', signal), ask(hostname, 'AAAA', signal)]);
    const addresses: string[] = [];
    for (const family of families) {
      if ('unavailable' in family) {
        return { kind: 'unavailable', detail: `could not be checked: the DNS resolver ${family.unavailable}` };
      }
      addresses.push(...family.addresses);
    }
    if (addresses.length > 0) return { kind: 'addresses', addresses };
    return { kind: 'unresolvable', detail: 'names a host that has no address in DNS: check its spelling' };
  };
}

function readAnswer(text: string): FamilyAnswer {
  const parsed = answerSchema.safeParse(parseOrUndefined(text));
  if (!parsed.success) return { unavailable: 'sent an answer that is not DNS JSON' };
  const { Status: status, TC: truncated, Answer: records = [] } = parsed.data;
  if (status === NO_SUCH_NAME) return { addresses: [] };
  if (status !== NO_ERROR) return { unavailable: `reported DNS error ${status}` };
  if (truncated === true) return { unavailable: 'sent a truncated answer' };
  return { addresses: records.filter(({ type }) => addressTypes.includes(type)).map(({ data }) => data) };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
