/** Gzip with the platform's own streams: bytes between Workers, Durable Objects and KV are always compressed. */

/** Compresses text as UTF-8. */
export async function gzipText(text: string): Promise<Uint8Array> {
  const compressed = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}

/** The decompressed bytes as a stream; it fails where the input is not gzip. */
export const gunzip = (gzip: Uint8Array): ReadableStream<Uint8Array> =>
  new Blob([gzip]).stream().pipeThrough(new DecompressionStream('gzip'));
