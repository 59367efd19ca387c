import { expect, test } from 'vitest';
import { createProgressLine } from './progress-line.ts';

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { written, stream: { isTTY, columns: 20, write: (text: string | Uint8Array) => written.push(String(text)) > 0 } };
}

test('on a terminal the line is rewritten in place and never wraps', () => {
  const { written, stream } = recorder(true);
  const line = createProgressLine(stream);
  line.show('10 %  a text that is longer than the terminal is wide');
  line.finish();
  expect(written).toEqual(['\r\u001b[2K10 %  a text that i', '\n']);
});

test('elsewhere every change is a line and repetitions are left out', () => {
  const { written, stream } = recorder(false);
  const line = createProgressLine(stream);
  for (const text of ['queued', 'queued', 'running']) line.show(text);
  line.finish();
  expect(written).toEqual(['queued\n', 'running\n']);
});

test('a message cannot steer the terminal', () => {
  const { written, stream } = recorder(false);
  createProgressLine(stream).show('done\u001b[2J\rall\ngood');
  expect(written).toEqual(['done [2J all good\n']);
});
