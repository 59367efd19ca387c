/**
 * Where the agent server of a sandbox is, from the `conversation_url` that OpenHands Cloud names. The
 * engine sends its files and a key there, so the address is held to what an honest server names: https,
 * no credentials, the conversation that was asked about. Plain http is for a server on this machine that
 * names itself.
 */

/** The base address of the sandbox's agent server; null for one that nothing may be sent to. */
export function sandboxAddress(conversationUrl: string, conversationId: string, cloudUrl: string): string | null {
  const url = URL.parse(conversationUrl);
  const cloud = URL.parse(cloudUrl);
  if (url === null || cloud === null) return null;
  const local = isLocal(cloud) && isLocal(url);
  if (url.protocol !== 'https:' && !local) return null;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
  const [, prefix, id] = /^(.*)\/api\/conversations\/([^/]+)\/?$/.exec(url.pathname) ?? [];
  if (prefix === undefined || id === undefined) return null;
  return withoutDashes(id) === withoutDashes(conversationId) ? `${url.origin}${prefix}` : null;
}

const isLocal = (url: URL): boolean => url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);

const withoutDashes = (id: string): string => id.replaceAll('-', '').toLowerCase();
