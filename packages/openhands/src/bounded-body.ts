/**
 * Reads an answer's body up to a limit. A server that lies about its length, never stops sending or
 * breaks off half-way must not cost more memory than the limit; it shows up here as a tagged value.
 */
import { joinBytes } from '@mcpoverflow/types';

export type BoundedBody =
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' }
  /** The connection ended, or the call was aborted, before the body did. */
  | { readonly kind: 'broken' };

/** Reads at most `maxBytes`; stops the transfer as soon as more arrives. Never throws. */
export async function readBounded(response: Response, maxBytes: number): Promise<BoundedBody> {
  const declared = Number(response.headers.get('content-length') ?? 0);
  if (declared > maxBytes) {
    await cancelQuietly(response.body);
    return { kind: 'too-large' };
  }
  if (response.body === null) return { kind: 'read', bytes: new Uint8Array() };

  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    const reader = response.body.getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      const chunk: Uint8Array = step.value;
      size += chunk.byteLength;
      if (size > maxBytes) {
        await reader.cancel();
        return { kind: 'too-large' };
      }
      chunks.push(chunk);
    }
  } catch {
    return { kind: 'broken' };
  }
  return { kind: 'read', bytes: joinBytes(chunks) };
}

async function cancelQuietly(body: ReadableStream | null): Promise<void> {
  try {
    await body?.cancel();
  } catch {
    // The connection is gone already, which is what cancelling is for.
  }
}
