/**
 * Every tool with its arguments and an example. The first ones in full; of an API with thousands of operations
 * the rest is a table, because a reference that cannot be opened helps nobody.
 */
import { isObject, type JsonObject, objectOr, textOf } from '../json.ts';
import { dynamicTools } from '../languages/dynamic-tools.ts';
import type { ConnectorPlan } from '../languages/language.ts';
import type { Annotations, InputSchema, Operation } from '../languages/typescript/runtime/operation.ts';
import type { ApiResponse } from '../model/model.ts';
import type { Pair } from '../wire-cases/pairing.ts';
import { argumentSchema, requiredArguments, sampleArguments } from '../wire-cases/sample-arguments.ts';
import { code, json, page, plain, table } from './markdown.ts';

/** Characters of what stands in full. */
const MAX_LENGTH = 1024 * 1024;
const DESCRIPTION_LENGTH = 1000;

/** `docs/tools.md`. `pairs` are the tools that the specification describes. */
export function toolsPage(plan: ConnectorPlan, pairs: readonly Pair[]): string {
  const isDynamic = plan.api.mode === 'dynamic';
  const failures = new Map(pairs.map(({ tool, source }) => [tool, source.responses.filter(({ status }) => /^[45]/.test(status))]));
  const parts: string[] = [];
  const rest: (readonly string[])[] = [];
  let length = 0;
  for (const [name, operation] of plan.operations) {
    const part = length > MAX_LENGTH ? '' : toolPart(name, operation, failures.get(name) ?? [], isDynamic);
    length += part.length;
    if (part === '' || length > MAX_LENGTH)
      rest.push([code(name), code(`${operation.method} ${operation.path}`), plain(operation.title ?? '')]);
    else parts.push(part);
  }
  return page([
    '# Tools',
    isDynamic ? dynamicPart(plan) : `${plan.operations.size} tools, each an operation of the API.`,
    ...parts,
    ...(rest.length === 0 ? [] : ['## More operations', table(['name', 'operation', 'what'], rest)]),
  ]);
}

function dynamicPart({ operations }: ConnectorPlan): string {
  return page([
    `The API has ${operations.size} operations, too many for a list of tools. Three tools find, describe and call them:`,
    table(
      ['tool', 'what'],
      dynamicTools.map(({ name, description }) => [code(name), plain(description, DESCRIPTION_LENGTH)]),
    ),
    'The operations follow, by the names that these tools take.',
  ]).trimEnd();
}

function toolPart(name: string, operation: Operation, failures: readonly ApiResponse[], isDynamic: boolean): string {
  const { description, method, path, inputSchema, annotations } = operation;
  const example = sampleArguments(inputSchema, 'required');
  return page([
    `## ${code(name)}`,
    `${code(`${method} ${path}`)}. ${nature(annotations)}`,
    plain(beyondLabel(description, `${method} ${path}.`), DESCRIPTION_LENGTH),
    argumentsTable(inputSchema),
    'Example:',
    json(isDynamic ? { name: 'call_operation', arguments: { operation: name, arguments: example } } : { name, arguments: example }),
    ...(failures.length === 0
      ? []
      : [
          'Documented failures:',
          table(
            ['status', 'what'],
            failures.map(({ status, description: what }) => [code(status), plain(what)]),
          ),
        ]),
  ]).trimEnd();
}

/** A description begins with the operation where the specification has few words for it, and here that stands above. */
const beyondLabel = (description: string, label: string): string =>
  description.startsWith(label) ? description.slice(label.length).trimStart() : description;

function nature({ readOnlyHint, destructiveHint, idempotentHint }: Annotations): string {
  if (readOnlyHint) return 'It only reads.';
  const again = idempotentHint ? ' Calling it again changes nothing more.' : '';
  return `${destructiveHint ? 'It may change or delete.' : 'It adds without deleting.'}${again}`;
}

function argumentsTable(schema: InputSchema): string {
  const names = Object.keys(objectOr(schema.properties));
  if (names.length === 0) return 'It takes no arguments.';
  const required = new Set(requiredArguments(schema));
  return table(
    ['argument', 'type', 'needed', 'what'],
    names.map((name) => {
      const argument = argumentSchema(schema, name);
      return [code(name), code(typeText(argument)), required.has(name) ? 'yes' : '', plain(textOf(argument.description) ?? '')];
    }),
  );
}

/** `string`, `integer[]`, `"a" or "b"` … as short as it can be told. */
function typeText(schema: JsonObject): string {
  if (Array.isArray(schema.enum) && schema.enum.length <= 8) return schema.enum.map((choice) => JSON.stringify(choice)).join(' or ');
  const alternatives = [schema.oneOf, schema.anyOf].filter(Array.isArray).flat();
  const [type, ...others] = [schema.type].flat().filter((each) => typeof each === 'string' && each !== 'null');
  if (type === 'array') return `${isObject(schema.items) ? typeText(schema.items) : 'any'}[]`;
  if (type !== undefined) return [type, ...others].join(' or ');
  return alternatives.length === 0 ? 'any' : [...new Set(alternatives.map((each) => typeText(objectOr(each))))].join(' or ');
}
