/**
 * What a connector's table says otherwise than the specification, difference by difference, in words for a
 * person. Expectations never depend on it: it decides which calls are worth a case of their own, because each of
 * them shows one difference, however many operations share a style or a way to be let in.
 */
import { arrayOr, isObject, objectOr, oneLine, own, shorten } from '../json.ts';
import type { Body, Field, Operation, Parameter } from '../languages/typescript/runtime/operation.ts';
import type { ApiModel, ApiOperation } from '../model/model.ts';
import { annotationsOf, usableSecurity } from '../tools/build-tools.ts';
import { toolInput } from '../tools/tool-input.ts';
import {
  argumentsOf,
  fieldsByName,
  parametersBySlot,
  placeholdersOf,
  renamed,
  type Table,
  templateOf,
  translated,
  wireName,
} from './slots.ts';

export interface Difference {
  /** What the tool must do, after its name; and what its table says instead. */
  readonly does: string;
  /** Which call shows it. */
  readonly shownBy: /** The one with what is required. */
    | { readonly call: 'required' }
    /** The same and this argument, by the specification's name for it. */
    | { readonly call: 'with'; readonly argument: string }
    /** The same without this argument: it must be refused. */
    | { readonly call: 'without'; readonly argument: string }
    /** The same and an argument that the specification has nothing for, by the connector's name for it. */
    | { readonly call: 'beyond'; readonly argument: string }
    /** None: tests set BASE_URL, which stands in for every server, choose the boundary's media type, and read no annotations. */
    | { readonly call: 'none'; readonly expected: string }
    /** The ones that are let in. */
    | { readonly call: 'access' };
}

/** What the engine makes of an operation, without the schemas: of ten thousand operations there is room for this alone. */
export interface Truth extends Table, Pick<Operation, 'method' | 'server' | 'security' | 'annotations'> {
  /** Arguments that callers must give. */
  readonly required: readonly string[];
}

/** The truth on an operation. */
export function truthOf(source: ApiOperation, model: ApiModel): Truth {
  const { method, path, server } = source;
  const { parameters, body, properties } = toolInput(source, model);
  return {
    method,
    path,
    ...(server === undefined ? {} : { server }),
    parameters,
    ...(body === undefined ? {} : { body }),
    security: usableSecurity(source, model),
    annotations: annotationsOf(source),
    required: properties.filter(({ required: isRequired }) => isRequired).map(({ argument }) => argument),
  };
}

/** All differences; none for the table that the engine makes of the operation. */
export const differencesOf = (truth: Truth, actual: Operation): readonly Difference[] => [
  ...addressDifferences(truth, actual),
  ...parameterDifferences(truth, actual),
  ...bodyDifferences(truth, actual),
  ...requirementDifferences(truth, actual),
  ...accessDifferences(truth, actual),
  ...annotationDifferences(truth, actual),
];

const quoted = (name: string): string => `"${shorten(oneLine(name), 80)}"`;
const required = { call: 'required' } as const;

function addressDifferences(truth: Truth, actual: Operation): readonly Difference[] {
  const differences: Difference[] = [];
  if (truth.method !== actual.method || templateOf(truth.path) !== templateOf(actual.path)) {
    const does = `calls ${shorten(oneLine(`${truth.method} ${truth.path}`), 200)}, and its table says ${shorten(oneLine(`${actual.method} ${actual.path}`), 200)}`;
    differences.push({ does, shownBy: required });
  }
  if (truth.server !== actual.server) {
    const [expected, found] = [truth, actual].map(({ server }) => (server === undefined ? 'the server of the API' : shorten(server, 200)));
    differences.push({
      does: `calls ${expected}, and its table says ${found}`,
      shownBy: { call: 'none', expected: truth.server ?? 'the server of the API' },
    });
  }
  return differences;
}

