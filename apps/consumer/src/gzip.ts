/** Gzip on the platform's streams. Compressed bytes are what is stored and passed between Workers. */

/** Compresses text (UTF-8) or bytes. */
export async function gzip(content: string | Uint8Array): Promise<Uint8Array> {
  const body = new Response(typeof content === 'string' ? content : new Uint8Array(content)).body;
  if (body === null) return new Uint8Array();
  return new Uint8Array(await new Response(body.pipeThrough(new CompressionStream('gzip'))).arrayBuffer());
}

/** Decompresses bytes this engine compressed itself, so no bound is needed here. */
export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const body = new Response(new Uint8Array(bytes)).body;
  if (body === null) return new Uint8Array();
  return new Uint8Array(await new Response(body.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
}

/** {@link gunzip}, as text. */
export const gunzipText = async (bytes: Uint8Array): Promise<string> => new TextDecoder().decode(await gunzip(bytes));

/** How many bytes come out of what this engine compressed itself (RFC 1952, ISIZE), without inflating it. */
export function inflatedLength(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(bytes.byteLength - 4, true);
}

/** {@link gunzip}, written to `target` from `offset` on: the bytes exist once. Throws when they do not fit. */
export async function gunzipInto(target: Uint8Array, offset: number, bytes: Uint8Array): Promise<void> {
  const body = new Response(new Uint8Array(bytes)).body;
  if (body === null) return;
  let at = offset;
  for await (const piece of body.pipeThrough(new DecompressionStream('gzip'))) {
    target.set(piece, at);
    at += piece.byteLength;
  }
}
