/**
 * Deliveries as bad as "at least once, unordered" allows: every message comes at least twice and at the
 * same time, a third of them a second late, shuffled, and with each batch some of those that were dealt
 * with long ago. Drawn from a fixed seed, so that a failure has a chance to come again.
 */

const OLD_ONES_PER_BATCH = 10;
const LATE_SECONDS = 1;

/** By queue: a message of one means nothing to the handler of another. */
const seen = new Map<string, Message[]>();
let drawn = 20_261_122;

/** Mulberry32: a number from [0, 1). */
function draw(): number {
  drawn = (drawn + 0x6d2b79f5) | 0;
  let mixed = Math.imul(drawn ^ (drawn >>> 15), 1 | drawn);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** The batches that the handler gets in place of this one; to be handled side by side. */
export function disordered(batch: MessageBatch): MessageBatch[] {
  const late = batch.messages.filter((message) => message.attempts === 1 && draw() < 1 / 3);
  for (const message of late) message.retry({ delaySeconds: LATE_SECONDS });
  const now = batch.messages.filter((message) => !late.includes(message));
  const old = shuffled(seenOf(batch.queue)).slice(0, OLD_ONES_PER_BATCH);
  seen.set(batch.queue, [...seenOf(batch.queue), ...now.map(copyOf)]);
  return [batchOf(batch.queue, shuffled(now)), batchOf(batch.queue, shuffled([...now, ...old]).map(copyOf))];
}

/** Everything that this queue ever delivered in disorder, once more. */
export const everythingAgain = (queue: string): MessageBatch => batchOf(queue, shuffled(seenOf(queue)).map(copyOf));

const seenOf = (queue: string): readonly Message[] => seen.get(queue) ?? [];

/** A second delivery: what the handler says to it reaches nobody. */
function copyOf({ id, timestamp, body, attempts }: Message): Message {
  return { id, timestamp, body, attempts: attempts + 1, ack: () => undefined, retry: () => undefined };
}

export function batchOf(queue: string, messages: readonly Message[]): MessageBatch {
  const metadata: MessageBatchMetadata = { metrics: { backlogCount: 0, backlogBytes: 0 } };
  return { queue, messages, metadata, ackAll: () => undefined, retryAll: () => undefined };
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: draw() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