function parameterDifferences(truth: Table, actual: Table): readonly Difference[] {
  const theirs = parametersBySlot(actual, truth.path);
  const ours = parametersBySlot(truth);
  const known = new Set(argumentsOf(truth));
  const [places, otherPlaces] = [truth, actual].map(({ path }) => placeholdersOf(path));
  const told = ({ in: place }: Parameter, name: string): string => `${quoted(name)} in the ${place}`;
  const missing = [...ours].flatMap(([slot, parameter]): readonly Difference[] => {
    const { argument } = parameter;
    const other = theirs.get(slot);
    if (other === undefined)
      return [
        { does: `sends ${told(parameter, wireName(parameter))}, which its table does not have`, shownBy: { call: 'with', argument } },
      ];
    const misnamed = misnaming(argument, other, known);
    if (misnamed !== undefined) return [misnamed];
    const isMoved = parameter.in === 'path' && places?.indexOf(wireName(parameter)) !== otherPlaces?.indexOf(wireName(other));
    if (isMoved)
      return [
        { does: `sends ${told(parameter, wireName(parameter))} at its place, and not at another one`, shownBy: { call: 'with', argument } },
      ];
    const [expected, found] = [notation(parameter), notation(other)];
    if (expected === found) return [];
    const does = `sends ${told(parameter, wireName(parameter))} ${expected}, and its table says ${found}`;
    return [{ does, shownBy: { call: 'with', argument } }];
  });
  const surplus = [...theirs].flatMap(([slot, parameter]): readonly Difference[] => {
    if (ours.has(slot) || parameter.in === 'path') return [];
    const does = `does not send ${told(parameter, wireName(parameter))}, which the specification does not have`;
    return [{ does, shownBy: { call: 'beyond', argument: parameter.argument } }];
  });
  return [...missing, ...surplus];
}

/** Arguments may be called anything but what another one is called. */
function misnaming(argument: string, other: Parameter | Field, known: ReadonlySet<string>): Difference | undefined {
  if (other.argument === renamed(argument, other, known)) return undefined;
  const does = `takes ${quoted(argument)} for what it is, and its table takes ${quoted(other.argument)} for it`;
  return { does, shownBy: { call: 'with', argument } };
}

function notation({ in: place, style, explode, allowReserved = false, json = false }: Parameter): string {
  if (json) return 'as JSON';
  const written = style ?? (place === 'query' || place === 'cookie' ? 'form' : 'simple');
  const exploded = explode ?? (written === 'form' || written === 'deepObject');
  return `in the style ${written}${exploded ? ', exploded' : ''}${allowReserved ? ', reserved characters allowed' : ''}`;
}

function bodyDifferences(table: Table, { body: actual }: Table): readonly Difference[] {
  const { body: truth } = table;
  if (truth === undefined && actual === undefined) return [];
  if (truth === undefined) {
    const argument = actual?.argument ?? actual?.fields?.[0]?.argument;
    const shownBy = argument === undefined ? required : ({ call: 'beyond', argument } as const);
    return [{ does: 'sends no body, which the specification does not have', shownBy }];
  }
  const some = truth.argument ?? truth.fields?.[0]?.argument;
  const withSome = some === undefined ? required : ({ call: 'with', argument: some } as const);
  if (actual === undefined) return [{ does: 'sends a body, which its table does not have', shownBy: withSome }];
  const differences: Difference[] = [];
  if (truth.kind !== actual.kind || truth.mediaType !== actual.mediaType) {
    const does = `sends its body as ${oneLine(truth.mediaType)}, and its table says ${oneLine(actual.mediaType)} (${actual.kind})`;
    const isUnseen = truth.kind === 'multipart' && actual.kind === 'multipart';
    differences.push({ does, shownBy: isUnseen ? { call: 'none', expected: truth.mediaType } : withSome });
  }
  if (truth.document !== actual.document)
    differences.push({ does: 'sends the operation of the specification, and its table says another one', shownBy: required });
  if ((truth.required ?? false) !== (actual.required ?? false) && truth.fields !== undefined && actual.fields !== undefined) {
    const does = truth.required
      ? 'sends a body even if nothing is in it, and its table does not say so'
      : 'sends no body if nothing is in it, and its table says otherwise';
    differences.push({ does, shownBy: required });
  }
  return truth.fields === undefined || actual.fields === undefined
    ? differences
    : [...differences, ...fieldDifferences(truth, actual, new Set(argumentsOf(table)))];
}

