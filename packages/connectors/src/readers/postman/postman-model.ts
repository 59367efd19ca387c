/**
 * Postman collections (1, 2.0, 2.1) -> the one model: requests are operations, folders their tags.
 *
 * A collection is a list of examples. What was filled in becomes a default, what was switched off
 * becomes optional, and two requests to one path stay two operations, told apart by their names.
 */
import { ok, type Result } from '@mcpoverflow/types';
import type { SpecificationFault } from '../../fault.ts';
import { isObject, type JsonObject, objectOr, oneLine, textOf } from '../../json.ts';
import { newIssues } from '../../model/issues.ts';
import type { ApiModel, ApiOperation, ApiParameter, ApiResponse, SecurityScheme } from '../../model/model.ts';
import { referencesOf } from '../../model/references.ts';
import { isHeaderName, isIgnoredHeader, pathText } from '../merge-parameters.ts';
import { absoluteUrl } from '../openapi/servers.ts';
import { type CollectionRequest, descriptionOf, type Entry, entriesOf, type Folder, requestsOf } from './collection.ts';
import { inferSchema, looseJson } from './infer-schema.ts';
import { requestAuth } from './request-auth.ts';
import { isNeeded, requestBody, textSchema } from './request-body.ts';
import { type RequestUrl, requestUrl } from './request-url.ts';
import { hasVariable, type Variables, variablesOf } from './variables.ts';

/** Headers that Postman or an HTTP client adds by itself. */
const headersOfClients = new Set(['postman-token', 'user-agent', 'accept-encoding', 'cache-control']);

interface Read {
  readonly operation: ApiOperation;
  /** The operation's base URL; undefined when only an environment knows it. */
  readonly base: string | undefined;
}

/** Builds the model of the API that a collection calls. Every collection has one. */
export function postmanModel(collection: JsonObject): Result<ApiModel, SpecificationFault> {
  const issues = newIssues();
  const info = objectOr(collection.info);
  const variables = variablesOf(entriesOf(collection.variable ?? collection.variables));
  const requests = requestsOf(collection, issues);
  const names = operationNames(requests);
  const schemes = new ToldApart();
  const read = requests.map((request, index): Read => {
    const url = requestUrl(request.url);
    const base = absoluteUrl(withScheme(variables.replace(url.base)));
    if (base === undefined && url.base !== '') {
      const message = hasVariable(variables.replace(url.base))
        ? `The address ${url.base} has no value in the collection; set BASE_URL.`
        : 'The address of the request is not one of HTTP; set BASE_URL.';
      issues.add('warning', request.pointer, message);
    }
    const asked = requestAuth(request, variables);
    const scheme = asked === undefined ? undefined : schemes.take(asked);
    if (scheme?.kind === 'unsupported') {
      issues.add('warning', request.pointer, `A connector cannot send credentials of the kind "${scheme.what}".`);
    }
    const operation = operationOf(request, names[index], url, scheme, variables);
    if (operation.graphql === undefined && operation.body === undefined && hasPrunedBody(request)) {
      issues.add('info', request.pointer, `A ${request.method} request has no body on the wire; the one written here was left out.`);
    }
    return { operation, base };
  });
  if (read.length === 0) issues.add('warning', '', 'The document describes no operations.');
  const baseUrl = mostCommon(read.map(({ base }) => base));
  return ok({
    title: oneLine(textOf(info.name) ?? textOf(collection.name) ?? 'Untitled API'),
    version: versionOf(info.version),
    description: descriptionOf(info.description) ?? descriptionOf(collection.description) ?? '',
    ...(baseUrl === undefined ? {} : { baseUrl }),
    basePaths: [baseUrl === undefined ? '' : new URL(baseUrl).pathname.replace(/\/+$/, '')],
    tags: tagsOf(requests),
    operations: read.map(({ operation, base }) => (base === undefined || base === baseUrl ? operation : { ...operation, server: base })),
    securitySchemes: schemes.byName,
    schemas: {},
    references: referencesOf(collection),
    issues: issues.list,
  });
}

