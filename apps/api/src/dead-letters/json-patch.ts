/**
 * JSON Patch (RFC 6902) on documents of up to 25 MiB, by strangers.
 *
 * Written here and not taken from a library: of the two that are known, `fast-json-patch` has had no
 * stable release since 2022, and `rfc6902` compares with a quadratic diff, takes inherited properties
 * for members and takes a path through "constructor" for another one. What is needed is a page.
 *
 * The document is never changed. Every operation makes new objects along its path and shares the rest, so
 * a patch that fails has done nothing, what it left alone is still the same object, and copying costs
 * nothing. Read as a tree, though, a document of shared parts can be of any size: whoever walks the
 * result must let it pass `refuseExcess` first.
 */
import { Buffer } from 'node:buffer';
import { fail, type JsonPatch, MAX_DEPTH, MAX_VALUES, ok, type Result } from '@mcpoverflow/types';
import { isRecord } from '../admission/record.ts';

type Operation = JsonPatch[number];

export interface PatchFault {
  /** Of the operation that failed. */
  readonly index: number;
  readonly operation: Operation;
  /** Which of its members is at fault. */
  readonly member: 'path' | 'from' | 'value';
  /** Reads on from the name of the place: "names nothing". */
  readonly detail: string;
}

type Fault = Omit<PatchFault, 'index' | 'operation'>;

/**
 * Members that are no data to somebody: `__proto__` does not survive validation, and the others have hurt
 * readers that were less careful than this one.
 */
const forbiddenNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** RFC 6901, section 4: no sign, no leading zeros. */
const INDEX = /^(0|[1-9]\d{0,8})$/;

/** The names along a JSON Pointer (RFC 6901). */
export function pointerNames(pointer: string): Result<readonly string[], string> {
  if (pointer === '') return ok([]);
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) {
    return fail('is not a JSON Pointer: it begins with "/", and "~" is written "~0", "/" within a name "~1"');
  }
  const names = pointer
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (names.length > MAX_DEPTH) return fail(`is more than ${MAX_DEPTH} levels deep`);
  const forbidden = names.find((name) => forbiddenNames.has(name));
  return forbidden === undefined ? ok(names) : fail(`names "${forbidden}", which a patch may not; replace what holds it`);
}

/** The member of that name; undefined when there is none, for JSON has no such value. Inherited ones are none. */
function memberOf(parent: unknown, name: string): unknown {
  if (Array.isArray(parent)) return INDEX.test(name) ? parent[Number(name)] : undefined;
  return isRecord(parent) && Object.hasOwn(parent, name) ? parent[name] : undefined;
}

const valueAt = (document: unknown, names: readonly string[]): unknown => names.reduce(memberOf, document);

type Change = (parent: unknown, name: string) => Result<unknown, string>;

/** Replaces the parent of what `names` lead to (at least one) by what `change` makes of it, and all that hold it. */
function changeParent(document: unknown, names: readonly string[], change: Change): Result<unknown, string> {
  const name = names.at(-1) ?? '';
  const path = names.slice(0, -1);
  const parents = [document];
  for (const step of path) parents.push(memberOf(parents.at(-1), step));
  const parent = parents.pop();
  if (parent === undefined) return fail('leads through something that does not exist');
  let changed = change(parent, name);
  for (const step of path.toReversed()) {
    if (!changed.ok) return changed;
    changed = ok(withMember(parents.pop(), step, changed.value));
  }
  return changed;
}

/** The container with a member set. A computed name makes an own member, whatever it is called. */
function withMember(container: unknown, name: string, value: unknown): unknown {
  if (Array.isArray(container)) return container.with(Number(name), value);
  return { ...(isRecord(container) ? container : {}), [name]: value };
}

const inserted =
  (value: unknown): Change =>
  (parent, name) => {
    if (Array.isArray(parent)) {
      const index = name === '-' ? parent.length : INDEX.test(name) ? Number(name) : Number.NaN;
      return index <= parent.length ? ok(parent.toSpliced(index, 0, value)) : fail('is no place in the list');
    }
    return isRecord(parent) ? ok(withMember(parent, name, value)) : fail('leads into something that is neither an object nor a list');
  };

const replaced =
  (value: unknown): Change =>
  (parent, name) =>
    memberOf(parent, name) === undefined ? fail('names nothing') : ok(withMember(parent, name, value));

