/**
 * The JSON of a finished job. The result is spliced in as the compressed bytes it is kept in, while it
 * streams out: parsing and printing 20 MB would cost a second of CPU and most of the memory.
 */
import type { JobSummary } from '@mcpoverflow/types';
import { gunzip } from '../gzip.ts';

/** `job` with `result` (gzipped JSON) as its last member. */
export function jobWithResult(job: JobSummary, result: Uint8Array): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const opening = `${JSON.stringify(job).slice(0, -1)},"result":`;
  return gunzip(result).pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode(opening)),
      transform: (chunk, controller) => controller.enqueue(chunk),
      flush: (controller) => controller.enqueue(encoder.encode('}')),
    }),
  );
}
