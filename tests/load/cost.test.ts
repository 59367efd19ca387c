/**
 * The counts on which `npm run cost` rests, counted again: the file that keeps them is about this code. What depends
 * on the machine's pace (looks, alarms, how long an object was at work) may differ; what a job must write may not.
 */
import { expect, test } from 'vitest';
import { countAnew, keptCounts } from '../../scripts/cost/counted-operations.ts';

/** A busy machine looks more often in the seconds of these runs, and fills batches otherwise. */
const TOLERANCE = 0.3;
const exact = ['queueMessages', 'kvWrites', 'workerRequests'] as const;
const near = ['objectRequests', 'rowsWritten', 'analyticsPoints', 'logLines'] as const;

test('what a job uses is what the file says', { timeout: 5 * 60_000 }, async () => {
  const kept = keptCounts();
  const counted = await countAnew();
  for (const kind of ['plain', 'withWebhook'] as const) {
    for (const what of exact) expect(counted[kind][what], `${kind} ${what}`).toBeCloseTo(kept[kind][what], 1);
    for (const what of near) {
      const ratio = counted[kind][what] / kept[kind][what];
      expect(Math.abs(ratio - 1), `${kind} ${what}: ${counted[kind][what]} against ${kept[kind][what]}`).toBeLessThan(TOLERANCE);
    }
  }
});
