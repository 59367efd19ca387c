/**
 * Swagger 2.0 documents -> the one model, read as they are.
 *
 * Converting to OpenAPI 3 first would copy the document (4 MB of Kubernetes) and move what issues point
 * at. Its schemas are near enough to be read in place; only parameters and bodies are put differently,
 * and those are translated one by one.
 */

import { ok, type Result } from '@mcpoverflow/types';
import { type SpecificationFault, unusable } from '../../fault.ts';
import { arrayOr, isObject, type JsonObject, objectOr, pointerTo, shorten, textOf } from '../../json.ts';
import { newIssues } from '../../model/issues.ts';
import type { ApiModel, ApiOperation, ApiResponse } from '../../model/model.ts';
import { describeUnresolved, referencesOf } from '../../model/references.ts';
import { checkOperations } from '../check-operations.ts';
import { readInfo, readSecurity, saysOpen, sendableBody, withFieldsBeside } from '../document-parts.ts';
import { linkHeader } from '../link-header.ts';
import { completePathParameters, mergeParameters } from '../merge-parameters.ts';
import { basePathsOf, baseUrlOf, describePath } from '../openapi/servers.ts';
import { readSecuritySchemes } from '../security-schemes.ts';
import { checkStructure } from '../structure/check-structure.ts';
import { readBody } from './read-body.ts';
import { readParameter, type SwaggerReader } from './read-parameter.ts';

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const;

/** Builds the model of an API. Fails with `specification-unusable` for another version than 2.0. */
export function swaggerModel(document: JsonObject): Result<ApiModel, SpecificationFault> {
  // Unquoted in YAML, `swagger: 2.0` is a number.
  if (!/^2(\.0)?$/.test(String(document.swagger))) {
    return unusable(`Swagger ${shorten(String(document.swagger), 20)} cannot be read; 2.0 can.`);
  }
  const issues = newIssues();
  const references = referencesOf(document);
  const reader: SwaggerReader = { references, issues };
  const servers = serversOf(document, document.schemes);
  const baseUrl = baseUrlOf(servers);
  const basePaths = basePathsOf(servers);
  const pathAlone = baseUrl === undefined ? describePath(basePaths) : undefined;
  if (pathAlone !== undefined) issues.add('info', '/basePath', pathAlone);
  const operations = readOperations(document, baseUrl, reader);
  const securitySchemes = readSecuritySchemes(document.securityDefinitions, '/securityDefinitions', reader);
  checkOperations(operations, securitySchemes, issues);
  checkStructure(document, '2.0', { references, issues });
  return ok({
    ...readInfo(document),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    basePaths,
    operations,
    securitySchemes,
    schemas: objectOr(document.definitions),
    references,
    issues: issues.list,
  });
}

/** Host, base path and schemes as OpenAPI 3 writes servers; the safe scheme first, whatever the order. */
function serversOf(document: JsonObject, schemes: unknown): readonly JsonObject[] {
  const basePath = `/${textOf(document.basePath) ?? ''}`.replace(/^\/+/, '/');
  const host = textOf(document.host);
  if (host === undefined) return [{ url: basePath }];
  const named = arrayOr(schemes).filter((scheme) => typeof scheme === 'string');
  const usable = ['https', 'http'].filter((scheme) => named.includes(scheme));
  return (usable.length > 0 ? usable : ['https']).map((scheme) => ({ url: `${scheme}://${host}${basePath}` }));
}

function readOperations(document: JsonObject, baseUrl: string | undefined, reader: SwaggerReader): ApiOperation[] {
  const operations: ApiOperation[] = [];
  for (const [path, item] of Object.entries(objectOr(document.paths))) {
    if (path.startsWith('x-')) continue;
    const pointer = pointerTo('/paths', path);
    const resolved = reader.references.resolve(item);
    if (resolved.kind !== 'found') {
      reader.issues.add('error', pointer, describeUnresolved(resolved));
      continue;
    }
    const pathItem = withFieldsBeside(item, resolved.value, pointer, reader.issues);
    for (const method of methods) {
      const operation = pathItem[method];
      const at = { method, path: path.startsWith('/') ? path : `/${path}`, pointer: pointerTo(pointer, method), pathItem: pointer };
      if (operation === undefined) continue;
      if (isObject(operation)) operations.push(readOperation(document, pathItem, operation, baseUrl, at, reader));
      else reader.issues.add('error', at.pointer, 'An operation must be an object; it was left out.');
    }
  }
  return operations;
}

function readOperation(
  document: JsonObject,
  pathItem: JsonObject,
  operation: JsonObject,
  baseUrl: string | undefined,
  at: { readonly method: string; readonly path: string; readonly pointer: string; readonly pathItem: string },
  reader: SwaggerReader,
): ApiOperation {
  const operationId = textOf(operation.operationId);
  const summary = textOf(operation.summary);
  const description = textOf(operation.description);
  const written = mergeParameters(
    [
      { parameters: pathItem.parameters, pointer: at.pathItem },
      { parameters: operation.parameters, pointer: at.pointer },
    ],
    reader,
  );
  const consumes = mediaTypes(operation.consumes ?? document.consumes);
  const body = sendableBody(readBody(written, consumes, reader), at, reader.issues);
  const parameters = written.flatMap((parameter) => readParameter(parameter, reader) ?? []);
  const server = operation.schemes === undefined ? undefined : baseUrlOf(serversOf(document, operation.schemes));
  return {
    method: at.method.toUpperCase(),
    path: at.path,
    pointer: at.pointer,
    ...(operationId === undefined ? {} : { operationId }),
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    tags: arrayOr(operation.tags).filter((tag) => typeof tag === 'string'),
    deprecated: operation.deprecated === true,
    parameters: completePathParameters(parameters, at, reader.issues),
    ...(body === undefined ? {} : { body }),
    responses: readResponses(operation, mediaTypes(operation.produces ?? document.produces), at.pointer, reader),
    security: readSecurity(operation.security ?? document.security),
    ...saysOpen(operation.security ?? document.security),
    ...(server === undefined || server === baseUrl ? {} : { server }),
    annotations: objectOr(operation['x-mcp-annotations']),
  };
}

const mediaTypes = (value: unknown): readonly string[] =>
  arrayOr(value)
    .filter((mediaType) => typeof mediaType === 'string')
    .map((mediaType) => mediaType.toLowerCase().split(';')[0]?.trim() ?? '')
    .filter((mediaType) => mediaType !== '');

function readResponses(operation: JsonObject, produces: readonly string[], pointer: string, reader: SwaggerReader): ApiResponse[] {
  return Object.entries(objectOr(operation.responses)).flatMap(([status, value]) => {
    if (status.startsWith('x-')) return [];
    const resolved = reader.references.resolve(value);
    if (resolved.kind !== 'found') {
      reader.issues.add('warning', pointerTo(`${pointer}/responses`, status), describeUnresolved(resolved));
      return [];
    }
    const { schema } = resolved.value;
    const examples = objectOr(resolved.value.examples);
    const isFile = isObject(schema) && schema.type === 'file';
    const written = produces.length > 0 ? produces : [isFile ? 'application/octet-stream' : 'application/json'];
    const named = schema === undefined ? Object.keys(examples) : written;
    const media = named.map((mediaType) => {
      const example = examples[mediaType];
      return {
        mediaType,
        schema: isFile ? { type: 'string', format: 'binary' } : schema,
        ...(example === undefined ? {} : { example }),
        encodings: new Map(),
      };
    });
    return [{ status, description: textOf(resolved.value.description) ?? '', media, ...linkHeader(resolved.value.headers) }];
  });
}
