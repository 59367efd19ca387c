/**
 * The API as its specification describes it: a stand-in that a connector is verified against.
 *
 * It is strict where a wrong connector would show (path, method, required parameters, types of
 * scalars, presence and form of the body) and answers 4xx with a sentence; it is lenient about
 * credentials, because a verifier has none. With each answer it tells which operation it took the request
 * for and what was sent of it, so that a verifier sees more than a status.
 */
import { arrayOr, isObject, type JsonObject, objectOr, own } from '../json.ts';
import type { ApiMedia, ApiModel, ApiOperation, ApiParameter } from '../model/model.ts';
import { isJsonMedia, takesMedia } from '../tools/media-types.ts';
import { placeholderValues } from './placeholder-values.ts';
import { type Sampling, sampleValue } from './sample-value.ts';

/** Schemas that one is put together of; no real one takes over so many. */
const MAX_PARTS = 1000;

export interface MockRequest {
  readonly method: string;
  /** Absolute, or a path with its query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface MockResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** The operations that the request fits, the one that answered first; empty when it was refused. */
  readonly reached: readonly ReachedOperation[];
}

export interface ReachedOperation {
  readonly method: string;
  readonly path: string;
  /** Names of parameters and of the body's fields that the operation declares and the request did not hold. */
  readonly unsent: readonly string[];
}

export interface MockUpstream {
  respond(request: MockRequest): MockResponse;
  /** Hosts the API lives on, ports included; empty when the specification does not say. */
  readonly hosts: ReadonlySet<string>;
}

interface Route {
  readonly operation: ApiOperation;
  readonly segments: readonly Segment[];
  /** Pairs a template carries itself, as in `/responses?beta=true` or `/find?by={name}`. */
  readonly query: readonly (readonly [name: string, value: Segment])[];
  /** How particular the template is: the most particular one that matches is meant. */
  readonly weight: number;
}
interface Segment {
  /** What stands around its placeholders; the text itself when it has none. */
  readonly literals: readonly string[];
  readonly names: readonly string[];
}

/** Characters of a path that count. */
const MAX_WEIGHED = 2000;

/** What of an API its mock is made of. */
export type MockedApi = Pick<ApiModel, 'operations' | 'references' | 'basePaths' | 'baseUrl'>;

/** A mock of the whole API. */
export function mockUpstream(model: MockedApi): MockUpstream {
  const routes = new Map<number, Route[]>();
  for (const route of model.operations.map(routeOf).sort((a, b) => b.weight - a.weight)) {
    const sameLength = routes.get(route.segments.length) ?? [];
    sameLength.push(route);
    routes.set(route.segments.length, sameLength);
  }
  const sampling: Sampling = {
    optional: true,
    resolve: (schema) => {
      const resolution = model.references.resolve(schema);
      return resolution.kind === 'found' ? resolution.value : {};
    },
  };
  // All operations of GraphQL share one address: the document tells them apart.
  const byDocument = new Map(
    model.operations.flatMap((operation) => (operation.graphql ? [[operation.graphql.document, operation] as const] : [])),
  );
  const isGraphql = byDocument.size > 0 && byDocument.size === model.operations.length;
  const servers = [model.baseUrl, ...model.operations.map(({ server }) => server)];
  const addresses = servers.flatMap((server) => (server !== undefined && URL.canParse(server) ? [new URL(server)] : []));
  const basePaths = new Set(['', ...model.basePaths, ...addresses.map(({ pathname }) => pathname.replace(/\/+$/, ''))]);
  return {
    hosts: new Set(addresses.map(({ host }) => host)),
    respond(request) {
      if (!URL.canParse(request.url, 'http://mock.invalid')) return refusal(400, `The URL ${request.url} cannot be read.`);
      const url = new URL(request.url, 'http://mock.invalid');
      if (isGraphql) return answerGraphql(request, byDocument, sampling);
      const method = request.method.toUpperCase();
      let refused = refusal(404, `The specification has no path that matches ${url.pathname}.`);
      let complaint: string | undefined;
      const fitting: ApiOperation[] = [];
      // Collections ask one path in several ways: whichever of them fits is meant.
      for (const { operation, values } of matchesOf(routes, url, basePaths)) {
        if (operation.method !== method) {
          refused = refusal(405, `The specification has no operation ${request.method} for ${url.pathname}.`);
          continue;
        }
        const heard = complaintAbout(operation, values, url, request, sampling);
        if (heard === null) fitting.push(operation);
        else complaint ??= heard;
      }
      const [first] = fitting;
      if (first !== undefined)
        return { ...answer(first, sampling), reached: fitting.map((operation) => reachedBy(operation, url, request, sampling)) };
      return complaint === undefined ? refused : refusal(400, complaint);
    },
  };
}

