/**
 * `operations.json` of a connector in Python or Go: the only place where a specification's text becomes part of it, and
 * there it is data that the program reads. An operation stands on a line: a large API has thousands.
 */
import { sharedRows } from './shared-rows.ts';
import type { Api, Operation } from './typescript/runtime/operation.ts';

/** The data as JSON. The operations are a list and not an object: Go's objects have no order. */
export function dataFile({ tools = [], ...api }: Api, operations: ReadonlyMap<string, Operation>): string {
  if (api.mode !== 'dynamic') {
    const rows = [...operations].map(([name, operation]) => JSON.stringify({ name, ...operation }));
    return textOf(api, [['operations', rows]]);
  }
  const { shared, rows } = sharedRows(operations, (name, row) => JSON.stringify({ name, ...row }));
  return textOf(api, [
    ['tools', tools.map((tool) => JSON.stringify(tool))],
    ['shared', shared],
    ['operations', rows],
  ]);
}

/** Joined once: a text put together of texts would be in memory twice when it is read. */
function textOf(api: Api, lists: readonly (readonly [name: string, rows: readonly string[]])[]): string {
  const chunks = [`{\n  "api": ${JSON.stringify(api)}`];
  for (const [name, rows] of lists) {
    chunks.push(`,\n  "${name}": [`);
    for (const [index, row] of rows.entries()) chunks.push(index === 0 ? '\n    ' : ',\n    ', row);
    chunks.push('\n  ]');
  }
  chunks.push('\n}\n');
  return chunks.join('');
}
