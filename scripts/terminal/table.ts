/**
 * Rows in columns that line up and fit the terminal. What a person copies (an id) is never cut; sentences
 * are, down to a least width; when even that is too much, columns that can be missed are left out.
 */
import { columnsOf, cut } from './columns.ts';
import { oneLine } from './plain-text.ts';

const GAP = 2;

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly align?: 'right';
  /** It may be cut down to so many columns; without it, never. */
  readonly least?: number;
  /** It may be left out, the last such column first. */
  readonly optional?: boolean;
}

interface Measured {
  readonly cells: readonly string[];
  readonly align: 'right' | undefined;
  readonly least: number;
  readonly optional: boolean;
  readonly width: number;
}

/** The title line and one line a row. `width` is the terminal's, in columns; Infinity cuts nothing. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): readonly string[] {
  const measured = fitted(
    columns.map((column) => measure(column, rows)),
    width,
  );
  return ['title', ...rows].map((_, line) => lineOf(measured, line));
}

function measure<Row>({ title, cell, align, least, optional }: Column<Row>, rows: readonly Row[]): Measured {
  const cells = [title, ...rows.map((row) => oneLine(cell(row)))];
  const width = Math.max(...cells.map(columnsOf));
  return { cells, align, width, least: least === undefined ? width : Math.max(least, columnsOf(title)), optional: optional === true };
}

function fitted(columns: readonly Measured[], width: number): readonly Measured[] {
  const leastTotal = total(columns.map((column) => Math.min(column.width, column.least)));
  const dropped = columns.findLastIndex(({ optional }) => optional);
  if (leastTotal > width && dropped >= 0) return fitted(columns.toSpliced(dropped, 1), width);
  return narrowed(columns, width);
}

/** Takes from the widest of those that may be cut until all fit, or nothing more can be taken. */
function narrowed(columns: readonly Measured[], width: number): readonly Measured[] {
  const widths = columns.map((column) => column.width);
  for (let excess = total(widths) - width; excess > 0; excess -= 1) {
    const cuttable = columns.map(({ least }, index) => ((widths[index] ?? 0) > least ? (widths[index] ?? 0) : 0));
    const widest = Math.max(...cuttable);
    if (widest === 0) break;
    widths[cuttable.indexOf(widest)] = widest - 1;
  }
  return columns.map((column, index) => ({ ...column, width: widths[index] ?? column.width }));
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1);
}

function lineOf(columns: readonly Measured[], line: number): string {
  return columns
    .map(({ cells, align, width }) => {
      const text = cut(cells[line] ?? '', width);
      const padding = ' '.repeat(width - columnsOf(text));
      return align === 'right' ? padding + text : text + padding;
    })
    .join(' '.repeat(GAP))
    .trimEnd();
}
