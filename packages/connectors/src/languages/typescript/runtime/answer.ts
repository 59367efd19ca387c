/**
 * The API's response -> what the model reads.
 *
 * JSON is shortened as JSON, never cut in its middle: lists and texts lose their tails until it fits,
 * and a note says so. Images and sound travel as such, other bytes as base64 when they are few. GraphQL
 * tells its refusals with status 200, so there `errors` counts as one.
 */
import type { CallToolResult } from '@modelcontextprotocol/server';
import { base64 } from './credentials.ts';
import { isRecord } from './style.ts';

/** Bytes read from an answer; what follows is never loaded. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** Bytes of a binary answer that are handed on. */
const MAX_BINARY_BYTES = 1024 * 1024;
const MAX_ERROR_LENGTH = 4_000;
const requestIdHeaders = ['x-request-id', 'x-github-request-id', 'request-id', 'x-correlation-id', 'cf-ray'];

/** A tool result that tells the model what went wrong and what to do. */
export const failure = (text: string): CallToolResult => ({ isError: true, ...told(text) });

export interface Answer {
  readonly result: CallToolResult;
  /** A JSON answer as the model reads it, shortened or not; undefined for everything else. */
  readonly json?: unknown;
}

export interface Reading {
  /** Characters of an answer that reach the model. */
  readonly maxLength: number;
  /** Variables to tell of when the API refuses. */
  readonly missingCredentials: readonly string[];
  /** The operation's. */
  readonly method: string;
  /** The answer is GraphQL's. */
  readonly graphql?: boolean;
}

/** Reads the response to its end, or to the limit. */
export async function answerOf(response: Response, { maxLength, missingCredentials, method, graphql = false }: Reading): Promise<Answer> {
  const mediaType = (response.headers.get('Content-Type') ?? '').toLowerCase().split(';')[0]?.trim() ?? '';
  const body = await readBody(response);
  if (!response.ok) return { result: refused(response, body.bytes, missingCredentials) };
  if (body.bytes.length === 0) return { result: told([`Done: ${statusOf(response)}.`, ...saidInHeaders(response, method)].join('\n')) };
  if (isText(mediaType)) return textAnswer(decoded(body.bytes, response), body.complete, maxLength, graphql);
  if (body.bytes.length > MAX_BINARY_BYTES || !body.complete)
    return { result: told(`The API answered with more than ${MAX_BINARY_BYTES} bytes of ${mediaType}; they are not shown.`) };
  const data = base64(body.bytes);
  const [type] = mediaType.split('/');
  if (type === 'image' || type === 'audio') return { result: { content: [{ type, data, mimeType: mediaType }] } };
  // The address of the answer can hold a key.
  const resource = { uri: `data:${mediaType}`, mimeType: mediaType, blob: data };
  return { result: { content: [{ type: 'resource', resource }] } };
}

/** What an answer without a body says. Of an address only the path is told: its query can hold a key. */
function saidInHeaders({ headers }: Response, method: string): readonly string[] {
  const wanted = /^(HEAD|OPTIONS)$/.test(method) ? /^(location|allow|content-(length|type)|etag|last-modified|x-.*)$/ : /^location$/;
  return [...headers]
    .filter(([name]) => wanted.test(name))
    .map(([name, value]) => `${name}: ${name === 'location' ? value.replace(/^(?:[a-z][a-z\d+.-]*:)?\/\/[^/?#]*|[?#].*$/gi, '') : value}`);
}

/** A tool result of these texts. */
export const told = (...texts: string[]): CallToolResult => ({ content: texts.map((text) => ({ type: 'text', text })) });

const isText = (mediaType: string): boolean =>
  mediaType === '' ||
  mediaType.startsWith('text/') ||
  /[/+](json|xml|yaml|x-yaml|javascript|x-www-form-urlencoded|x-ndjson|jsonl|graphql)$/.test(mediaType);

async function readBody(response: Response): Promise<{ readonly bytes: Uint8Array; readonly complete: boolean }> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  // Leaving the loop early cancels the rest.
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BODY_BYTES) break;
  }
  return { bytes: new Uint8Array(await new Blob(chunks).arrayBuffer()), complete: length <= MAX_BODY_BYTES };
}

/** In the charset that the media type names; UTF-8 where it names none, or one that nobody knows. */
function decoded(bytes: Uint8Array, { headers }: Response): string {
  const charset = /charset="?([^";\s]+)/i.exec(headers.get('Content-Type') ?? '')?.[1];
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** Such as `404 Not Found`. */
const statusOf = ({ status, statusText }: Response): string => `${status} ${statusText}`.trim();

function refused(response: Response, body: Uint8Array, missingCredentials: readonly string[]): CallToolResult {
  const id = requestIdHeaders.map((name) => response.headers.get(name)).find((value) => value !== null);
  const text = cut(decoded(body.subarray(0, MAX_ERROR_LENGTH * 4), response).trim(), MAX_ERROR_LENGTH);
  const hint =
    (response.status === 401 || response.status === 403) && missingCredentials.length > 0
      ? `The connector has no credentials: set ${missingCredentials.join(', ')}.`
      : '';
  const retry = response.headers.get('Retry-After');
  return failure(
    [
      `The API answered ${statusOf(response)}.`,
      hint,
      retry === null ? '' : `It asks to wait: Retry-After ${retry}.`,
      id === undefined ? '' : `Request id: ${id}.`,
      text,
    ]
      .filter(Boolean)
      .join('\n'),
  );
}

function textAnswer(text: string, complete: boolean, maxLength: number, graphql: boolean): Answer {
  const json = complete ? parsed(text) : undefined;
  if (graphql && isRecord(json) && Array.isArray(json.errors) && json.errors.length > 0)
    return { result: failure(`The API refused the GraphQL operation.\n${shortJson(json, MAX_ERROR_LENGTH)}`) };
  if (complete && text.length <= maxLength) return { result: told(text), json };
  const note = 'The answer was shortened; ask for less of it (a filter, a page, fewer fields) to see the rest.';
  const short = json === undefined ? cut(text, maxLength) : shortJson(json, maxLength);
  return { result: told(short, note), json: json === undefined ? undefined : parsed(short) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text's beginning, without half a character at its end. */
const cut = (text: string, length: number): string => (text.length > length ? text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '') : text);

/** JSON text of at most `maxLength` characters: lists and texts are halved until it fits. */
export function shortJson(value: unknown, maxLength: number): string {
  for (let items = 256, characters = 8192; items >= 1; items = Math.floor(items / 2), characters = Math.max(64, characters / 2)) {
    const text = JSON.stringify(trimmed(value, items, characters, 0));
    if (text.length <= maxLength) return text;
  }
  return JSON.stringify(`An answer of ${JSON.stringify(value).length} characters that cannot be shortened.`);
}

function trimmed(value: unknown, items: number, characters: number, depth: number): unknown {
  if (typeof value === 'string') return value.length <= characters ? value : `${cut(value, characters)}…`;
  if (typeof value !== 'object' || value === null) return value;
  if (depth > 32) return '…';
  if (Array.isArray(value)) return value.slice(0, items).map((item) => trimmed(item, items, characters, depth + 1));
  // An object is a record more often than a list; it keeps four times as many entries.
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, items * 4)
      .map(([key, item]) => [key, trimmed(item, items, characters, depth + 1)]),
  );
}
