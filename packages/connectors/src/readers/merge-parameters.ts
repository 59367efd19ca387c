/**
 * Parameters come from a path and from its operation, in Swagger 2.0 and OpenAPI 3 alike: which of them
 * count, where each is written, and which placeholders of the path nobody declared.
 */
import { arrayOr, type JsonObject, pointerTo, textOf } from '../json.ts';
import type { Issues } from '../model/issues.ts';
import type { ApiParameter } from '../model/model.ts';
import { describeUnresolved, type References } from '../model/references.ts';

export interface WrittenParameter {
  readonly value: JsonObject;
  /** Where the list names it: the path item's list or the operation's. */
  readonly pointer: string;
}

/** Parameters of the path item and of the operation, the operation's winning where both name one; references followed. */
export function mergeParameters(
  lists: readonly { readonly parameters: unknown; readonly pointer: string }[],
  reader: { readonly references: References; readonly issues: Issues },
): WrittenParameter[] {
  const byKey = new Map<string, WrittenParameter>();
  for (const { parameters, pointer } of lists) {
    for (const [index, value] of arrayOr(parameters).entries()) {
      const at = pointerTo(`${pointer}/parameters`, index);
      const resolved = reader.references.resolve(value);
      if (resolved.kind !== 'found') {
        reader.issues.add('error', at, describeUnresolved(resolved));
        continue;
      }
      const name = textOf(resolved.value.name);
      byKey.set(name === undefined ? at : `${String(resolved.value.in)}:${name}`, { value: resolved.value, pointer: at });
    }
  }
  return [...byKey.values()];
}

/**
 * The parameters with one for every placeholder of the path, and without path parameters that have none. Some servers
 * mark a placeholder that takes more than one segment (`{path+}`, `{path*}`); the mark is no part of its name, but
 * where the path has it, the parameter takes it, because that is what is replaced.
 */
export function completePathParameters(
  written: readonly ApiParameter[],
  at: { readonly path: string; readonly pointer: string },
  issues: Issues,
): readonly ApiParameter[] {
  const placeholders = new Set((at.path.match(/\{[^{}]+\}/g) ?? []).map((placeholder) => placeholder.slice(1, -1)));
  const inPath = new Set<string>();
  for (const parameter of written) if (parameter.in === 'path') inPath.add(parameter.name);
  if (inPath.size === placeholders.size && [...inPath].every((name) => placeholders.has(name))) return written;
  const marked = new Map([...placeholders].filter((name) => /.[+*]$/.test(name)).map((name) => [name.slice(0, -1), name]));
  const inOtherCase = otherCaseOf(placeholders, inPath);
  const parameters = written.map((parameter) => {
    if (parameter.in !== 'path' || placeholders.has(parameter.name)) return parameter;
    const name = marked.get(parameter.name) ?? inOtherCase(parameter.name);
    if (name === undefined) return parameter;
    if (!marked.has(parameter.name))
      issues.add('warning', at.pointer, `The path has {${name}} and the parameter is "${parameter.name}"; they are taken for one.`);
    return { ...parameter, name };
  });
  const declared = new Set(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name));
  const kept = parameters.filter((parameter) => {
    if (parameter.in !== 'path' || placeholders.has(parameter.name)) return true;
    issues.add('warning', at.pointer, `The path parameter "${parameter.name}" has no placeholder in the path; it was left out.`);
    return false;
  });
  for (const name of placeholders) {
    if (declared.has(name)) continue;
    issues.add('warning', at.pointer, `The path has the placeholder {${name}} and no such parameter; it is taken as a text.`);
    kept.push(pathText(name));
  }
  return kept;
}

/** Finds the one placeholder that no parameter is for and that differs from a name in its case alone. */
function otherCaseOf(placeholders: ReadonlySet<string>, declared: ReadonlySet<string>): (name: string) => string | undefined {
  const caseless = (name: string): string => name.toLowerCase();
  const free = Map.groupBy(
    [...placeholders].filter((name) => !declared.has(name)),
    caseless,
  );
  const named = Map.groupBy(declared, caseless);
  return (name) => {
    const [placeholder, ...others] = free.get(caseless(name)) ?? [];
    return others.length === 0 && named.get(caseless(name))?.length === 1 ? placeholder : undefined;
  };
}

/** A path parameter of which only the name is known. */
export const pathText = (name: string): ApiParameter => ({
  name,
  in: 'path',
  required: true,
  deprecated: false,
  style: 'simple',
  explode: false,
  allowReserved: false,
  schema: { type: 'string' },
});

/** Header parameters that OpenAPI says to ignore, and those only the connection itself may set. */
const ignoredHeaders = new Set('accept content-type authorization host content-length connection transfer-encoding cookie'.split(' '));

/** Whether a header is the connection's or the credentials' business and never an argument. */
export const isIgnoredHeader = (name: string): boolean => ignoredHeaders.has(name.toLowerCase());

/** Whether HTTP allows this name for a header. */
export const isHeaderName = (name: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);
