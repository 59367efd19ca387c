/**
 * `selectedEndpoints` -> operations. What an entry could mean literally (an operationId, "GET /path") is what
 * it means; only otherwise it is a tag, a method, a risk or a path with stars. An entry that fits nothing is
 * told as an issue and hides nothing else.
 */
import type { EndpointSelection, Issue } from '@mcpoverflow/types';
import { shorten } from '../json.ts';
import type { ApiModel, ApiOperation } from '../model/model.ts';
import { isReadOnly, operationLabel } from '../tools/operation-facts.ts';
import { matchesGlob } from './glob.ts';

export interface Selection {
  /** Pointers of the chosen operations. */
  readonly chosen: ReadonlySet<string>;
  readonly issues: readonly Issue[];
}

type Test = (operation: ApiOperation) => boolean;

/** The chosen operations; all of them when nothing was selected. */
export function selectOperations(model: ApiModel, selected: readonly EndpointSelection[] | undefined): Selection {
  if (selected === undefined) return { chosen: new Set(model.operations.map((operation) => operation.pointer)), issues: [] };
  const byName = operationsByName(model);
  const chosen = new Set<string>();
  const issues: Issue[] = [];
  for (const [index, selection] of selected.entries()) {
    const named = typeof selection === 'string' ? byName.get(normalised(selection)) : undefined;
    const found = named ?? model.operations.filter(testOf(selection));
    for (const operation of found) chosen.add(operation.pointer);
    if (found.length > 0) continue;
    const message = `No operation fits "${shorten(typeof selection === 'string' ? selection : JSON.stringify(selection), 200)}".`;
    issues.push({ severity: 'warning', pointer: `/selectedEndpoints/${index}`, message });
  }
  return { chosen, issues };
}

/** Operations by their operationId and by "METHOD /path". An operationId need not be unique. */
export function operationsByName(model: ApiModel): ReadonlyMap<string, readonly ApiOperation[]> {
  const byName = new Map<string, ApiOperation[]>();
  for (const operation of model.operations) {
    for (const name of new Set([operationLabel(operation), operation.operationId ?? operationLabel(operation)])) {
      const others = byName.get(name);
      if (others === undefined) byName.set(name, [operation]);
      else others.push(operation);
    }
  }
  return byName;
}

/** "get /path" is "GET /path". */
export const normalised = (name: string): string =>
  name.trim().replace(/^([A-Za-z]+)\s+(?=\/)/, (_, method: string) => `${method.toUpperCase()} `);

function testOf(selection: EndpointSelection): Test {
  if (typeof selection !== 'string') return all(selection);
  const text = selection.trim();
  const [, method, path] = /^(?:([A-Za-z]+)\s+)?([/*].*)$/.exec(text) ?? [];
  if (path !== undefined) return all({ path, ...(method === undefined ? {} : { method }) });
  const [, kind, value = ''] = /^(tag|method|risk):(.+)$/.exec(text) ?? [];
  if (kind === 'tag') return all({ tag: value.trim() });
  if (kind === 'method') return all({ method: value.trim() });
  if (kind === 'risk') return (operation) => ['read', 'write'].includes(value) && isReadOnly(operation) === (value === 'read');
  return () => false;
}

function all({ method, path, tag, operationId }: Exclude<EndpointSelection, string>): Test {
  return (operation) =>
    (method === undefined || method === '*' || operation.method === method.toUpperCase()) &&
    (path === undefined || operation.path === path || (path.includes('*') && matchesGlob(path, operation.path))) &&
    (tag === undefined || operation.tags.some((each) => each.toLowerCase() === tag.toLowerCase())) &&
    (operationId === undefined || operation.operationId === operationId);
}
