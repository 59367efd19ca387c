/**
 * OpenAPI 3.0, 3.1 and 3.2 documents -> the one model.
 *
 * Vendors' documents are often invalid and still describe a working API. So whatever can be read is
 * read, whatever cannot is left out with an issue at its pointer, and only a document that is no
 * OpenAPI document at all is a fault. Nothing here throws for anything a document holds.
 */

import { ok, type Result } from '@mcpoverflow/types';
import { type SpecificationFault, unusable } from '../../fault.ts';
import { arrayOr, isObject, type JsonObject, objectOr, oneLine, pointerTo, shorten, textOf } from '../../json.ts';
import { newIssues } from '../../model/issues.ts';
import type { ApiBody, ApiModel, ApiOperation, ApiResponse } from '../../model/model.ts';
import { describeUnresolved, referencesOf } from '../../model/references.ts';
import { checkOperations } from '../check-operations.ts';
import { readInfo, readSecurity, saysOpen, sendableBody, withFieldsBeside } from '../document-parts.ts';
import { linkHeader } from '../link-header.ts';
import { readSecuritySchemes } from '../security-schemes.ts';
import { checkStructure } from '../structure/check-structure.ts';
import type { Version } from '../structure/grammar.ts';
import { alike, type Reader, readerOf, readMedia, readParameters } from './read-parameters.ts';
import { basePathsOf, baseUrlOf, describePath, openServers, relativeServers, withoutScheme } from './servers.ts';

/** Characters of an address, in a sentence. */
const MAX_ADDRESS = 200;

/** Path item fields that are operations; `query` is new in 3.2. */
const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'] as const;

/**
 * Builds the model of an API. Fails with `specification-unusable` when the document is of no version
 * that can be read.
 */
export function openapiModel(document: JsonObject): Result<ApiModel, SpecificationFault> {
  const version = versionOf(document.openapi);
  if (version === undefined) {
    return unusable(
      document.openapi === undefined
        ? 'The field "openapi" with the version is missing, such as "openapi": "3.1.0".'
        : `OpenAPI ${shorten(String(document.openapi), 20)} cannot be read; 3.0, 3.1 and 3.2 can.`,
    );
  }

  const issues = newIssues();
  const references = referencesOf(document);
  const components = objectOr(document.components);
  const reader = readerOf(references, issues);
  const baseUrl = baseUrlOf(document.servers);
  const operations = readOperations(document, baseUrl, reader);
  checkServers(document.servers, '', reader);
  const basePaths = basePathsOf(document.servers);
  const pathAlone = baseUrl === undefined ? describePath(basePaths) : undefined;
  if (pathAlone !== undefined) issues.add('info', '/servers/0', pathAlone);
  const securitySchemes = readSecuritySchemes(components.securitySchemes, '/components/securitySchemes', reader);
  checkOperations(operations, securitySchemes, issues);
  checkStructure(document, version, { references, issues });

  return ok({
    ...readInfo(document),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    basePaths,
    operations,
    securitySchemes,
    schemas: objectOr(components.schemas),
    references,
    issues: issues.list,
  });
}

/** Unquoted in YAML, `openapi: 3.0` is a number. */
function versionOf(version: unknown): Exclude<Version, '2.0'> | undefined {
  const [, minor] = /^3\.([012])(?:\.|$)/.exec(typeof version === 'number' ? String(version) : (textOf(version) ?? '')) ?? [];
  return minor === '0' ? '3.0' : minor === '1' ? '3.1' : minor === '2' ? '3.2' : undefined;
}

function readOperations(document: JsonObject, baseUrl: string | undefined, reader: Reader): ApiOperation[] {
  const operations: ApiOperation[] = [];
  for (const [path, item] of Object.entries(objectOr(document.paths))) {
    if (path.startsWith('x-')) continue;
    const pointer = pointerTo('/paths', path);
    if (path === '')
      reader.issues.add('warning', pointer, 'A path must begin with a slash; an empty one is the address of the server itself.');
    else if (!path.startsWith('/')) reader.issues.add('warning', pointer, 'A path must begin with a slash; one was put before it.');
    const resolved = reader.references.resolve(item);
    if (resolved.kind !== 'found') {
      reader.issues.add('error', pointer, describeUnresolved(resolved));
      continue;
    }
    const pathItem = withFieldsBeside(item, resolved.value, pointer, reader.issues);
    checkServers(pathItem.servers, pointer, reader);
    checkRelativeServers(pathItem.servers, pointer, baseUrl, reader);
    const named = methods.map((method) => [method, pathItem[method], pointerTo(pointer, method)] as const);
    const additional = Object.entries(objectOr(pathItem.additionalOperations)).map(
      ([method, operation]) => [method, operation, pointerTo(`${pointer}/additionalOperations`, method)] as const,
    );
    for (const [method, operation, at] of [...named, ...additional]) {
      if (operation === undefined) continue;
      if (!isObject(operation)) reader.issues.add('error', at, 'An operation must be an object; it was left out.');
      else
        operations.push(
          readOperation(
            document,
            pathItem,
            operation,
            { method, path: path === '' || path.startsWith('/') ? path : `/${path}`, pointer: at, pathItem: pointer, baseUrl },
            reader,
          ),
        );
    }
  }
  return operations;
}