/** Requests may want one kind of credential in several ways: each way is a scheme of its own. */
class ToldApart {
  readonly byName = new Map<string, SecurityScheme>();
  readonly #byText = new Map<string, SecurityScheme>();
  /** The number that the next of many alike would get. */
  readonly #next = new Map<string, number>();

  take(scheme: SecurityScheme): SecurityScheme {
    const text = JSON.stringify(scheme);
    const before = this.#byText.get(text);
    if (before !== undefined) return before;
    let { name } = scheme;
    for (let count = this.#next.get(scheme.name) ?? 2; this.byName.has(name); count += 1) {
      name = `${scheme.name} ${count}`;
      this.#next.set(scheme.name, count + 1);
    }
    const named = { ...scheme, name };
    this.byName.set(name, named);
    this.#byText.set(text, named);
    return named;
  }
}

/** Addresses are often written without a scheme. */
const withScheme = (text: string): string => (text === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);

const versionOf = (version: unknown): string =>
  isObject(version) ? [version.major, version.minor, version.patch].map((part) => String(part ?? 0)).join('.') : (textOf(version) ?? '');

/** The base URL most requests share; the first of several. Undefined when most have none. */
function mostCommon(bases: readonly (string | undefined)[]): string | undefined {
  const counts = [...Map.groupBy(bases, (base) => base)].sort(([, first], [, second]) => second.length - first.length);
  return counts[0]?.[0];
}

/** The requests' own names; those that several share are told apart by their folders. */
function operationNames(requests: readonly CollectionRequest[]): readonly string[] {
  const key = (name: string): string =>
    name
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
  const counts = Map.groupBy(requests, ({ name }) => key(name));
  return requests.map(({ name, folders }) =>
    (counts.get(key(name))?.length ?? 0) > 1 ? [...folders.map((folder) => folder.name), name].join(' ').trim() : name.trim(),
  );
}

const tagOf = (folders: readonly Folder[]): string =>
  folders
    .map(({ name }) => oneLine(name))
    .filter(Boolean)
    .join(' / ');

function tagsOf(requests: readonly CollectionRequest[]): ApiModel['tags'] {
  const tags = new Map<string, ApiModel['tags'][number]>();
  for (const { folders } of requests) {
    const name = tagOf(folders);
    const description = folders.at(-1)?.description;
    if (name !== '' && !tags.has(name)) tags.set(name, { name, ...(description === undefined ? {} : { description }) });
  }
  return [...tags.values()];
}

const canHaveBody = (request: CollectionRequest): boolean => !['GET', 'HEAD'].includes(request.method);

/** Fetch refuses bodies with GET, and Postman leaves them out unless told otherwise. */
const hasPrunedBody = (request: CollectionRequest): boolean => request.sendsBodyAnyway && !canHaveBody(request);

function operationOf(
  request: CollectionRequest,
  name: string | undefined,
  url: RequestUrl,
  scheme: SecurityScheme | undefined,
  variables: Variables,
): ApiOperation {
  const body = canHaveBody(request) ? requestBody(request, variables) : undefined;
  const tag = tagOf(request.folders);
  const summary = oneLine(request.name);
  return {
    method: request.method,
    path: url.path,
    pointer: request.pointer,
    ...(name === undefined || name === '' ? {} : { operationId: name }),
    ...(summary === '' ? {} : { summary }),
    ...(request.description === undefined ? {} : { description: request.description }),
    tags: tag === '' ? [] : [tag],
    deprecated: false,
    parameters: [
      ...url.placeholders.map((placeholder) => pathParameter(placeholder, request.pathVariables, variables)),
      ...parametersOf(
        'query',
        url.query.filter(({ key }) => !isCredential(scheme, 'query', key)),
        variables,
      ),
      ...parametersOf(
        'header',
        request.headers.filter(({ key }) => isArgument(key, scheme)),
        variables,
      ),
    ],
    ...(body === undefined ? {} : { body: body.body }),
    responses: responsesOf(request.responses),
    security: scheme === undefined ? [] : [[scheme.name]],
    ...(scheme === undefined && textOf(request.auth?.type) === 'noauth' ? { isOpen: true as const } : {}),
    ...(body?.graphql === undefined ? {} : { graphql: { document: body.graphql } }),
    annotations: {},
  };
}

