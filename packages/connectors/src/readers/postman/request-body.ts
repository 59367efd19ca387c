/**
 * The body of a request in a collection -> a body of the model. A collection holds examples and no
 * schemas, so a JSON body gets the schema of its example and a form the fields it was filled in with.
 */
import { arrayOr, type JsonObject, objectOr, setOwn, shorten, textOf } from '../../json.ts';
import type { ApiBody, ApiEncoding, ApiMedia } from '../../model/model.ts';
import { graphqlVariables } from '../graphql/request-variables.ts';
import { withParameters } from '../openapi/read-parameters.ts';
import { type CollectionRequest, type Entry, entriesOf } from './collection.ts';
import { inferSchema, looseJson } from './infer-schema.ts';
import { isMadeByPostman, showable, type Variables } from './variables.ts';

/** Characters of a value that Postman makes up, in a sentence. */
const MAX_MADE_UP = 60;

const mediaTypesOfLanguages: Readonly<Record<string, string>> = {
  json: 'application/json',
  xml: 'application/xml',
  html: 'text/html',
  javascript: 'application/javascript',
  text: 'text/plain',
};

export interface RequestBody {
  readonly body: ApiBody;
  /** The text of a GraphQL operation whose variables the body is. */
  readonly graphql?: string;
}

/** The body; undefined when the request has none. */
export function requestBody(request: CollectionRequest, variables: Variables): RequestBody | undefined {
  const { body } = request;
  if (body.disabled === true) return undefined;
  const header = request.headers.find(({ key, isDisabled }) => key.toLowerCase() === 'content-type' && !isDisabled);
  const written = header?.value?.trim();
  const declared = written?.toLowerCase().split(';')[0]?.trim();
  const parameters = withParameters(written ?? '');
  switch (body.mode) {
    case 'raw':
      return rawBody(body, declared, parameters);
    case 'urlencoded':
      return formBody(entriesOf(body.urlencoded), 'application/x-www-form-urlencoded', variables);
    case 'formdata':
      return formBody(entriesOf(body.formdata), 'multipart/form-data', variables);
    case 'file':
      return { body: { required: true, media: [{ ...fileMedia(declared), ...parameters }] } };
    case 'graphql':
      return graphqlBody(objectOr(body.graphql));
    default:
      return undefined;
  }
}

const media = (mediaType: string, schema: unknown, example?: unknown): ApiMedia => ({
  mediaType,
  schema,
  ...(example === undefined ? {} : { example }),
  encodings: new Map(),
});

const fileMedia = (declared = 'application/octet-stream'): ApiMedia => media(declared, { type: 'string', format: 'binary' });

function rawBody(body: JsonObject, declared: string | undefined, parameters: Pick<ApiMedia, 'contentType'>): RequestBody | undefined {
  const text = textOf(body.raw)?.trim();
  if (text === undefined || text === '') return undefined;
  const language = textOf(objectOr(objectOr(body.options).raw).language) ?? '';
  const named = declared ?? (Object.hasOwn(mediaTypesOfLanguages, language) ? mediaTypesOfLanguages[language] : undefined);
  const json = named === undefined || /[/+]json$/.test(named) ? looseJson(text) : undefined;
  const mediaType = named ?? (json === undefined ? 'text/plain' : 'application/json');
  // JSON that cannot be read is still JSON to the API: any value is taken.
  const schema = json === undefined ? (/[/+]json$/.test(mediaType) ? {} : { type: 'string' }) : inferSchema(json);
  return { body: { required: true, media: [{ ...media(mediaType, schema, json), ...parameters }] } };
}

function formBody(entries: readonly Entry[], mediaType: string, variables: Variables): RequestBody | undefined {
  if (entries.length === 0) return undefined;
  const properties: Record<string, unknown> = {};
  const encodings = new Map<string, ApiEncoding>();
  const required = new Set<string>();
  for (const [key, alike] of Map.groupBy(entries, (entry) => entry.key)) {
    const [first] = alike;
    if (first === undefined) continue;
    const schema = first.isFile ? { type: 'string', format: 'binary' } : textSchema(first, variables);
    setOwn(properties, key, alike.length === 1 ? schema : { type: 'array', items: schema });
    if (alike.some((entry) => isNeeded(entry, variables))) required.add(key);
    if (first.contentType !== undefined) encodings.set(key, { contentType: first.contentType });
  }
  const schema = { type: 'object', properties, required: [...required] };
  return { body: { required: required.size > 0, media: [{ mediaType, schema, encodings }] } };
}

/** Whether a caller must say it: what is switched off may be left out, and so may what Postman would make up. */
export const isNeeded = ({ isDisabled, value = '' }: Entry, variables: Variables): boolean =>
  !isDisabled && !isMadeByPostman(variables.replace(value));

/** A text as a collection gives it: with the value it was filled in with as its default. */
export function textSchema(entry: Entry, variables: Variables): Record<string, unknown> {
  const shown = showable(entry.key, entry.value, variables);
  const value = variables.replace(entry.value ?? '');
  const made = isMadeByPostman(value) ? `Postman makes it up, as ${shorten(value, MAX_MADE_UP)}.` : '';
  const description = [made, entry.description ?? ''].filter(Boolean).join(' ');
  return {
    type: 'string',
    ...(description === '' ? {} : { description }),
    ...(shown === undefined ? {} : { default: shown }),
  };
}

function graphqlBody(graphql: JsonObject): RequestBody | undefined {
  const document = textOf(graphql.query);
  if (document === undefined) return undefined;
  const example = typeof graphql.variables === 'string' ? looseJson(graphql.variables) : graphql.variables;
  const schema = graphqlVariables(document, inferSchema(objectOr(example)));
  const isNeeded = arrayOr(schema.required).length > 0;
  return { graphql: document, body: { required: isNeeded, media: [media('application/json', schema, example)] } };
}
