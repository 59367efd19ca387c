/**
 * W3C Trace Context. It does not cross Durable Objects or queues by itself, so it travels as a value;
 * each hop to somebody else keeps the trace and names itself as the parent of what follows.
 */

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const randomHex = (bytes: number): string =>
  [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The caller's `traceparent` when it is valid, else the start of a new trace (W3C Trace Context, section 3.2). */
export function traceparentOf(header: string | undefined): string {
  return header !== undefined && TRACEPARENT.test(header) ? header : `00-${randomHex(16)}-${randomHex(8)}-01`;
}

/** The id of the trace that a valid traceparent belongs to. */
export const traceIdOf = (traceparent: string): string => traceparent.split('-')[1] ?? '';

/** A valid traceparent's trace under a new parent id. */
export function nextHop(traceparent: string): string {
  const [version, trace, , flags] = traceparent.split('-');
  return `${version}-${trace}-${randomHex(8)}-${flags}`;
}
