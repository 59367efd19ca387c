import { expect, it } from 'vitest';
import { dollarsPerMillion } from './prices.ts';

const nothing = {
  queueMessages: 0,
  kvReads: 0,
  kvWrites: 0,
  objectRequests: 0,
  rowsWritten: 0,
  rowsRead: 0,
  workerRequests: 0,
  objectSeconds: 0,
};

it('charges a message three queue operations', () => {
  expect(dollarsPerMillion({ ...nothing, queueMessages: 2 })).toBeCloseTo(2.4);
});

it('charges an object for 128 MB while it is at work', () => {
  expect(dollarsPerMillion({ ...nothing, objectSeconds: 1 })).toBeCloseTo(1.6);
});

it('adds up everything a job uses', () => {
  expect(dollarsPerMillion({ ...nothing, rowsWritten: 12, kvWrites: 2, objectRequests: 10 })).toBeCloseTo(12 + 10 + 1.5);
});
