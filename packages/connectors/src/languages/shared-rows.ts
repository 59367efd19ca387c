/**
 * The operations of the dynamic mode as rows: parameters and the schemas of arguments are numbers of a list they share,
 * because thousands of operations repeat a few hundred of them, and what is generated is stored and sent.
 */
import { objectOr, setOwn } from '../json.ts';
import type { Operation } from './typescript/runtime/operation.ts';

export interface SharedRows {
  /** JSON of what the rows have the numbers of. */
  readonly shared: readonly string[];
  /** What `write` made of each operation. */
  readonly rows: readonly string[];
}

/** Writes every operation, with numbers in place of what it shares. */
export function sharedRows(operations: ReadonlyMap<string, Operation>, write: (name: string, row: object) => string): SharedRows {
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
    return write(name, { ...operation, parameters: operation.parameters.map(indexOf), inputSchema });
  });
  return { shared: [...indexes.keys()], rows };
}
