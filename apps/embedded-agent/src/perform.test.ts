import { ok, type Task } from '@mcpoverflow/types';
import { expect, test } from 'vitest';
import { perform, type Work } from './perform.ts';

const task: Task = { v: 1, type: 'analyze', jobId: 'job', generation: 1, parameters: {}, files: [] };
const diskWith = (files: Readonly<Record<string, string>>) => (path: string) => files[path] ?? null;
const disk = diskWith({ '/work/task.json': JSON.stringify(task), '/work/specification.yaml': 'openapi: 3.1.0' });

test('the task and its files reach the work, and the result becomes a file', () => {
  const work: Work = (given, read) => ok({ result: { type: given.type, text: read('specification.yaml') }, message: 'Done.' });
  const ending = perform('/work', disk, work);
  expect(ending).toMatchObject({ kind: 'finished', message: 'Done.', result: { path: '/work/result.json' } });
  if (ending.kind === 'finished') {
    expect(JSON.parse(new TextDecoder().decode(ending.result.content))).toEqual({ type: 'analyze', text: 'openapi: 3.1.0' });
  }
});

test('a task that is missing, is no JSON or is no task ends in an error', () => {
  const unasked: Work = () => ok({ result: null, message: 'never' });
  for (const files of [
    {},
    { '/work/task.json': 'nonsense' },
    { '/work/task.json': '{"v":2}' },
    { '/elsewhere/task.json': JSON.stringify(task) },
  ]) {
    expect(perform('/work', diskWith(files), unasked)).toMatchObject({ kind: 'error', code: 'TaskUnreadable' });
  }
});

test('a fault of the work is told as it is', () => {
  const ending = perform('/work', disk, () => ({ ok: false, error: { code: 'needs-openhands', message: 'Needs a mind.' } }));
  expect(ending).toEqual({ kind: 'error', code: 'needs-openhands', detail: 'Needs a mind.' });
});

test('work that throws, or whose result cannot be written, ends in an error', () => {
  const throwing: Work = () => {
    throw new RangeError('Maximum call stack size exceeded');
  };
  expect(perform('/work', disk, throwing)).toMatchObject({ kind: 'error', code: 'WorkFailed' });
  expect(perform('/work', disk, () => ok({ result: 1n, message: '' }))).toMatchObject({ kind: 'error', code: 'WorkFailed' });
  const large = 'x'.repeat(33 * 1024 * 1024);
  expect(perform('/work', disk, () => ok({ result: large, message: '' }))).toMatchObject({ kind: 'error', code: 'ResultTooLarge' });
});
