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
