/**
 * A Postman collection of any version, put into one form: a flat list of requests, each with the
 * folders it lies in and the credentials it inherits. Versions 2.0 and 2.1 are trees, version 1 keeps
 * folders and requests in lists that name each other.
 */
import { arrayOr, isObject, type JsonObject, objectOr, pointerTo, textOf } from '../../json.ts';
import type { Issues } from '../../model/issues.ts';

/** A key and its value, wherever Postman keeps such: query, headers, forms, variables. */
export interface Entry {
  readonly key: string;
  readonly value?: string;
  readonly description?: string;
  readonly isDisabled: boolean;
  readonly isFile: boolean;
  readonly contentType?: string;
}

export interface Folder {
  readonly name: string;
  readonly description?: string;
}

export interface CollectionRequest {
  /** Where the request stands in the collection. */
  readonly pointer: string;
  readonly name: string;
  readonly description?: string;
  readonly folders: readonly Folder[];
  readonly method: string;
  /** Text, or an object in parts. */
  readonly url: unknown;
  readonly pathVariables: readonly Entry[];
  readonly headers: readonly Entry[];
  readonly body: JsonObject;
  /** The nearest `auth` of the request and what it lies in; undefined when nobody names one. */
  readonly auth?: JsonObject;
  readonly responses: readonly unknown[];
  /** Postman sends no body with GET unless this says so. */
  readonly sendsBodyAnyway: boolean;
}

/** Every request of a collection that says where it goes, in its order; what is none is told. */
export function requestsOf(collection: JsonObject, issues: Issues): readonly CollectionRequest[] {
  const all = Array.isArray(collection.item)
    ? requestsOfItems(collection.item, '/item', [], authOf(collection.auth), issues)
    : requestsOfLists(collection);
  return all.filter(({ url, pointer }) => {
    const { raw, host, path } = objectOr(url);
    const isThere = [url, raw, host, path].some((part) => (typeof part === 'string' ? part.trim() !== '' : arrayOr(part).length > 0));
    if (!isThere) issues.add('warning', pointer, 'The request has no address: it was left out.');
    return isThere;
  });
}

/** `auth: null` means "as above". */
const authOf = (value: unknown): JsonObject | undefined => (isObject(value) ? value : undefined);

function requestsOfItems(
  items: readonly unknown[],
  pointer: string,
  folders: readonly Folder[],
  inherited: JsonObject | undefined,
  issues: Issues,
): CollectionRequest[] {
  return items.flatMap((item, index) => {
    const at = pointerTo(pointer, index);
    if (!isObject(item)) return [];
    const name = textOf(item.name) ?? '';
    const description = descriptionOf(item.description);
    if (Array.isArray(item.item)) {
      const folder = { name, ...(description === undefined ? {} : { description }) };
      return requestsOfItems(item.item, `${at}/item`, [...folders, folder], authOf(item.auth) ?? inherited, issues);
    }
    const { request } = item;
    if (typeof request !== 'string' && !isObject(request)) {
      issues.add('warning', at, 'It is neither a folder nor a request: it was left out.');
      return [];
    }
    // A request may be its URL alone.
    const parts: JsonObject = isObject(request) ? request : { url: request };
    const own = descriptionOf(parts.description) ?? description;
    const auth = authOf(parts.auth) ?? authOf(item.auth) ?? inherited;
    return [
      {
        pointer: `${at}/request`,
        name,
        ...(own === undefined ? {} : { description: own }),
        folders,
        method: methodOf(parts.method),
        url: parts.url,
        pathVariables: entriesOf(objectOr(parts.url).variable),
        headers: headersOf(parts.header ?? parts.headers),
        body: objectOr(parts.body),
        ...(auth === undefined ? {} : { auth }),
        responses: arrayOr(item.response ?? item.responses),
        sendsBodyAnyway: objectOr(item.protocolProfileBehavior).disableBodyPruning === true,
      },
    ];
  });
}

