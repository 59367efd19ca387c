/**
 * Reads the start of a body that a stranger sends. However much follows, no more than the limit is
 * kept, and the transfer is stopped; a body that breaks off still shows what had arrived.
 */
import { joinBytes } from '@mcpoverflow/types';

export interface BodyStart {
  readonly bytes: Uint8Array;
  /** `whole`: that was all. `cut`: more came than the limit. `broken`: the connection ended or the call was aborted first. */
  readonly end: 'whole' | 'cut' | 'broken';
}

/** Reads at most `maxBytes`. Never throws. */
export async function readStart(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<BodyStart> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const read = (end: BodyStart['end']): BodyStart => ({ bytes: joinBytes(chunks), end });
  if (body === null) return read('whole');
  try {
    const reader = body.getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      // A copy: what is cut off must not stay in memory behind what is kept.
      const fitting = step.value.slice(0, maxBytes - size);
      chunks.push(fitting);
      size += fitting.byteLength;
      if (fitting.byteLength < step.value.byteLength) {
        // Not awaited: a sender that never lets go would hold us here, and a failed cancel changes nothing.
        reader.cancel().catch(() => undefined);
        return read('cut');
      }
    }
  } catch {
    return read('broken');
  }
  return read('whole');
}
