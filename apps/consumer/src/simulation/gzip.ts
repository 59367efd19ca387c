/** Compression without the platform's streams: those work on other threads, in a time that no seed repeats. Nothing is compressed. */
export const gzip = async (content: string | Uint8Array): Promise<Uint8Array> =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;
export const gunzip = async (bytes: Uint8Array): Promise<Uint8Array> => bytes;
export const gunzipText = async (bytes: Uint8Array): Promise<string> => new TextDecoder().decode(bytes);
