/**
 * The API as a connector's own data describes it, for a connector that comes without the specification it was
 * made from. A mock of it can tell whether the runtime does what the data says; whether the data is right only
 * the specification could.
 */
import { type JsonObject, objectOr, own, setOwn } from '../json.ts';
import type { ConnectorPlan } from '../languages/language.ts';
import type { Operation, Parameter } from '../languages/typescript/runtime/operation.ts';
import type { ApiBody, ApiOperation, ApiParameter } from '../model/model.ts';
import type { References } from '../model/references.ts';
import type { MockedApi } from './mock-upstream.ts';

/** What a mock of the connector's API is made of. */
export function mockedPlan({ api, operations }: ConnectorPlan): MockedApi {
  return {
    ...(api.baseUrl === undefined ? {} : { baseUrl: api.baseUrl }),
    basePaths: [],
    operations: [...operations].map(([name, operation]) => describedBy(name, operation)),
    references: unread,
  };
}

/** References of a tool's schema lead into that schema alone: what they name is left open. */
const unread: References = {
  resolve: (value) => ({ kind: 'found', value: objectOr(value) }),
  variantsOf: () => undefined,
};

function describedBy(name: string, operation: Operation): ApiOperation {
  const { method, path, server, parameters, outputSchema } = operation;
  const body = bodyOf(operation);
  const document = operation.body?.document;
  return {
    method,
    path,
    pointer: name,
    operationId: name,
    tags: [],
    deprecated: false,
    parameters: parameters.map((parameter) => parameterOf(parameter, operation)),
    ...(body === undefined ? {} : { body }),
    responses: [{ status: '200', description: '', media: outputSchema === undefined ? [] : [jsonMedia(outputSchema)] }],
    security: [],
    ...(server === undefined ? {} : { server }),
    ...(document === undefined ? {} : { graphql: { document } }),
    annotations: {},
  };
}

const jsonMedia = (schema: unknown) => ({ mediaType: 'application/json', schema, encodings: new Map() });

const isRequired = ({ inputSchema }: Operation, argument: string): boolean =>
  Array.isArray(inputSchema.required) && inputSchema.required.includes(argument);
const schemaOf = ({ inputSchema }: Operation, argument: string): unknown => own(objectOr(inputSchema.properties), argument) ?? {};

function parameterOf(parameter: Parameter, operation: Operation): ApiParameter {
  const style = parameter.style ?? (parameter.in === 'query' || parameter.in === 'cookie' ? 'form' : 'simple');
  return {
    name: parameter.name ?? parameter.argument,
    in: parameter.in,
    required: isRequired(operation, parameter.argument),
    deprecated: false,
    style,
    explode: parameter.explode ?? (style === 'form' || style === 'deepObject'),
    allowReserved: parameter.allowReserved ?? false,
    ...(parameter.json === true ? { mediaType: 'application/json' } : {}),
    schema: schemaOf(operation, parameter.argument),
  };
}

function bodyOf(operation: Operation): ApiBody | undefined {
  const { body } = operation;
  if (body === undefined) return undefined;
  if (body.argument !== undefined) {
    const media = { mediaType: body.mediaType, schema: schemaOf(operation, body.argument), encodings: new Map() };
    return { required: isRequired(operation, body.argument), media: [media] };
  }
  const properties: Record<string, unknown> = {};
  const required: string[] = [];
  for (const { argument, name = argument } of body.fields ?? []) {
    setOwn(properties, name, schemaOf(operation, argument));
    if (isRequired(operation, argument)) required.push(name);
  }
  const schema: JsonObject = { type: 'object', properties, required };
  return { required: required.length > 0, media: [{ mediaType: body.mediaType, schema, encodings: new Map() }] };
}
