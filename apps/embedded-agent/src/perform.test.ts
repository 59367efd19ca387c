import { ok, type Task } from '@mcpoverflow/types';
import { expect, test } from 'vitest';
import { perform, type Work } from './perform.ts';

const task: Task = { v: 1, type: 'analyze', jobId: 'job', generation: 1, parameters: {}, files: [] };
const diskWith = (files: Readonly<Record<string, string>>) => (path: string) => files[path] ?? null;
const disk = diskWith({ '/run/task.json': JSON.stringify(task), '/run/specification.yaml': 'openapi: 3.1.0' });

test('the task and its files reach the work, and the result becomes a file', () => {
  const work: Work = (given, read) => ok({ result: { type: given.type, text: read('specification.yaml') }, message: 'Done.' });
  const ending = perform('/run', disk, work);
  expect(ending).toMatchObject({ kind: 'finished', message: 'Done.', result: { path: '/run/result.json' } });
  if (ending.kind === 'finished') {
    expect(JSON.parse(new TextDecoder().decode(ending.result.content))).toEqual({ type: 'analyze', text: 'openapi: 3.1.0' });
  }
});

test('a task that is missing, is no JSON or is no task ends in an error', () => {
  const unasked: Work = () => ok({ result: null, message: 'never' });
  for (const files of [
    {},
    { '/run/task.json': 'nonsense' },
    { '/run/task.json': '{"v":2}' },
    { '/elsewhere/task.json': JSON.stringify(task) },
  ]) {
    expect(perform('/run', diskWith(files), unasked)).toMatchObject({ kind: 'error', code: 'TaskUnreadable' });
  }
});

test('a fault of the work is told as it is', () => {
  const ending = perform('/run', disk, () => ({ ok: false, error: { code: 'needs-openhands', message: 'Needs a mind.' } }));
  expect(ending).toEqual({ kind: 'error', code: 'needs-openhands', detail: 'Needs a mind.' });
});

test('work that throws, or whose result cannot be written, ends in an error', () => {
  const throwing: Work = () => {
    throw new RangeError('Maximum call stack size exceeded');
  };
  expect(perform('/run', disk, throwing)).toMatchObject({ kind: 'error', code: 'WorkFailed' });
  expect(perform('/run', disk, () => ok({ result: 1n, message: '' }))).toMatchObject({ kind: 'error', code: 'WorkFailed' });
  const large = 'x'.repeat(33 * 1024 * 1024);
  expect(perform('/run', disk, () => ok({ result: large, message: '' }))).toMatchObject({ kind: 'error', code: 'ResultTooLarge' });
});
