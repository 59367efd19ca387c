/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a quoted structured-field string; bare
 * tokens are accepted too, because most clients send those.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import type { Refusal } from '../problems.ts';

const MAX_LENGTH = 255;
/** RFC 8941 section 3.3.3: printable ASCII, with the quote and the backslash escaped. */
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
const BARE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** The key, unquoted; undefined when the header is absent. */
export function parseIdempotencyKey(header: string | undefined): Result<string | undefined, Refusal> {
  if (header === undefined) return ok(undefined);
  const text = header.trim();
  const key = QUOTED.exec(text)?.[1]?.replace(/\\(["\\])/g, '$1') ?? (BARE.test(text) ? text : '');
  if (key.length >= 1 && key.length <= MAX_LENGTH) return ok(key);
  return fail({
    code: 'invalid-idempotency-key',
    detail: `Send 1 to ${MAX_LENGTH} printable ASCII characters, in double quotes if there are spaces.`,
  });
}
