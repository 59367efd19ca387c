/**
 * `connector/operations.json` of a connector: the only place where a specification's text becomes part of it, and
 * there it is data that the program reads. An operation stands on a line: a large API has thousands.
 */
import type { Api, Operation } from '../typescript/runtime/operation.ts';

/** The data as JSON. */
export function dataFile({ tools: listed, ...api }: Api, operations: ReadonlyMap<string, Operation>): string {
  const rows = [...operations].map(([name, operation], index) => {
    const end = index === operations.size - 1 ? '\n' : ',\n';
    return `    ${JSON.stringify(name)}: ${JSON.stringify(operation)}${end}`;
  });
  const tools = listed === undefined ? '' : `  "tools": ${JSON.stringify(listed)},\n`;
  // Joined once: a text put together of texts would be in memory twice when it is read.
  return [`{\n  "api": ${JSON.stringify(api)},\n${tools}  "operations": {\n`, ...rows, '  }\n}\n'].join('');
}
