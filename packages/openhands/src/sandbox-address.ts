/**
 * Where the agent server of a sandbox is, from the `conversation_url` that OpenHands Cloud names. The
 * engine sends its files and a key there, so the address is held to what an honest server names: https,
 * no credentials, no machine of our own network, the conversation that was asked about. A server on this
 * machine may name this machine, by plain http too.
 *
 * A name is not looked up: what it stands for may be another machine a moment later.
 */
import { isPublicAddress } from '@mcpoverflow/webhooks';

/** The base address of the sandbox's agent server; null for one that nothing may be sent to. */
export function sandboxAddress(conversationUrl: string, conversationId: string, cloudUrl: string): string | null {
  const url = URL.parse(conversationUrl);
  const cloud = URL.parse(cloudUrl);
  if (url === null || cloud === null) return null;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url) && isLoopback(cloud))) return null;
  if (!isLoopback(cloud) && !mayBePublic(url)) return null;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
  const [, prefix, id] = /^(.*)\/api\/conversations\/([^/]+)\/?$/.exec(url.pathname) ?? [];
  if (prefix === undefined || id === undefined) return null;
  return withoutDashes(id) === withoutDashes(conversationId) ? `${url.origin}${prefix}` : null;
}

const isLoopback = ({ hostname }: URL): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);

/** `URL` writes every form of an IPv4 address as four numbers, and an IPv6 address in brackets. */
function mayBePublic({ hostname }: URL): boolean {
  const isAddress = hostname.startsWith('[') || /^[\d.]+$/.test(hostname);
  return isAddress ? isPublicAddress(hostname.replace(/^\[|\]$/g, '')) : !/(?:^|\.)localhost\.?$/.test(hostname);
}

const withoutDashes = (id: string): string => id.replaceAll('-', '').toLowerCase();
