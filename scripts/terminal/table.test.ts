import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf } from './columns.ts';
import { plainText } from './plain-text.ts';
import { type Column, table } from './table.ts';

interface Row {
  readonly id: string;
  readonly count: number;
  readonly message: string;
  readonly tenant: string;
}
const columns: readonly Column<Row>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'COUNT', cell: ({ count }) => String(count), align: 'right' },
  { title: 'MESSAGE', cell: ({ message }) => message, least: 10 },
  { title: 'TENANT', cell: ({ tenant }) => tenant, optional: true },
];
const row = (message: string): Row => ({ id: 'job_1', count: 7, message, tenant: 'acme' });

test('columns line up, whatever writing they hold', () => {
  expect(table(columns, [row('世界'), row('all of it')], Number.POSITIVE_INFINITY)).toEqual([
    'ID     COUNT  MESSAGE    TENANT',
    'job_1      7  世界       acme',
    'job_1      7  all of it  acme',
  ]);
});

test('what may be cut is cut, and what can be missed goes when that does not suffice', () => {
  const rows = [row('a sentence that is rather long')];
  expect(table(columns, rows, 38)).toEqual(['ID     COUNT  MESSAGE           TENANT', 'job_1      7  a sentence that…  acme']);
  expect(table(columns, rows, 30)).toEqual(['ID     COUNT  MESSAGE', 'job_1      7  a sentence that…']);
});

test('a terminal that is too narrow for what is never cut gets it all the same', () => {
  expect(table(columns, [row('a sentence')], 5)[1]).toBe('job_1      7  a sentence');
});

test('no rows are a title', () => {
  expect(table(columns, [], 80)).toEqual(['ID  COUNT  MESSAGE  TENANT']);
});

test('a hostile cell stays in its line, and every line within the width', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 24, max: 90 }),
      (messages, width) => {
        const lines = table(columns, messages.map(row), width);
        expect(lines).toHaveLength(messages.length + 1);
        for (const line of lines) {
          expect(plainText(line)).toBe(line);
          expect(columnsOf(line)).toBeLessThanOrEqual(width);
        }
      },
    ),
  );
});