const removed: Change = (parent, name) => {
  if (memberOf(parent, name) === undefined) return fail('names nothing');
  if (Array.isArray(parent)) return ok(parent.toSpliced(Number(name), 1));
  return ok(Object.fromEntries(Object.entries(isRecord(parent) ? parent : {}).filter(([other]) => other !== name)));
};

/** Equality of RFC 6902, section 4.6: the order of members does not count. Goes no deeper than `right`, which came as text. */
function isEqual(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isEqual(item, right[index]));
  }
  if (!isRecord(left) || !isRecord(right)) return left === right;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length && names.every((name) => Object.hasOwn(right, name) && isEqual(left[name], right[name]))
  );
}

/** Sets what the pointer names; the empty one names the whole document, which any of these replaces. */
const set = (document: unknown, names: readonly string[], value: unknown, how: (value: unknown) => Change): Result<unknown, string> =>
  names.length === 0 ? ok(value) : changeParent(document, names, how(value));

const remove = (document: unknown, names: readonly string[]): Result<unknown, string> =>
  names.length === 0 ? fail('names the whole document, which cannot be removed') : changeParent(document, names, removed);

const faultIn = <T>(member: Fault['member'], result: Result<T, string>): Result<T, Fault> =>
  result.ok ? result : fail({ member, detail: result.error });

function perform(document: unknown, operation: Operation): Result<unknown, Fault> {
  const path = faultIn('path', pointerNames(operation.path));
  if (!path.ok) return path;
  if (operation.op === 'remove') return faultIn('path', remove(document, path.value));
  if ('from' in operation) {
    const from = faultIn('from', pointerNames(operation.from));
    if (!from.ok) return from;
    const value = valueAt(document, from.value);
    if (value === undefined) return fail({ member: 'from', detail: 'names nothing' });
    if (operation.op === 'copy') return faultIn('path', set(document, path.value, value, inserted));
    if (operation.path === operation.from) return ok(document);
    if (operation.path.startsWith(`${operation.from}/`)) {
      return fail({ member: 'path', detail: 'lies within what is to be moved' });
    }
    const without = faultIn('from', remove(document, from.value));
    return without.ok ? faultIn('path', set(without.value, path.value, value, inserted)) : without;
  }
  const { value } = operation;
  if (value === undefined) return fail({ member: 'value', detail: 'is missing' });
  if (operation.op === 'add') return faultIn('path', set(document, path.value, value, inserted));
  if (operation.op === 'replace') return faultIn('path', set(document, path.value, value, replaced));
  const found = valueAt(document, path.value);
  if (found === undefined) return fail({ member: 'path', detail: 'names nothing' });
  return isEqual(found, value) ? ok(document) : fail({ member: 'value', detail: 'is not what is there' });
}

/** Applies all operations, or none: the error names the one that failed. `document` stays as it is. */
export function applyPatch(document: unknown, patch: JsonPatch): Result<unknown, PatchFault> {
  let patched = document;
  for (const [index, operation] of patch.entries()) {
    const next = perform(patched, operation);
    if (!next.ok) return fail({ index, operation, ...next.error });
    patched = next.value;
  }
  return ok(patched);
}

/**
 * Refuses what would be more than a body may be: 25 copies of a document into itself are 33 million
 * documents. Counts values, levels and the bytes (UTF-8) of text as a reader would meet them, and stops at the limit.
 */
export function refuseExcess(document: unknown, maxBytes: number): Result<void, string> {
  const stack = [{ value: document, depth: 1 }];
  let values = 0;
  let bytes = 0;
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { value, depth } = entry;
    if (typeof value === 'string') bytes += Buffer.byteLength(value);
    if (typeof value === 'object' && value !== null) {
      if (depth > MAX_DEPTH) return fail(`is nested more than ${MAX_DEPTH} levels deep`);
      const names = Array.isArray(value) ? [] : Object.keys(value);
      bytes += names.reduce((sum, name) => sum + Buffer.byteLength(name), 0);
      const children: readonly unknown[] = Object.values(value);
      values += children.length;
      if (values > MAX_VALUES) return fail(`holds more than ${MAX_VALUES} values`);
      for (const child of children) stack.push({ value: child, depth: depth + 1 });
    }
    if (bytes > maxBytes) return fail(`has more than ${maxBytes} bytes of text`);
  }
  return ok(undefined);
}