function routeOf(operation: ApiOperation): Route {
  const parts = operation.path.split(/[?#]/)[0]?.split('/') ?? [];
  // A document writes some of a path escaped and some not, and so do clients: what is meant is compared.
  const segments = parts.map((part) => segmentOf(part, decoded));
  const pairs = new URLSearchParams(operation.path.split('#')[0]?.split('?')[1] ?? '');
  const query = [...pairs].map(([name, value]) => [name, segmentOf(value)] as const);
  const literals = segments.filter((segment) => segment.names.length === 0).length + query.length;
  // Among placeholders, `{base}...{head}` is more particular than `{basehead}`.
  const weight = literals + Math.min(operation.path.replace(/\{[^{}]*\}/g, '').length, MAX_WEIGHED) / (MAX_WEIGHED + 1);
  return { operation, segments, query, weight };
}

/** `reads`: what its text means. */
function segmentOf(template: string, reads: (text: string) => string = (text) => text): Segment {
  const names = [...template.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '');
  return { literals: template.split(/\{[^{}]+\}/).map(reads), names };
}

interface Match {
  readonly operation: ApiOperation;
  readonly values: ReadonlyMap<string, string>;
}

/** Every operation of the path, the most particular one first. A connector may call the bare path or the path below any of the API's servers. */
function* matchesOf(routes: ReadonlyMap<number, readonly Route[]>, url: URL, basePaths: ReadonlySet<string>): Generator<Match> {
  for (const base of basePaths) {
    if (!url.pathname.startsWith(base)) continue;
    const parts = url.pathname.slice(base.length).split('/').map(decoded);
    for (const route of routes.get(parts.length) ?? []) {
      const values = matchedValues(route, parts, url);
      if (values !== null) yield { operation: route.operation, values };
    }
  }
}

/** What stands in the placeholders; null when the request is not the route's. */
function matchedValues(route: Route, parts: readonly string[], url: URL): ReadonlyMap<string, string> | null {
  const sent = [...route.segments.entries()].map(([index, segment]) => [segment, parts[index]] as const);
  // An API of 11,000 paths is searched by comparing texts.
  if (sent.some(([{ literals, names }, part]) => names.length === 0 && literals[0] !== part)) return null;
  const values = new Map<string, string>();
  const pairs = route.query.map(([name, segment]) => [segment, url.searchParams.get(name) ?? undefined] as const);
  for (const [{ literals, names }, text] of [...sent, ...pairs]) {
    const read = text === undefined ? null : placeholderValues(text, literals, 1);
    if (read === null) return null;
    for (const [position, name] of names.entries()) values.set(name, read[position] ?? '');
  }
  return values;
}

/** What is no escape stays as it is, and the rest is decoded all the same. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

function complaintAbout(
  operation: ApiOperation,
  pathValues: ReadonlyMap<string, string>,
  url: URL,
  request: MockRequest,
  sampling: Sampling,
): string | null {
  const headers = new Headers(request.headers);
  const cookies = cookieNames(headers);
  for (const parameter of operation.parameters) {
    const value = sentValue(parameter, pathValues, url, headers, cookies);
    if (value === null && parameter.required && !spreads(parameter, sampling))
      return `The required ${parameter.in} parameter "${parameter.name}" is missing.`;
    if (value !== null && !fitsScalar(value, parameter, sampling))
      return `The ${parameter.in} parameter "${parameter.name}" does not have the type the specification gives it.`;
  }
  return bodyComplaint(operation, headers, request.body, sampling);
}

const cookieNames = (headers: Headers): ReadonlySet<string> =>
  new Set((headers.get('Cookie') ?? '').split(';').map((pair) => decoded(pair.split('=')[0]?.trim() ?? '')));

const mediaTypeOf = (headers: Headers): string => (headers.get('Content-Type') ?? '').toLowerCase().split(';')[0]?.trim() ?? '';

function sentValue(
  parameter: ApiParameter,
  pathValues: ReadonlyMap<string, string>,
  url: URL,
  headers: Headers,
  cookies: ReadonlySet<string>,
): string | null {
  switch (parameter.in) {
    case 'path':
      return pathValues.get(parameter.name) ?? null;
    case 'query': {
      const exact = url.searchParams.get(parameter.name) ?? url.searchParams.get(`${parameter.name}[]`);
      const nested = [...url.searchParams.keys()].some((key) => key.startsWith(`${parameter.name}[`));
      return exact ?? (nested ? '' : null);
    }
    case 'querystring':
      // What credentials add stands behind it.
      return url.search === '' ? null : decoded(url.search.slice(1).split('&')[0] ?? '');
    case 'header':
      return headers.get(parameter.name);
    case 'cookie':
      return cookies.has(parameter.name) ? '' : null;
  }
}

/** An exploded object has no name of its own on the wire, and an empty list or null has nothing at all. */
function spreads(parameter: ApiParameter, sampling: Sampling): boolean {
  if (parameter.in === 'path' || (parameter.in === 'querystring' && parameter.mediaType !== undefined)) return false;
  const schema = isObject(parameter.schema) ? sampling.resolve(parameter.schema) : {};
  return isObject(schema.properties) || ['object', 'array', 'null'].includes(String(schema.type)) || !('type' in schema);
}

/** Only what cannot be misread is judged: a single integer, number or boolean, and a query that is JSON. */
function fitsScalar(value: string, parameter: ApiParameter, sampling: Sampling): boolean {
  const schema = isObject(parameter.schema) ? sampling.resolve(parameter.schema) : {};
  if (parameter.in === 'querystring') return parameter.mediaType === undefined || parsed(value) !== undefined;
  if (parameter.mediaType !== undefined || parameter.style === 'label' || parameter.style === 'matrix' || value === '') return true;
  if (schema.type === 'integer') return /^-?\d+$/.test(value);
  if (schema.type === 'number') return Number.isFinite(Number(value));
  return schema.type === 'boolean' ? value === 'true' || value === 'false' : true;
}

/** GraphQL over HTTP: any address is its endpoint, and the document says which operation is meant. */
function answerGraphql(request: MockRequest, byDocument: ReadonlyMap<string, ApiOperation>, sampling: Sampling): MockResponse {
  if (request.method.toUpperCase() !== 'POST') return refusal(405, 'The GraphQL endpoint takes POST only.');
  const body = objectOr(parsed(request.body ?? ''));
  const operation = byDocument.get(String(body.query));
  if (operation === undefined) return refusal(400, 'The "query" of the body is none of the operations.');
  const complaint = variablesComplaint(body, operation, sampling);
  if (complaint !== null) return refusal(400, complaint);
  const declared = operation.body?.media.flatMap(({ schema }) => declaredFields(schema, sampling)) ?? [];
  const unsent = declared.filter((name) => own(objectOr(body.variables), name) === undefined);
  return { ...answer(operation, sampling), reached: [{ method: operation.method, path: operation.path, unsent }] };
}

function variablesComplaint(body: JsonObject, operation: ApiOperation, sampling: Sampling): string | null {
  if (body.query !== operation.graphql?.document) return 'The "query" of the body is not the operation\u2019s.';
  const [media] = operation.body?.media ?? [];
  return media === undefined ? null : missingField(body.variables ?? {}, media, sampling);
}

/** The value of a JSON text; undefined when it is none. */
function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function bodyComplaint(operation: ApiOperation, headers: Headers, body: string | null, sampling: Sampling): string | null {
  if (operation.graphql !== undefined) return variablesComplaint(objectOr(parsed(body ?? '')), operation, sampling);
  const { body: declared } = operation;
  const present = body !== null && body !== '';
  if (declared === undefined) return present ? 'The specification has no body for this operation.' : null;
  const mediaType = mediaTypeOf(headers);
  // A form of empty lists and objects has no text.
  const isEmptyForm = !present && mediaType === 'application/x-www-form-urlencoded';
  if (!present)
    return declared.required && !isEmptyForm && !canBeEmpty(declared.media[0], sampling) ? 'The required body is missing.' : null;
  const media = sentMedia(declared.media, mediaType);
  if (media === undefined)
    return `The specification does not take a body of the type "${mediaType}"; it takes ${declared.media.map((each) => each.mediaType).join(', ')}.`;
  if (!isJsonMedia(mediaType)) return null;
  const value = parsed(body);
  return value === undefined ? 'The body is not valid JSON.' : missingField(value, media, sampling);
}

/** A body whose fields are all optional may be left out by a caller that has none of them. */
function canBeEmpty(media: ApiMedia | undefined, sampling: Sampling): boolean {
  if (media === undefined || !isObject(media.schema)) return media?.schema === undefined;
  const schema = sampling.resolve(media.schema);
  return schema.type !== 'string' && schema.type !== 'array' && requiredFields(schema, sampling).length === 0;
}

/** The media type of the body that was sent: itself, or else a range that it is in. */
const sentMedia = (declared: readonly ApiMedia[], sent: string): ApiMedia | undefined =>
  declared.find(({ mediaType }) => mediaType === sent) ?? declared.find(({ mediaType }) => takesMedia(mediaType, sent));

function missingField(value: unknown, media: ApiMedia, sampling: Sampling): string | null {
  const schema = isObject(media.schema) ? sampling.resolve(media.schema) : {};
  if (schema.type === 'array' && !Array.isArray(value)) return 'The body must be a list.';
  if (schema.type === 'object' && !isObject(value)) return 'The body must be an object.';
  if (!isObject(value)) return null;
  const missing = requiredFields(schema, sampling).find((name) => own(value, name) === undefined);
  return missing === undefined ? null : `The body has no "${missing}", which the specification requires.`;
}

function reachedBy(operation: ApiOperation, url: URL, { headers, body }: MockRequest, sampling: Sampling): ReachedOperation {
  const sentHeaders = new Headers(headers);
  const cookies = cookieNames(sentHeaders);
  const sent = new Set<string>();
  const unsent = unsentFields(operation, sentHeaders, body, sampling);
  for (const parameter of operation.parameters) {
    const isThere = parameter.in === 'path' || sentValue(parameter, new Map(), url, sentHeaders, cookies) !== null;
    if (isThere || spreads(parameter, sampling)) sent.add(parameter.name);
    else unsent.push(parameter.name);
  }
  // Several places may use one name, and an argument of that name means one of them.
  return { method: operation.method, path: operation.path, unsent: unsent.filter((name) => !sent.has(name)) };
}

/** Of a body whose fields can be told apart; of others nothing is known. */
function unsentFields(operation: ApiOperation, headers: Headers, body: string | null, sampling: Sampling): string[] {
  const mediaType = mediaTypeOf(headers);
  const media = sentMedia(operation.body?.media ?? [], mediaType);
  if (media === undefined) return [];
  const declared = declaredFields(media.schema, sampling);
  if (isJsonMedia(mediaType)) {
    const json = parsed(body ?? '');
    const value = operation.graphql === undefined ? json : objectOr(objectOr(json).variables);
    return isObject(value) ? declared.filter((name) => !Object.hasOwn(value, name)) : [];
  }
  if (mediaType === 'multipart/form-data') return declared.filter((name) => !(body ?? '').includes(`name="${name}`));
  if (mediaType !== 'application/x-www-form-urlencoded') return [];
  const keys = [...new URLSearchParams(body ?? '').keys()];
  // Objects may be spread, and lists may have nothing in them: only what is one value must be there by its name.
  return declared.filter(
    (name) =>
      isScalar(partsOf(sampling.resolve(objectOr(media.schema)), sampling), name, sampling) &&
      !keys.some((key) => key.split('[')[0] === name),
  );
}

const isScalar = (parts: readonly JsonObject[], name: string, sampling: Sampling): boolean =>
  parts.some((part) => {
    const property = own(objectOr(part.properties), name);
    const type = isObject(property) ? sampling.resolve(property).type : undefined;
    return type === 'string' || type === 'integer' || type === 'number' || type === 'boolean';
  });

/** Names of the body's fields at its root. */
function declaredFields(schema: unknown, sampling: Sampling): string[] {
  if (!isObject(schema)) return [];
  return [...new Set(partsOf(sampling.resolve(schema), sampling).flatMap((part) => Object.keys(objectOr(part.properties))))];
}

/** Names that are required and declared: documents require fields that exist nowhere. */
function requiredFields(schema: JsonObject, sampling: Sampling): string[] {
  const parts = partsOf(schema, sampling);
  const declared = new Map(parts.flatMap((part) => Object.entries(objectOr(part.properties))));
  const required = parts.flatMap((part) => arrayOr(part.required)).filter((name) => typeof name === 'string');
  return required.filter((name) => {
    const property = declared.get(name);
    return isObject(property) && sampling.resolve(property).readOnly !== true;
  });
}

/** The schema and everything its `allOf` adds, each once. */
function partsOf(schema: JsonObject, sampling: Sampling): readonly JsonObject[] {
  const parts = new Set([schema]);
  // What is added while a set is walked through is walked through, too.
  for (const part of parts)
    for (const added of arrayOr(part.allOf)) if (isObject(added) && parts.size < MAX_PARTS) parts.add(sampling.resolve(added));
  return [...parts];
}

function answer(operation: ApiOperation, sampling: Sampling): Omit<MockResponse, 'reached'> {
  const successes = operation.responses.filter((response) => /^2(\d\d|XX)$/i.test(response.status));
  const response = successes[0] ?? operation.responses.find((each) => each.status === 'default');
  const status = /^\d{3}$/.test(response?.status ?? '') ? Number(response?.status) : 200;
  const media = response?.media.find((each) => isJsonMedia(each.mediaType)) ?? response?.media[0];
  if (media === undefined || status === 204 || status === 205 || operation.method === 'HEAD') return { status, headers: {}, body: '' };
  const mediaType = media.mediaType.includes('*') || media.mediaType === '' ? 'application/json' : media.mediaType;
  const value = media.example ?? sampleValue(media.schema ?? {}, sampling);
  const body = isJsonMedia(mediaType) || typeof value !== 'string' ? JSON.stringify(value) : value;
  return { status, headers: { 'content-type': mediaType }, body };
}

const refusal = (status: number, message: string): MockResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message }),
  reached: [],
});