function fieldDifferences(truth: Body, actual: Body, known: ReadonlySet<string>): readonly Difference[] {
  const ours = fieldsByName(truth);
  const theirs = fieldsByName(actual);
  const missing = [...ours].flatMap(([name, field]): readonly Difference[] => {
    const shownBy = { call: 'with', argument: field.argument } as const;
    const other = theirs.get(name);
    if (other === undefined) return [{ does: `sends the field ${quoted(name)} of the body, which its table does not have`, shownBy }];
    const misnamed = misnaming(field.argument, other, known);
    if (misnamed !== undefined) return [misnamed];
    const [expected, found] = [fieldNotation(field, truth), fieldNotation(other, truth)];
    if (expected === found) return [];
    return [{ does: `sends the field ${quoted(name)} of the body ${expected}, and its table says ${found}`, shownBy }];
  });
  const surplus = [...theirs].flatMap(([name, { argument }]): readonly Difference[] => {
    if (ours.has(name)) return [];
    const does = `does not send the field ${quoted(name)} of the body, which the specification does not have`;
    return [{ does, shownBy: { call: 'beyond', argument } }];
  });
  return [...missing, ...surplus];
}

/** What of a field matters on the wire in a body of this kind. */
function fieldNotation({ style, explode, contentType, file = false }: Field, { kind }: Body): string {
  if (kind === 'form') {
    const exploded = explode ?? (style === undefined || style === 'form' || style === 'deepObject');
    return `${style === undefined ? 'in no style' : `in the style ${style}`}${exploded ? ', exploded' : ''}`;
  }
  if (kind !== 'multipart') return 'as JSON';
  return `${file ? 'as a file' : 'as a value'}${contentType === undefined ? '' : ` of the type ${shorten(oneLine(contentType), 100)}`}`;
}

/** What callers must give. Arguments that are in no slot of the connector's are told already. */
function requirementDifferences(truth: Truth, actual: Operation): readonly Difference[] {
  const theirs = new Set(arrayOr(actual.inputSchema.required));
  const known = objectOr(actual.inputSchema.properties);
  const differences: Difference[] = [];
  const needed = new Set<unknown>();
  for (const argument of truth.required) {
    const [name = argument, value] = Object.entries(translated({ [argument]: true }, truth, actual))[0] ?? [];
    needed.add(name);
    // A field inside of a body that is one argument: that argument's own schema says what it needs.
    if (isObject(value) || theirs.has(name) || own(known, name) === undefined) continue;
    differences.push({
      does: `asks for ${quoted(name)}, which the specification requires and its table does not`,
      shownBy: { call: 'without', argument },
    });
  }
  for (const name of theirs)
    if (!needed.has(name) && !isBodyWithFields(name, truth, actual))
      differences.push({ does: `works without ${quoted(String(name))}, which the specification does not require`, shownBy: required });
  return differences;
}

const isBodyWithFields = (name: unknown, truth: Truth, actual: Operation): boolean =>
  name === actual.body?.argument && truth.body?.fields !== undefined;

function accessDifferences(truth: Truth, actual: Operation): readonly Difference[] {
  const [expected, found] = [truth, actual].map(({ security }) =>
    security.map((schemes) => [...schemes].sort().join(' and ')).join(', or '),
  );
  if (expected === found) return [];
  const does = `is let in by ${quoted(expected || 'nothing')}, and its table says ${quoted(found || 'nothing')}`;
  return [{ does, shownBy: { call: 'access' } }];
}

/**
 * Clients ask nobody before they call what only reads, destroys nothing or may be called twice. That an operation is
 * called more dangerous than it is does no harm.
 */
function annotationDifferences({ annotations: truth }: Truth, { annotations: actual }: Operation): readonly Difference[] {
  const harmful = [
    ['changes something', 'it only reads', !truth.readOnlyHint && actual.readOnlyHint],
    ['may destroy something', 'it does not', truth.destructiveHint && !actual.destructiveHint],
    ['does more when it is called twice', 'it does not', !truth.idempotentHint && actual.idempotentHint],
  ] as const;
  return harmful.flatMap(([expected, found, isHarmful]) =>
    isHarmful ? [{ does: `${expected}, and its annotations say that ${found}`, shownBy: { call: 'none', expected } }] : [],
  );
}
