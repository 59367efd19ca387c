/**
 * The address of a request in Postman's two forms (a text, or an object in parts) -> where the API
 * lives, a path template, and the query. `:id` and `{{id}}` in a path both become placeholders.
 */
import { isObject, textOf } from '../../json.ts';
import { type Entry, entriesOf } from './collection.ts';

export interface RequestUrl {
  /** Scheme, host and port as written, such as `https://api.example.com` or `{{baseUrl}}`. */
  readonly base: string;
  /** Path template with a leading slash. */
  readonly path: string;
  readonly placeholders: readonly string[];
  readonly query: readonly Entry[];
}

/** Takes an address apart. Nothing is decoded: the text of a collection is as it will be sent. */
export function requestUrl(url: unknown): RequestUrl {
  const parts = isObject(url) ? url : { raw: url };
  const raw = splitUrl(textOf(parts.raw) ?? '');
  const host = Array.isArray(parts.host) ? parts.host.filter((part) => typeof part === 'string').join('.') : textOf(parts.host);
  const protocol = textOf(parts.protocol);
  const port = textOf(parts.port);
  const base =
    host === undefined || host === ''
      ? raw.base
      : `${protocol === undefined || host.includes('://') ? '' : `${protocol.replace(/:?\/*$/, '')}://`}${host}${port === undefined ? '' : `:${port}`}`;
  const segments = Array.isArray(parts.path)
    ? parts.path.map((part) => textOf(part) ?? textOf(isObject(part) ? part.value : '') ?? '')
    : undefined;
  const written = segments?.join('/') ?? textOf(parts.path) ?? raw.path;
  const query = Array.isArray(parts.query) ? entriesOf(parts.query) : raw.query;
  return { base, ...template(written), query };
}

function splitUrl(text: string): Pick<RequestUrl, 'base' | 'path' | 'query'> {
  // A variable may hold any character: it is not where a text is split.
  const [, base = '', path = '', query] =
    /^((?:[a-z][a-z0-9+.-]*:\/\/|\{\{[^{}]*\}\}:\/\/)?(?:\{\{[^{}]*\}\}|[^/?#{}])*)([^?#]*)(?:\?([^#]*))?/i.exec(text.trim()) ?? [];
  const pairs = (query ?? '').split('&').filter((pair) => pair !== '');
  return {
    base,
    path,
    query: pairs.map((pair): Entry => {
      const [key = '', ...value] = pair.split('=');
      return { key: decoded(key), ...(pair.includes('=') ? { value: decoded(value.join('=')) } : {}), isDisabled: false, isFile: false };
    }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function template(written: string): { readonly path: string; readonly placeholders: readonly string[] } {
  const placeholders = new Set<string>();
  const place = (name: string): string => {
    const plain = name.trim().replace(/[{}/?#]/g, '_') || 'value';
    placeholders.add(plain);
    return `{${plain}}`;
  };
  const segments = written.replace(/^\/+/, '').split('/');
  const path = segments.map((segment) => {
    if (/^:[^:/]+$/.test(segment)) return place(segment.slice(1));
    return segment.replace(/\{\{([^{}]*)\}\}|\{([^{}]+)\}/g, (_, variable: string | undefined, plain: string | undefined) =>
      place(variable ?? plain ?? ''),
    );
  });
  return { path: `/${path.join('/')}`, placeholders: [...placeholders] };
}
