/**
 * `operations.json` of a connector in Python or Go: the only place where a specification's text becomes part of it, and
 * there it is data that the program reads. An operation stands on a line: a large API has thousands.
 *
 * In the dynamic mode parameters and the schemas of arguments are numbers of a list they share: thousands of
 * operations repeat a few hundred of them, and what is generated is stored and sent.
 */
import { objectOr, setOwn } from '../json.ts';
import type { Api, Operation } from './typescript/runtime/operation.ts';

/** The data as JSON. The operations are a list and not an object: Go's objects have no order. */
export function dataFile({ tools = [], ...api }: Api, operations: ReadonlyMap<string, Operation>): string {
  if (api.mode !== 'dynamic') {
    const rows = [...operations].map(([name, operation]) => JSON.stringify({ name, ...operation }));
    return textOf(api, [['operations', rows]]);
  }
  const { shared, rows } = sharedRows(operations);
  return textOf(api, [
    ['tools', tools.map((tool) => JSON.stringify(tool))],
    ['shared', shared],
    ['operations', rows],
  ]);
}

function sharedRows(operations: ReadonlyMap<string, Operation>): { readonly shared: readonly string[]; readonly rows: readonly string[] } {
  const indexes = new Map<string, number>();
  // Most are the very same value, and need not be written to be compared.
  const places = new Map<unknown, number>();
  const indexOf = (part: unknown): number => {
    const place = places.get(part);
    if (place !== undefined) return place;
    const text = JSON.stringify(part);
    const index = indexes.get(text) ?? indexes.size;
    indexes.set(text, index);
    places.set(part, index);
    return index;
  };
  const rows = [...operations].map(([name, operation]) => {
    const properties: Record<string, unknown> = {};
    for (const [argument, schema] of Object.entries(objectOr(operation.inputSchema.properties)))
      setOwn(properties, argument, indexOf(schema));
    const inputSchema = { ...operation.inputSchema, properties };
    return JSON.stringify({ name, ...operation, parameters: operation.parameters.map(indexOf), inputSchema });
  });
  return { shared: [...indexes.keys()], rows };
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
