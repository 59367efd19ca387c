/**
 * The one case in which a call needs no key, and no limit holds: `AUTH=none` in the local environment. It is
 * also known by its address: a Worker deployed with the local settings is called by another host name, and
 * so is an engine on this machine by a web page that had its own name resolve to 127.0.0.1.
 */
import type { ApiContext } from '../env.ts';

const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether an origin or address is this machine's. */
export const isLocal = (origin: string): boolean => URL.canParse(origin) && loopbackHosts.has(new URL(origin).hostname);

/** Whether the call needs no key. Needs `settings`. */
export function isOpen(c: ApiContext): boolean {
  const { AUTH, ENVIRONMENT } = c.get('settings');
  return AUTH === 'none' && ENVIRONMENT === 'local' && isLocal(c.req.url);
}
