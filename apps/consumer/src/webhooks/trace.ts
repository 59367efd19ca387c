/** W3C Trace Context: each hop keeps the trace and names itself as the parent of what follows. */

/** @param traceparent a valid one. @returns the same trace with a new parent id */
export function nextHop(traceparent: string): string {
  const [version, trace, , flags] = traceparent.split('-');
  const parent = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${version}-${trace}-${parent}-${flags}`;
}
