/**
 * Operations of the dynamic mode as they stand in `operations.ts`: a line of JSON each, in which parameters and
 * the schemas of arguments are numbers of a list they share. Thousands of operations repeat a few hundred of
 * them, so this is half the size, and in memory each exists once.
 */
import type { InputSchema, Operation, Operations, Parameter } from './operation.ts';

interface Row extends Omit<Operation, 'parameters' | 'inputSchema'> {
  readonly parameters: readonly number[];
  readonly inputSchema: InputSchema & { readonly properties: { readonly [argument: string]: number } };
}

/** What the rows stand for. Both lists are JSON texts: of parameters and schemas, and of `[name, row]`. */
export function operationsOf(shared: readonly string[], rows: readonly string[]): Operations {
  const parts = shared.map((text) => JSON.parse(text));
  const parameter = (index: number): Parameter => parts[index];
  return Object.fromEntries(
    rows.map((text): [string, Operation] => {
      const [name, row]: [string, Row] = JSON.parse(text);
      const properties = Object.entries(row.inputSchema.properties).map(([argument, index]) => [argument, parts[index]]);
      return [
        name,
        {
          ...row,
          parameters: row.parameters.map(parameter),
          inputSchema: { ...row.inputSchema, properties: Object.fromEntries(properties) },
        },
      ];
    }),
  );
}
