import { describe, expect, test } from 'vitest';
import { readStart } from './read-start.ts';

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const chunk = new Uint8Array(1024).fill(0x61);

describe('the start of a body', () => {
  test('is all of a short one', async () => {
    const { bytes, end } = await readStart(new Response('hello').body, 5);
    expect([textOf(bytes), end]).toEqual(['hello', 'whole']);
  });

  test('is empty when there is no body', async () => {
    expect(await readStart(null, 5)).toEqual({ bytes: new Uint8Array(), end: 'whole' });
  });

  test('is cut at the limit', async () => {
    const { bytes, end } = await readStart(new Response('hello!').body, 5);
    expect([textOf(bytes), end]).toEqual(['hello', 'cut']);
  });

  test('stops a body that never ends', async () => {
    let sent = 0;
    let stopped = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        controller.enqueue(chunk);
      },
      cancel() {
        stopped = true;
      },
    });
    const { bytes, end } = await readStart(endless, 16 * 1024);
    expect([bytes.byteLength, end, stopped]).toEqual([16 * 1024, 'cut', true]);
    expect(sent).toBeLessThanOrEqual(18);
  });

  test('does not wait for a sender that never lets go', async () => {
    const clinging = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(chunk),
      cancel: () => new Promise(() => undefined),
    });
    expect((await readStart(clinging, 100)).end).toBe('cut');
  });

  test('is what had arrived when the connection broke', async () => {
    let pulls = 0;
    const breaking = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulls += 1;
        if (pulls === 1) controller.enqueue(new TextEncoder().encode('hel'));
        else controller.error(new Error('reset'));
      },
    });
    const { bytes, end } = await readStart(breaking, 5);
    expect([textOf(bytes), end]).toEqual(['hel', 'broken']);
  });
});