function readOperation(
  document: JsonObject,
  pathItem: JsonObject,
  operation: JsonObject,
  at: {
    readonly method: string;
    readonly path: string;
    readonly pointer: string;
    readonly pathItem: string;
    readonly baseUrl: string | undefined;
  },
  reader: Reader,
): ApiOperation {
  const operationId = textOf(operation.operationId);
  const summary = textOf(operation.summary) ?? textOf(pathItem.summary);
  const description = textOf(operation.description) ?? textOf(pathItem.description);
  const body = sendableBody(readBody(operation.requestBody, pointerTo(at.pointer, 'requestBody'), reader), at, reader.issues);
  const security = operation.security ?? document.security;
  checkServers(operation.servers, at.pointer, reader);
  checkRelativeServers(operation.servers, at.pointer, at.baseUrl, reader);
  const server = baseUrlOf(operation.servers, at.baseUrl) ?? baseUrlOf(pathItem.servers, at.baseUrl);
  return {
    method: at.method.toUpperCase(),
    path: at.path,
    pointer: at.pointer,
    ...(operationId === undefined ? {} : { operationId }),
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    tags: alike(reader.alikeTags, operation.tags, () => arrayOr(operation.tags).filter((tag) => typeof tag === 'string')),
    deprecated: operation.deprecated === true,
    parameters: readParameters(pathItem.parameters, operation.parameters, at, reader),
    ...(body === undefined ? {} : { body }),
    responses: readResponses(operation.responses, pointerTo(at.pointer, 'responses'), reader),
    security: alike(reader.alikeSecurity, security, () => readSecurity(security)),
    ...saysOpen(security),
    ...(server === undefined ? {} : { server }),
    annotations: objectOr(operation['x-mcp-annotations']),
  };
}

function checkServers(servers: unknown, pointer: string, reader: Reader): void {
  for (const index of withoutScheme(servers))
    reader.issues.add('warning', pointerTo(`${pointer}/servers`, index), 'The address names no scheme; https is used.');
  for (const [index, template] of openServers(servers)) {
    const message = `The variables of ${shorten(oneLine(template), MAX_ADDRESS)} have no defaults that make it an address; it is not used.`;
    reader.issues.add('warning', pointerTo(`${pointer}/servers`, index), message);
  }
}

/** The document does not say where it was served from, which is what the address of a path or operation is relative to. */
function checkRelativeServers(servers: unknown, pointer: string, baseUrl: string | undefined, reader: Reader): void {
  for (const index of relativeServers(servers)) {
    const message =
      baseUrl === undefined
        ? 'The address is relative and the specification names no host: requests go to the address of the API.'
        : `The address is relative; it is taken as one of ${new URL(baseUrl).host}.`;
    reader.issues.add('warning', pointerTo(`${pointer}/servers`, index), message);
  }
}

function readBody(value: unknown, pointer: string, reader: Reader): ApiBody | undefined {
  if (value === undefined || value === null) return undefined;
  const resolved = reader.references.resolve(value);
  if (resolved.kind !== 'found') {
    reader.issues.add('error', pointer, describeUnresolved(resolved));
    return undefined;
  }
  const media = readMedia(resolved.value.content, `${pointer}/content`, reader);
  if (media.length === 0) return undefined;
  const description = textOf(resolved.value.description);
  return { required: resolved.value.required === true, media, ...(description === undefined ? {} : { description }) };
}

function readResponses(value: unknown, pointer: string, reader: Reader): ApiResponse[] {
  return Object.entries(objectOr(value)).flatMap(([status, value]) => {
    if (status.startsWith('x-')) return [];
    const resolved = reader.references.resolve(value);
    if (resolved.kind !== 'found') {
      reader.issues.add('warning', pointerTo(pointer, status), describeUnresolved(resolved));
      return [];
    }
    const known = reader.responses.get(resolved.value);
    if (known?.status === status) return [known];
    const read = () => readResponse(status, resolved.value, pointerTo(pointer, status), reader);
    const response = alike(reader.alikeResponses, [status, resolved.value], read);
    reader.responses.set(resolved.value, response);
    return [response];
  });
}

function readResponse(status: string, response: JsonObject, pointer: string, reader: Reader): ApiResponse {
  const media = readMedia(response.content, `${pointer}/content`, reader);
  return { status, description: textOf(response.description) ?? '', media, ...linkHeader(response.headers) };
}
