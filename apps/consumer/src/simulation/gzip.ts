/** Compression without the platform's streams: those work on other threads, in a time that no seed repeats. Nothing is compressed. */
export const gzip = async (content: string | Uint8Array): Promise<Uint8Array> =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;
export const gunzip = async (bytes: Uint8Array): Promise<Uint8Array> => bytes;
export const gunzipText = async (bytes: Uint8Array): Promise<string> => new TextDecoder().decode(bytes);
export const inflatedLength = (bytes: Uint8Array): number => bytes.byteLength;
export const gunzipInto = async (target: Uint8Array, offset: number, bytes: Uint8Array): Promise<void> => target.set(bytes, offset);
