/**
 * The body of a Swagger 2.0 operation: one parameter that is all of it, or form fields that make it up.
 */
import { objectOr, setOwn, textOf } from '../../json.ts';
import type { ApiBody, ApiEncoding } from '../../model/model.ts';
import type { WrittenParameter } from '../merge-parameters.ts';
import { listStyle, type SwaggerReader, schemaOf } from './read-parameter.ts';

const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';

/** The body that the parameters describe, as the media types the operation consumes; undefined when there is none. */
export function readBody(parameters: readonly WrittenParameter[], consumes: readonly string[], reader: SwaggerReader): ApiBody | undefined {
  const [whole, ...others] = parameters.filter(({ value }) => value.in === 'body');
  const fields = parameters.filter(({ value }) => value.in === 'formData' && textOf(value.name) !== undefined);
  if (whole === undefined) return fields.length === 0 ? undefined : formOf(fields, consumes, reader);
  for (const { pointer } of others) reader.issues.add('warning', pointer, 'An operation has one body; this one was left out.');
  if (fields.length > 0) {
    reader.issues.add('warning', whole.pointer, 'A body and form fields exclude each other; the form fields were left out.');
  }
  const description = textOf(whole.value.description);
  const media = (consumes.length > 0 ? consumes : ['application/json']).map((mediaType) => ({
    mediaType,
    schema: whole.value.schema,
    encodings: new Map(),
  }));
  return { required: whole.value.required === true, media, ...(description === undefined ? {} : { description }) };
}

function formOf(fields: readonly WrittenParameter[], consumes: readonly string[], reader: SwaggerReader): ApiBody {
  const properties: Record<string, unknown> = {};
  const encodings = new Map<string, ApiEncoding>();
  const required: string[] = [];
  for (const { value, pointer } of fields) {
    const name = textOf(value.name) ?? '';
    const description = textOf(value.description);
    setOwn(properties, name, { ...objectOr(schemaOf(value)), ...(description === undefined ? {} : { description }) });
    if (value.required === true) required.push(name);
    if (value.type === 'array') encodings.set(name, listStyle(value, pointer, reader.issues));
  }
  const hasFile = fields.some(({ value }) => value.type === 'file');
  const named = consumes.filter((mediaType) => mediaType === MULTIPART || (mediaType === FORM && !hasFile));
  const mediaTypes = named.length > 0 ? named : [hasFile ? MULTIPART : FORM];
  const schema = { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
  return { required: required.length > 0, media: mediaTypes.map((mediaType) => ({ mediaType, schema, encodings })) };
}
