import { expect, it } from 'vitest';
import { analyticsBlobs, analyticsDataPoint, analyticsDoubles, writeAnalytics } from './analytics.ts';
import { jobStages } from './job.ts';

/** Cloudflare's limits of a data point. */
const MAX_COLUMNS = 20;
const MAX_INDEX_BYTES = 96;
const MAX_BLOB_BYTES = 16 * 1024;

it('a point keeps to the limits of Analytics Engine, whatever is in it', () => {
  const long = 'x'.repeat(100_000);
  const { indexes, blobs, doubles } = analyticsDataPoint({ event: 'failed', tenant: long, jobId: long, outcome: long, route: long });
  expect(blobs.length).toBe(analyticsBlobs.length);
  expect(doubles.length).toBe(analyticsDoubles.length);
  expect(Math.max(blobs.length, doubles.length)).toBeLessThanOrEqual(MAX_COLUMNS);
  expect(new TextEncoder().encode(indexes[0]).length).toBeLessThanOrEqual(MAX_INDEX_BYTES);
  expect(new TextEncoder().encode(blobs.join('')).length).toBeLessThanOrEqual(MAX_BLOB_BYTES);
});

it('each fact stands in the column of its name', () => {
  const facts = { generation: 2, durationMs: 3, costUsd: 4, attempt: 5, httpStatus: 6, runs: 7, failures: 8 } as const;
  const stageMs = Object.fromEntries(jobStages.map((stage, index) => [stage, 100 + index]));
  const { blobs, doubles } = analyticsDataPoint({
    event: 'completed',
    tenant: 'acme',
    type: 'analyze',
    engine: 'embedded',
    code: 'internal',
    outcome: 'delivered',
    jobId: 'job',
    route: '/x',
    ...facts,
    cached: true,
    stageMs,
  });
  expect(Object.fromEntries(analyticsBlobs.map((name, index) => [name, blobs[index]]))).toEqual({
    event: 'completed',
    tenant: 'acme',
    type: 'analyze',
    engine: 'embedded',
    code: 'internal',
    outcome: 'delivered',
    jobId: 'job',
    route: '/x',
  });
  const numbers = Object.fromEntries(analyticsDoubles.map((name, index) => [name, doubles[index]]));
  expect(numbers).toMatchObject({ ...facts, count: 1, cached: 1 });
  for (const stage of jobStages) if (stage !== 'done') expect(numbers[`${stage}Ms`]).toBe(stageMs[stage]);
});

it('columns stand where queries of three months look for them', () => {
  expect(analyticsBlobs).toEqual(['event', 'tenant', 'type', 'engine', 'code', 'outcome', 'jobId', 'route']);
  expect(analyticsDoubles.slice(0, 9)).toEqual([
    'count',
    'generation',
    'durationMs',
    'costUsd',
    'attempt',
    'httpStatus',
    'runs',
    'failures',
    'cached',
  ]);
  expect(analyticsDoubles.slice(9)).toEqual(['queuedMs', 'waitingMs', 'startingMs', 'runningMs', 'collectingMs', 'verifyingMs']);
});

it('a dataset that is not there, or refuses, fails nothing', () => {
  expect(() => writeAnalytics(undefined, { event: 'looks' })).not.toThrow();
  const refusing = {
    writeDataPoint: () => {
      throw new Error('too many');
    },
  };
  expect(() => writeAnalytics(refusing, { event: 'looks' })).not.toThrow();
});
