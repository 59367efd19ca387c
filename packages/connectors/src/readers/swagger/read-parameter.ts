/**
 * Parameters of Swagger 2.0 -> the model's. Their schema is written beside their name, and how a list
 * travels is called a collection format.
 */
import { isObject, type JsonObject, textOf } from '../../json.ts';
import type { Issues } from '../../model/issues.ts';
import type { ApiParameter, ParameterStyle } from '../../model/model.ts';
import type { References } from '../../model/references.ts';
import { isHeaderName, isIgnoredHeader, type WrittenParameter } from '../merge-parameters.ts';

export interface SwaggerReader {
  readonly references: References;
  readonly issues: Issues;
}

/** What in a Parameter Object is not of its schema. */
const notOfSchema = new Set(['name', 'in', 'required', 'description', 'collectionFormat', 'allowEmptyValue', 'schema']);

/** A parameter that is neither a body nor a part of one; undefined for those and for what cannot be sent. */
export function readParameter({ value, pointer }: WrittenParameter, reader: SwaggerReader): ApiParameter | undefined {
  const name = textOf(value.name);
  const place = value.in;
  if (place === 'body' || (place === 'formData' && name !== undefined)) return undefined;
  if (name === undefined || (place !== 'path' && place !== 'query' && place !== 'header')) {
    const message = 'A parameter needs a name and a place ("in": path, query, header, formData or body); it was left out.';
    reader.issues.add('error', pointer, message);
    return undefined;
  }
  if (place === 'header' && isIgnoredHeader(name)) return undefined;
  if (place === 'header' && !isHeaderName(name)) {
    reader.issues.add('error', pointer, 'This is no name of a header; the parameter was left out.');
    return undefined;
  }
  const description = textOf(value.description);
  return {
    name,
    in: place,
    required: value.required === true || place === 'path',
    deprecated: value['x-deprecated'] === true,
    ...(description === undefined ? {} : { description }),
    ...(place === 'query' ? listStyle(value, pointer, reader.issues) : simpleStyle(value, pointer, reader.issues)),
    allowReserved: false,
    schema: schemaOf(value),
  };
}

/** The schema that a Parameter Object holds between its other fields. */
export function schemaOf(parameter: JsonObject): unknown {
  // Not of the standard, and common.
  if (parameter.type === undefined && parameter.schema !== undefined) return parameter.schema;
  if (parameter.type === 'file') return { type: 'string', format: 'binary' };
  return Object.fromEntries(Object.entries(parameter).filter(([field]) => !notOfSchema.has(field)));
}

/** What stands between the items of a list where it is no comma. */
const separators: ReadonlyMap<unknown, string> = new Map([
  ['ssv', 'blanks'],
  ['tsv', 'tabs'],
  ['pipes', 'bars'],
]);

function tellOfCommas(collectionFormat: unknown, pointer: string, issues: Issues): void {
  const separator = separators.get(collectionFormat);
  if (separator !== undefined)
    issues.add('warning', pointer, `A list with ${separator} between its items cannot be sent here; commas are used.`);
}

/** Lists within a list have a format of their own, which nothing else than Swagger 2.0 knows. */
function tellOfInnerLists(parameter: JsonObject, pointer: string, issues: Issues): void {
  for (let items = parameter.items; isObject(items); items = items.items) {
    const separator = separators.get(items.collectionFormat);
    if (separator !== undefined)
      issues.add(
        'warning',
        pointer,
        `A list within a list cannot be sent with ${separator} between its items here; it is written as JSON.`,
      );
  }
}

/** How a list travels in a path or a header: OpenAPI 3 knows commas only. */
function simpleStyle(parameter: JsonObject, pointer: string, issues: Issues): Pick<ApiParameter, 'style' | 'explode'> {
  tellOfCommas(parameter.collectionFormat, pointer, issues);
  tellOfInnerLists(parameter, pointer, issues);
  return { style: 'simple', explode: false };
}

/** How a list travels in a query or form. Anything but `multi` puts it into one value. */
export function listStyle(
  parameter: JsonObject,
  pointer: string,
  issues: Issues,
): { readonly style: ParameterStyle; readonly explode: boolean } {
  tellOfInnerLists(parameter, pointer, issues);
  switch (parameter.collectionFormat) {
    case 'multi':
      return { style: 'form', explode: true };
    case 'ssv':
      return { style: 'spaceDelimited', explode: false };
    case 'pipes':
      return { style: 'pipeDelimited', explode: false };
    case 'tsv':
      tellOfCommas('tsv', pointer, issues);
      return { style: 'form', explode: false };
    default:
      // Only lists have a collection format; other values take OpenAPI's default.
      return { style: 'form', explode: parameter.type !== 'array' };
  }
}
