/**
 * Which URLs may receive our calls, judged from the text alone: no clock, no network.
 *
 * A webhook URL is written by a stranger and fetched by us, so it must not lead into a network that only
 * we can see (SSRF). The text is parsed the way `fetch` parses it (WHATWG URL) and the parsed host is
 * judged: decimal, hexadecimal, octal, short and full-width forms of an address are plain dotted ones
 * there. What other parsers read differently (backslashes, userinfo, control characters) is refused
 * outright. Names that answer with whatever address the caller wishes (nip.io, sslip.io, localtest.me)
 * are not listed: such a list is never complete, and `destination.ts` judges the addresses themselves.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';

export interface DestinationRules {
  /** The local environment: `http://127.0.0.1` may be called too. */
  readonly local: boolean;
  /**
   * The engine's own addresses, `hostname` (every port of it) or `hostname:port`. A loopback address here
   * stands for all of them, since they reach the same listener.
   */
  readonly ownHosts: readonly string[];
}

const MAX_CHARACTERS = 2048;

/**
 * 443 and the other HTTPS ports that Cloudflare's proxy accepts, so that a receiver behind it works:
 * https://developers.cloudflare.com/fundamentals/reference/network-ports/
 */
const ports: readonly string[] = ['443', '2053', '2083', '2087', '2096', '8443'];

/**
 * Names that never are a public host. Each covers everything below it, so that `.internal` holds
 * `metadata.google.internal`, and `.local` holds Kubernetes' `svc.cluster.local`.
 */
const privateNames: readonly string[] = [
  // RFC 6761 section 6.3: loopback.
  'localhost',
  // RFC 6762: multicast DNS; its appendix G names the private ones that people use.
  'local',
  'intranet',
  'internal',
  'private',
  'corp',
  'home',
  'lan',
  // ICANN resolution 2018.02.04.12: never delegated, since private networks use it.
  'mail',
  // What /etc/hosts of many systems appends to `localhost`.
  'localdomain',
  // RFC 3172: infrastructure; `home.arpa` (RFC 8375) and `service.arpa` (RFC 9665) are private.
  'arpa',
];

/** Names that do not resolve on the public internet, by their definition. */
const unresolvableNames: readonly string[] = [
  // RFC 6761 sections 6.2, 6.4 and 6.5; `example.com` does resolve and is not one of these.
  'test',
  'invalid',
  'example',
  // RFC 7686 and RFC 9476: not DNS at all.
  'onion',
  'alt',
];

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_HOST_CHARACTERS = 253;

/**
 * Accepts a URL or says what must change. The error reads on from the field's name, without a full stop;
 * it repeats nothing of the URL but its scheme. A fragment is refused rather than ignored: it is never
 * sent, so whoever wrote one expects something that will not happen.
 *
 * An accepted URL is not yet a safe one: its addresses are judged before every call (`judgeDestination`).
 */
export function judgeUrl(text: string, rules: DestinationRules): Result<URL, string> {
  const fault = faultOfText(text);
  if (fault !== undefined) return fail(fault);
  if (!URL.canParse(text)) return fail('must be a valid URL, such as https://example.com/hook');
  const url = new URL(text);
  const problem = faultOfUrl(text, url, rules);
  return problem === undefined ? ok(url) : fail(problem);
}

function faultOfText(text: string): string | undefined {
  if (text === '') return 'must not be empty: give a URL such as https://example.com/hook';
  if (text.length > MAX_CHARACTERS) return `must not be longer than ${MAX_CHARACTERS} characters`;
  // The parser drops tabs and line breaks and turns backslashes into slashes; others read them differently.
  if (/[\s\p{Cc}]/u.test(text)) return 'must not contain spaces, line breaks or control characters: percent-encode them';
  if (text.includes('\\')) return 'must not contain a backslash: use slashes';
  return undefined;
}

function faultOfUrl(text: string, url: URL, rules: DestinationRules): string | undefined {
  const host = withoutTrailingDots(url.hostname);
  const authority = writtenAuthority(text);
  if (authority?.includes('@')) return 'must not contain a user name or password: calls are signed instead';
  if (text.includes('#')) return 'must not contain a fragment (#…): it would never be sent';

  // Only the plain spelling: whoever writes 0x7f000001 wants to get past somebody.
  const plainLoopback = url.protocol === 'http:' && authority !== undefined && /^127\.0\.0\.1(:\d*)?$/.test(authority);
  if (rules.local && plainLoopback) return faultOfOwnHost(host, url, rules.ownHosts);
  if (rules.local && isLoopback(host)) return 'must spell a receiver on this machine http://127.0.0.1, with any port';

  if (url.protocol !== 'https:') return `must use https, not ${url.protocol.slice(0, 20).replace(/:$/, '')}`;
  if (authority === undefined) return 'must begin with https:// and a host name';
  return faultOfHost(host, url.hostname) ?? faultOfPort(url) ?? faultOfOwnHost(host, url, rules.ownHosts);
}

/** Host and port as they were written; undefined without the two slashes that the parser would forgive. */
function writtenAuthority(text: string): string | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i.exec(text)?.[1];
}

function faultOfHost(host: string, written: string): string | undefined {
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  // A last label that is a number makes an address (URL Standard, "ends in a number checker").
  if (host.startsWith('[') || /^(\d+|0x[0-9a-f]*)$/.test(last)) return 'must name its host, not an IP address: use a public DNS name';
  const privateName = privateNames.find((name) => name === last);
  if (privateName !== undefined) return `must not name a host of a private network (.${privateName}): use a public DNS name`;
  const unresolvable = unresolvableNames.find((name) => name === last);
  if (unresolvable !== undefined) return `must not use the reserved ending .${unresolvable}, which never resolves: use a public DNS name`;
  if (labels.length === 1) return 'must not name a host without a dot: use a public DNS name';
  const fullName = written.replace(/\.$/, '');
  if (fullName.length > MAX_HOST_CHARACTERS || !fullName.split('.').every((label) => LABEL.test(label))) {
    return 'must have a valid host name: letters, digits and hyphens, at most 63 between dots and 253 in all';
  }
  return undefined;
}

function faultOfPort(url: URL): string | undefined {
  return ports.includes(portOf(url)) ? undefined : `must use one of the ports ${ports.join(', ')}`;
}

function faultOfOwnHost(host: string, url: URL, ownHosts: readonly string[]): string | undefined {
  const isOwn = ownHosts.some((ownHost) => {
    const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(ownHost.toLowerCase()) ?? [];
    const ownName = withoutTrailingDots(name);
    const sameName = ownName === host || (isLoopback(ownName) && isLoopback(host));
    return sameName && (port === undefined || port === portOf(url));
  });
  return isOwn ? "must not name this engine's own address: give your receiver's" : undefined;
}

/** Every spelling that reaches this machine's own listeners; `0.0.0.0` does on Linux and macOS. */
function isLoopback(host: string): boolean {
  const literal = /^127(\.\d+){3}$|^0\.0\.0\.0$|^\[::1?\]$|^\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]$/;
  return host === 'localhost' || host.endsWith('.localhost') || literal.test(host);
}

const portOf = (url: URL): string => url.port || (url.protocol === 'https:' ? '443' : '80');
const withoutTrailingDots = (host: string): string => host.replace(/\.+$/, '');
