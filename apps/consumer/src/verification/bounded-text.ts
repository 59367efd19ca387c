/**
 * Reads a body as text, up to a limit: what a connector sends is hostile, and an endless answer must
 * cost no more memory than the limit. Beyond it the stream is cancelled, so that its sender stops.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';

/** @param maxBytes counted before decoding. @returns the text, or `too-large`. Rejects if the stream breaks. */
export async function readBoundedText(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Result<string, 'too-large'>> {
  if (body === null) return ok('');
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    bytes += piece.value.byteLength;
    if (bytes > maxBytes) {
      // Not awaited: a hostile stream may never confirm that it was cancelled.
      reader.cancel().catch(() => undefined);
      return fail('too-large');
    }
    text += decoder.decode(piece.value, { stream: true });
  }
  return ok(text + decoder.decode());
}