/** Version 1: requests name their folder, and folders the one they lie in. */
function requestsOfLists(collection: JsonObject): CollectionRequest[] {
  const folders = new Map<string, JsonObject>();
  const folderOfRequest = new Map<string, string>();
  for (const folder of arrayOr(collection.folders)) {
    const id = textOf(objectOr(folder).id);
    if (id === undefined || !isObject(folder)) continue;
    folders.set(id, folder);
    for (const request of arrayOr(folder.order)) if (typeof request === 'string') folderOfRequest.set(request, id);
  }
  const parents = new Map<string, string>();
  for (const [id, folder] of folders) {
    for (const child of arrayOr(folder.folders_order)) if (typeof child === 'string') parents.set(child, id);
    const parent = textOf(folder.folder) ?? textOf(folder.folderId);
    if (parent !== undefined) parents.set(id, parent);
  }
  const chainOf = (start: string | undefined): JsonObject[] => {
    const chain: JsonObject[] = [];
    const seen = new Set<string>();
    for (let id = start; id !== undefined && !seen.has(id); id = parents.get(id)) {
      seen.add(id);
      const folder = folders.get(id);
      if (folder !== undefined) chain.unshift(folder);
    }
    return chain;
  };
  return arrayOr(collection.requests).flatMap((request, index) => {
    if (!isObject(request)) return [];
    const chain = chainOf(folderOfRequest.get(textOf(request.id) ?? '') ?? textOf(request.folder));
    const description = descriptionOf(request.description);
    const auth =
      authOfVersion1(request) ??
      chain
        .toReversed()
        .map(authOfVersion1)
        .find((found) => found !== undefined) ??
      authOf(collection.auth);
    const pathVariables = Object.entries(objectOr(request.pathVariables)).map(([key, value]) => entry({ key, value }));
    return [
      {
        pointer: pointerTo('/requests', index),
        name: textOf(request.name) ?? '',
        ...(description === undefined ? {} : { description }),
        folders: chain.map((folder) => {
          const told = descriptionOf(folder.description);
          return { name: textOf(folder.name) ?? '', ...(told === undefined ? {} : { description: told }) };
        }),
        method: methodOf(request.method),
        url: request.url,
        pathVariables: Array.isArray(request.pathVariableData) ? entriesOf(request.pathVariableData) : pathVariables,
        headers: headersOf(request.headerData ?? request.headers),
        body: bodyOfVersion1(request),
        ...(auth === undefined ? {} : { auth }),
        responses: arrayOr(request.responses),
        sendsBodyAnyway: false,
      },
    ];
  });
}

/** Version 1 called them helpers; the version 2 names follow from theirs. */
const helpers: Readonly<Record<string, string>> = {
  basicAuth: 'basic',
  bearerAuth: 'bearer',
  digestAuth: 'digest',
  oAuth1: 'oauth1',
  oAuth2: 'oauth2',
  hawkAuth: 'hawk',
  awsSigV4: 'awsv4',
  ntlmAuth: 'ntlm',
  apikeyAuth: 'apikey',
};

function authOfVersion1(owner: JsonObject): JsonObject | undefined {
  const helper = textOf(owner.currentHelper);
  if (helper === undefined || helper === 'normal') return authOf(owner.auth);
  const type = Object.hasOwn(helpers, helper) ? (helpers[helper] ?? helper) : helper;
  return { type, [type]: objectOr(owner.helperAttributes) };
}

function bodyOfVersion1(request: JsonObject): JsonObject {
  switch (request.dataMode) {
    case 'raw':
      return { mode: 'raw', raw: request.rawModeData ?? request.data, options: request.dataOptions };
    case 'urlencoded':
      return { mode: 'urlencoded', urlencoded: request.data };
    case 'params':
      return { mode: 'formdata', formdata: request.data };
    case 'binary':
      return { mode: 'file' };
    case 'graphql':
      return { mode: 'graphql', graphql: request.graphqlModeData };
    default:
      return {};
  }
}

const methodOf = (value: unknown): string => (textOf(value) ?? 'GET').toUpperCase();

/** Text, or an object with the text as its content. */
export const descriptionOf = (value: unknown): string | undefined => textOf(value) ?? textOf(objectOr(value).content);

/** Keys and values; old collections keep headers as lines of text. */
function headersOf(value: unknown): readonly Entry[] {
  if (typeof value !== 'string') return entriesOf(value);
  return value.split(/\r?\n/).flatMap((line) => {
    const [, disabled, key = '', text = ''] = /^\s*(\/\/)?\s*([^:\s]+)\s*:\s*(.*)$/.exec(line) ?? [];
    return key === '' ? [] : [entry({ key, value: text, disabled: disabled !== undefined })];
  });
}

/** A list of keys and values. Entries without a key are nothing. */
export const entriesOf = (value: unknown): readonly Entry[] =>
  arrayOr(value).flatMap((each) => {
    const read = isObject(each) ? entry(each) : undefined;
    return read === undefined || read.key === '' ? [] : [read];
  });

function entry(value: JsonObject): Entry {
  const text = scalarText(value.value ?? value.default);
  const description = descriptionOf(value.description);
  const contentType = textOf(value.contentType);
  return {
    key: textOf(value.key) ?? textOf(value.id) ?? textOf(value.name) ?? '',
    ...(text === undefined ? {} : { value: text }),
    ...(description === undefined ? {} : { description }),
    isDisabled: value.disabled === true || value.enabled === false,
    isFile: value.type === 'file',
    ...(contentType === undefined ? {} : { contentType }),
  };
}

const scalarText = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
