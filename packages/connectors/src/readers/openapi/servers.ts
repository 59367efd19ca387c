/**
 * Servers of an OpenAPI document -> base URLs.
 *
 * A server URL is hostile text that decides where credentials go, so only what the URL parser takes for
 * http(s) without user information counts; anything else means "the operator must say where".
 */
import { arrayOr, isObject, objectOr, own, textOf } from '../../json.ts';

/**
 * The first usable absolute base URL, without a trailing slash; undefined when every server is relative or unusable.
 * Where the same one is offered over https, too, that is taken: credentials travel with every request. A relative server
 * of a path or an operation is resolved against `root`, the API's own base URL: where the document was served is not known.
 */
export function baseUrlOf(servers: unknown, root?: string): string | undefined {
  const urls = arrayOr(servers).flatMap((server) => absoluteUrl(resolved(expanded(server), root)) ?? []);
  const [first] = urls;
  const secured = first?.replace(/^http:/, 'https:');
  return urls.find((url) => url === secured) ?? first;
}

/** The path part of each server, relative ones included, without a trailing slash and without duplicates. */
export function basePathsOf(servers: unknown): readonly string[] {
  const paths = arrayOr(servers).map((server) => {
    const text = expanded(server);
    try {
      return withoutTrailingSlash(new URL(text, 'http://relative.invalid/').pathname);
    } catch {
      return '';
    }
  });
  return [...new Set(paths)];
}

/** The path of the first server; undefined where it has none, or one with a variable that nothing fills in. */
export const knownPath = ([path = '']: readonly string[]): string | undefined => (path === '' || path.includes('%7B') ? undefined : path);

/** What to say where only the path of an API is known; undefined where there is none to speak of. */
export function describePath(basePaths: readonly string[]): string | undefined {
  const path = knownPath(basePaths);
  return path === undefined ? undefined : `No host is named, only the path ${path}: whoever runs a connector says where, with this path.`;
}

/** Servers whose address says nothing of a host. */
export const relativeServers = (servers: unknown): readonly number[] =>
  arrayOr(servers).flatMap((server, index) => (isRelative(expanded(server)) ? [index] : []));

const isRelative = (text: string): boolean => /^[^{}]+$/.test(text) && !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(text);

function resolved(text: string, root: string | undefined): string {
  const isKnown = root !== undefined && isRelative(text) && URL.canParse(text, root);
  return isKnown ? new URL(text, root).href : text;
}

/** Servers whose address leaves the scheme to whoever serves the document; here it is https. */
export const withoutScheme = (servers: unknown): readonly number[] =>
  arrayOr(servers).flatMap((server, index) => (/^\/\/[^/]/.test(expanded(server)) ? [index] : []));

/** An http(s) URL without user information, query, fragment and trailing slash; undefined for any other text. */
export function absoluteUrl(written: string): string | undefined {
  const text = /^\/\/[^/]/.test(written) ? `https:${written}` : written;
  // The URL parser takes braces of a variable without a value for a host.
  if (!/^https?:\/\/[^{}]*$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || lacksLabel(url)) return undefined;
  return withoutTrailingSlash(`${url.origin}${url.pathname}`);
}

/** A host of which a part is missing, as where a variable is empty: `https://.example.com`. */
const lacksLabel = ({ hostname }: URL): boolean => hostname.startsWith('.') || hostname.includes('..');

/** Servers whose address has a variable that must be filled in before it is one, with that address. */
export const openServers = (servers: unknown): readonly (readonly [index: number, template: string])[] =>
  arrayOr(servers).flatMap((server, index) => {
    const template = textOf(objectOr(server).url) ?? '';
    const isOpen = /^(https?:)?\/\/[^/]*\{/i.test(template) && absoluteUrl(expanded(server)) === undefined;
    return isOpen ? [[index, template] as const] : [];
  });

const withoutTrailingSlash = (text: string): string => text.replace(/\/+$/, '');

/** The server's URL with its variables replaced by their defaults. */
function expanded(server: unknown): string {
  if (!isObject(server)) return '';
  const variables = objectOr(server.variables);
  return (textOf(server.url) ?? '').replace(/\{([^{}]*)\}/g, (placeholder, name: string) => {
    const variable = objectOr(own(variables, name));
    const value = variable.default ?? arrayOr(variable.enum)[0];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : placeholder;
  });
}
