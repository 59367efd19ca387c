/**
 * The places where arguments of an operation go: parameters by place and name, fields of the body by name, or the
 * body as a whole. Two tables speak of one thing when they speak of one slot, whatever their arguments are called:
 * that is how what the specification says is compared with what a connector does, and said in its words.
 */

import { isObject, own, setOwn } from '../json.ts';
import type { Body, Field, Operation, Parameter } from '../languages/typescript/runtime/operation.ts';

/** What a tool is called with, by name. */
export type Arguments = Readonly<Record<string, unknown>>;

/** What of an operation says where its arguments go. */
export type Table = Pick<Operation, 'path' | 'parameters' | 'body'>;

/** The parameter's name on the wire. */
export const wireName = ({ argument, name = argument }: Parameter | Field): string => name;

/** Names in braces, in their order. */
export const placeholdersOf = (path: string): readonly string[] => [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name);

/** A path whose placeholders have any names. */
export const templateOf = (path: string): string => path.replace(/\{[^{}]+\}/g, '{}');

/**
 * The parameters of a table by their slots. Headers have no case. A placeholder may be called otherwise than in the
 * path `like` this one; then it is the one at its position.
 */
export function parametersBySlot({ parameters, path }: Table, like: string = path): ReadonlyMap<string, Parameter> {
  const [own, others] = [placeholdersOf(path), placeholdersOf(like)];
  const slotOf = (parameter: Parameter): string => {
    const name = wireName(parameter);
    if (parameter.in === 'header') return `header:${name.toLowerCase()}`;
    if (parameter.in !== 'path' || others.includes(name)) return `${parameter.in}:${name}`;
    return `path:${others[own.indexOf(name)] ?? name}`;
  };
  return new Map(parameters.map((parameter) => [slotOf(parameter), parameter]));
}

/** The fields of a body by their names on the wire; none where the body is one argument. */
export const fieldsByName = (body: Body | undefined): ReadonlyMap<string, Field> =>
  new Map((body?.fields ?? []).map((field) => [wireName(field), field]));

/** The arguments of a table. */
export const argumentsOf = ({ parameters, body }: Table): readonly string[] => [
  ...parameters.map(({ argument }) => argument),
  ...(body?.fields ?? []).map(({ argument }) => argument),
  ...(body?.argument === undefined ? [] : [body.argument]),
];

/**
 * Arguments named as the first table names them -> the same ones as the second wants them. What it has no slot for
 * keeps its name, and so does what it calls by the name of another: that is no name of its own, but a mistake.
 */
export function translated(args: Arguments, from: Table, to: Table): Arguments {
  const theirs = parametersBySlot(to, from.path);
  const known = new Set(argumentsOf(from));
  const result: Record<string, unknown> = {};
  const left = new Set(Object.keys(args));
  const give = (argument: string, as: string): void => {
    if (left.delete(argument)) setOwn(result, as, own(args, argument));
  };
  for (const [slot, { argument }] of parametersBySlot(from)) give(argument, renamed(argument, theirs.get(slot), known));
  for (const [name, value] of bodyArguments(args, from.body, to.body, left, known)) setOwn(result, name, value);
  for (const argument of left) setOwn(result, argument, own(args, argument));
  return result;
}

/** What the other table calls the argument, unless that is what something else is called. */
export const renamed = (argument: string, other: Parameter | Field | undefined, known: ReadonlySet<string>): string =>
  other === undefined || known.has(other.argument) ? argument : other.argument;

type Named = readonly (readonly [argument: string, value: unknown])[];

/** A body may be given field by field or whole, in either table. Takes the arguments that it speaks for from `left`. */
function bodyArguments(
  args: Arguments,
  from: Body | undefined,
  to: Body | undefined,
  left: Set<string>,
  known: ReadonlySet<string>,
): Named {
  if (from === undefined || to === undefined) return [];
  const theirs = fieldsByName(to);
  const given = (from.fields ?? []).filter(({ argument }) => left.delete(argument));
  if (to.argument !== undefined && to.fields === undefined) {
    const whole: Record<string, unknown> = {};
    for (const field of given) setOwn(whole, wireName(field), own(args, field.argument));
    if (from.argument !== undefined && left.delete(from.argument)) return [[to.argument, own(args, from.argument)]];
    return given.length === 0 && !to.required ? [] : [[to.argument, whole]];
  }
  const whole = from.argument === undefined ? undefined : own(args, from.argument);
  if (from.argument !== undefined && isObject(whole) && left.delete(from.argument))
    return Object.entries(whole).map(([name, value]) => [theirs.get(name)?.argument ?? name, value]);
  return given.map((field) => [renamed(field.argument, theirs.get(wireName(field)), known), own(args, field.argument)]);
}
