/** Holds `docs/operations.md` to the code: the layout of Analytics Engine, the names of metrics, and of whatever it tells an operator to read or set. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyticsBlobs, analyticsDoubles, analyticsEvents, type EngineFigures, jobErrorCodes } from '@mcpoverflow/types';
import { describe, expect, test } from 'vitest';
import { familiesOf } from '../apps/api/src/metrics/families.ts';
import { figuresOf, noCounts } from '../apps/consumer/src/pool/counts.ts';
import { operatorVariables } from './start/operator-variables.ts';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const page = readFileSync(join(project, 'docs/operations.md'), 'utf8');
const pool = { leases: 0, leaseLimit: 1, running: 0, waiting: 0, waitingSince: null, counted: figuresOf(noCounts()) };
const figures: EngineFigures = { openhands: null, pools: { openhands: pool, embedded: null }, deadLetters: null };
const families = familiesOf(figures, { version: '1', environment: 'local', now: 0 });

/** The names in the first column of the rows that begin so. */
const rowsOf = (prefix: string): string[] =>
  [...page.matchAll(/^\| `(\w+)`/gm)].flatMap(([, name]) => (name?.startsWith(prefix) ? [name] : []));

describe('the page for operators', () => {
  test('lists every metric there is, in their order, and no other', () => {
    expect(rowsOf('mcpoverflow_')).toEqual(families.map(({ name }) => name));
  });

  test('asks Prometheus only for metrics there are', () => {
    const names = families.flatMap(({ name, type }) => (type === 'histogram' ? [name, `${name}_bucket`] : [name]));
    const datasets = ['mcpoverflow_ai_engine', 'mcpoverflow_ai_engine_staging'];
    const asked = [...page.matchAll(/\bmcpoverflow_\w+/g)].map(([name]) => name);
    expect(asked.filter((name) => !names.includes(name) && !datasets.includes(name))).toEqual([]);
  });

  test('says of every column of Analytics Engine what stands in it', () => {
    const columns = [...page.matchAll(/`(blob|double)(\d+)`\s*\| `(\w+)`/g)].map(([, kind, number, name]) => `${kind}${number} ${name}`);
    const real = [
      ...analyticsBlobs.map((name, index) => `blob${index + 1} ${name}`),
      ...analyticsDoubles.map((name, index) => `double${index + 1} ${name}`),
    ];
    expect(columns.toSorted()).toEqual(real.toSorted());
  });

  test('asks Analytics Engine only for events and columns there are', () => {
    const queries = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, query]) => query ?? '');
    expect(queries.length).toBeGreaterThan(3);
    for (const query of queries) {
      for (const [, kind, number] of query.matchAll(/\b(blob|double)(\d+)\b/g)) {
        expect(Number(number), query).toBeLessThanOrEqual(kind === 'blob' ? analyticsBlobs.length : analyticsDoubles.length);
      }
      const events = [...query.matchAll(/blob1 (?:= |IN \()([^)\n]*?)(?:\)| AND)/g)].flatMap(([, list]) =>
        [...(list ?? '').matchAll(/'([^']+)'/g)].map(([, name]) => name ?? ''),
      );
      expect(events.length, query).toBeGreaterThan(0);
      expect(
        events.filter((name) => !Object.hasOwn(analyticsEvents, name)),
        query,
      ).toEqual([]);
    }
  });

  test('names error codes and variables there are', () => {
    const codes = [...page.matchAll(/code!~"([^"]+)"/g)].flatMap(([, list]) => (list ?? '').split(/\\?\|/));
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.filter((code) => !Object.hasOwn(jobErrorCodes, code))).toEqual([]);
    const named = [...page.matchAll(/`([A-Z]+(?:_[A-Z]+)+)/g)].map(([, name]) => name ?? '');
    const known = [...operatorVariables.map(({ name }) => name), 'OPERATOR_KEY'];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  test('explains only lines that some Worker writes', () => {
    const code = globSync('apps/*/src/**/*.ts', { cwd: project })
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(project, file), 'utf8'))
      .join('\n');
    const table = page.slice(page.indexOf('| line '), page.indexOf('A line costs as much'));
    const lines = [...table.matchAll(/^\| (`[^|]+`) +\|/gm)].flatMap(([, cell]) =>
      [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, line]) => line ?? ''),
    );
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => !code.includes(`'${line}'`))).toEqual([]);
  });

  test('leads to places that are there', () => {
    const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      (heading ?? '')
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor ?? '');
    expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
  });
});
