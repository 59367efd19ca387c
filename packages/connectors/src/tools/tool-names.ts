/**
 * Names of tools: `^[a-zA-Z0-9_-]{1,64}$` for model APIs, at most 48 so that a client's own prefix fits,
 * unique without regard to case.
 *
 * A name depends on its own operation and on whether another one wants the same name, never on the
 * order of operations: whoever shares a name gets a hash of method and path, all of them, so that
 * adding an operation at the top of a document renames nothing below it.
 */
import type { ApiOperation } from '../model/model.ts';
import { operationLabel } from './operation-facts.ts';
import { stableHash } from './stable-hash.ts';

const MAX_NAME = 48;

/** One name per operation, in their order. `chosen` are a caller's own, by the operation's pointer: they win. */
export function toolNames(operations: readonly ApiOperation[], chosen: ReadonlyMap<string, string> = new Map()): readonly string[] {
  const wanted = operations.map((operation) => notInherited(chosen.get(operation.pointer) ?? wantedName(operation), operation));
  const wishes = new Map<string, number>();
  for (const name of wanted) wishes.set(name.toLowerCase(), (wishes.get(name.toLowerCase()) ?? 0) + 1);
  const taken = new Set([...wishes].filter(([name, count]) => count === 1 && name.length <= MAX_NAME).map(([name]) => name));
  // Nobody else gets a name that a caller chose; two that chose the same are told apart like others.
  const own = new Set<string>();
  for (const name of chosen.values()) taken.add(name.toLowerCase());
  // Thousands of alike requests would each try every round of those before.
  const rounds = new Map<string, number>();
  return operations.map((operation, index) => {
    const name = wanted[index] ?? '';
    if (chosen.has(operation.pointer) && !own.has(name.toLowerCase())) {
      own.add(name.toLowerCase());
      return name;
    }
    if (taken.has(name.toLowerCase()) && wishes.get(name.toLowerCase()) === 1) return name;
    const label = operationLabel(operation);
    const alike = `${name} ${label}`;
    for (let round = rounds.get(alike) ?? 0; ; round += 1) {
      const hash = stableHash(`${label}${round === 0 ? '' : ` ${round}`}`);
      const candidate = `${name.slice(0, MAX_NAME - hash.length - 1).replace(/[_-]+$/, '')}_${hash}`;
      if (taken.has(candidate.toLowerCase())) continue;
      rounds.set(alike, round + 1);
      taken.add(candidate.toLowerCase());
      return candidate;
    }
  });
}

/** Tables of tools are objects, and those have a `constructor` and a `toString` of their own. */
const notInherited = (name: string, { method }: ApiOperation): string =>
  name in Object.prototype ? `${method.toLowerCase()}_${name}` : name;

/** The operation's id, or method and path in words, reduced to the characters a name may have. */
function wantedName(operation: ApiOperation): string {
  const named = sanitised(operation.operationId ?? '');
  if (named !== '') return named;
  return sanitised(`${operation.method.toLowerCase()}_${operation.path}`) || 'operation';
}

const sanitised = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/_{2,}/g, '_')
    .replace(/^[_-]+|[_-]+$/g, '');
