/** A stream of Server-Sent Events, parsed as far as the engine uses them: one JSON event a frame. */
import { type JobEvent, jobEventSchema } from '@mcpoverflow/types';

/** More than any event of ours; a sender that never ends a frame must not fill the memory. */
const MAX_FRAME_CHARACTERS = 1024 * 1024;

/** Yields the events in order and ends with the stream. Frames that are not events of ours are passed over. */
export async function* parseEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<JobEvent> {
  let unread = '';
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    unread += decoder.decode(chunk, { stream: true });
    const frames = unread.split(/\r?\n\r?\n/);
    unread = frames.pop() ?? '';
    if (unread.length > MAX_FRAME_CHARACTERS) return;
    for (const frame of frames) {
      const event = parseFrame(frame);
      if (event !== undefined) yield event;
    }
  }
}

function parseFrame(frame: string): JobEvent | undefined {
  const data = frame
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trimStart())
    .join('\n');
  try {
    const parsed = jobEventSchema.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