const isCredential = (scheme: SecurityScheme | undefined, place: 'query' | 'header', key: string): boolean =>
  scheme?.kind === 'apiKey' && scheme.in === place && scheme.parameter.toLowerCase() === key.toLowerCase();

const isArgument = (key: string, scheme: SecurityScheme | undefined): boolean =>
  isHeaderName(key) && !isIgnoredHeader(key) && !headersOfClients.has(key.toLowerCase()) && !isCredential(scheme, 'header', key);

/** A path variable: described and filled in beside the address, or a variable of the collection. */
function pathParameter(name: string, described: readonly Entry[], variables: Variables): ApiParameter {
  const value = variables.valueOf(name);
  const ofCollection: Entry = { key: name, isDisabled: false, isFile: false, ...(value === undefined ? {} : { value }) };
  const entry = described.find(({ key }) => key === name) ?? ofCollection;
  return { ...pathText(name), schema: textSchema(entry, variables) };
}

/** One parameter for each key; a key that is there several times is a list. */
function parametersOf(place: 'query' | 'header', entries: readonly Entry[], variables: Variables): ApiParameter[] {
  const key = (entry: Entry): string => (place === 'header' ? entry.key.toLowerCase() : entry.key);
  return [...Map.groupBy(entries, key).values()].flatMap((alike): ApiParameter[] => {
    const [first] = alike;
    if (first === undefined) return [];
    const schema = textSchema(first, variables);
    return [
      {
        name: first.key,
        in: place,
        required: alike.some((entry) => isNeeded(entry, variables)),
        deprecated: false,
        style: place === 'query' ? 'form' : 'simple',
        explode: place === 'query',
        allowReserved: false,
        schema: alike.length === 1 ? schema : { type: 'array', items: schema },
      },
    ];
  });
}

const mediaTypesOfPreviews: Readonly<Record<string, string>> = { json: 'application/json', html: 'text/html', xml: 'application/xml' };

/** Saved answers, the first of each status. */
function responsesOf(saved: readonly unknown[]): ApiResponse[] {
  const byStatus = new Map<string, ApiResponse>();
  for (const response of saved) {
    if (!isObject(response)) continue;
    const status = String(response.code ?? objectOr(response.responseCode).code ?? '');
    if (!/^\d{3}$/.test(status) || byStatus.has(status)) continue;
    const header = entriesOf(response.header ?? response.headers).find(({ key }) => key.toLowerCase() === 'content-type');
    const preview = textOf(response._postman_previewlanguage) ?? textOf(response.language) ?? '';
    const text = textOf(response.body) ?? textOf(response.text);
    const json = text === undefined ? undefined : looseJson(text);
    const named = header?.value?.toLowerCase().split(';')[0]?.trim();
    const guessed =
      json === undefined
        ? Object.hasOwn(mediaTypesOfPreviews, preview)
          ? mediaTypesOfPreviews[preview]
          : 'text/plain'
        : 'application/json';
    const mediaType = named ?? guessed ?? 'text/plain';
    const media = {
      mediaType,
      schema: json === undefined ? { type: 'string' } : inferSchema(json),
      example: json ?? text,
      encodings: new Map(),
    };
    byStatus.set(status, { status, description: textOf(response.name) ?? '', media: text === undefined ? [] : [media] });
  }
  return [...byStatus.values()];
}
