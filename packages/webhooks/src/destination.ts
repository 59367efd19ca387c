/**
 * Whether a URL that passed `judgeUrl` may be called right now: every address its host has must be
 * public. Judged when a URL is given and again before every attempt, since DNS changes.
 *
 * What remains (DNS rebinding): `fetch` resolves the name once more, and a Worker cannot hand it the
 * address that was judged, because TLS needs the name. A host whose DNS answers us with a public address
 * and `fetch` with a private one a moment later gets past this check. Deployed, the flag
 * `global_fetch_strictly_public` closes most of that window, since such a `fetch` leaves through
 * Cloudflare's public network, which has no private addresses to reach; a self-hosted engine needs an
 * egress rule for the same.
 */
import { isPublicAddress } from './address-rules.ts';
import type { ResolveHost } from './resolve-host.ts';

/** `detail` reads on from the URL's field name, without a full stop, like the errors of `judgeUrl`. */
export type DestinationVerdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly detail: string }
  /** DNS has no address for the host; whether that refuses a URL is the caller's rule. */
  | { readonly kind: 'unresolvable'; readonly detail: string }
  /** The resolver did not say; try again. */
  | { readonly kind: 'unavailable'; readonly detail: string };

/**
 * Judges a URL that `judgeUrl` accepted, under the same rules. One private address refuses them all: which
 * one `fetch` would take is not ours to choose. The detail does not say which address it was, or the
 * engine would answer strangers what its resolver sees.
 */
export async function judgeDestination(url: URL, resolve: ResolveHost, signal: AbortSignal): Promise<DestinationVerdict> {
  // `judgeUrl` lets this one address through, in the local environment only.
  if (url.protocol === 'http:' && url.hostname === '127.0.0.1') return { kind: 'allowed' };
  const resolution = await resolve(url.hostname.replace(/\.$/, ''), signal);
  if (resolution.kind !== 'addresses') return resolution;
  if (resolution.addresses.every(isPublicAddress)) return { kind: 'allowed' };
  return { kind: 'refused', detail: 'must name a host whose addresses are all public' };
}
