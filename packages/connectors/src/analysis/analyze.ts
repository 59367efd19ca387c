/**
 * Model -> what a person wants to know before building on an API.
 *
 * Everything here is read off the document; what would need judgement is left to an agent, so the
 * purpose is the document's own first sentences and the domain the best match of a word list.
 */
import type { Analysis } from '@mcpoverflow/types';
import { arrayOr, isObject, objectOr, oneLine, shorten, textOf } from '../json.ts';
import type { ApiModel, ApiOperation, ApiParameter, SecurityScheme } from '../model/model.ts';
import { toolNames } from '../tools/tool-names.ts';
import { bestPractices } from './best-practices.ts';
import { categoryOf, recommendTools } from './categories.ts';
import { domainOf } from './domain.ts';
import { rateLimitsOf } from './rate-limits.ts';

/** Fields named per data model, and data models in all: the analysis is for reading. */
const MAX_FIELDS = 40;
const MAX_MODELS = 1000;

/** Analyses an API. Deterministic, and total: every model has an analysis. */
export function analyze(model: ApiModel): Analysis {
  const names = toolNames(model.operations);
  const rateLimits = rateLimitsOf(model);
  const recommendedTools = recommendTools(model, names);
  return {
    title: oneLine(model.title),
    version: model.version,
    purpose: purposeOf(
      model,
      recommendedTools.slice(0, 5).map(({ name }) => name),
    ),
    domain: domainOf(model),
    authMethods: [...model.securitySchemes.values()].map(describeScheme),
    ...(rateLimits === undefined ? {} : { rateLimits }),
    endpoints: model.operations.map((operation, index) => ({
      method: operation.method,
      path: operation.path,
      operationId: operation.operationId ?? names[index] ?? '',
      summary: shorten(oneLine(operation.summary ?? operation.description ?? ''), 300),
      category: categoryOf(operation),
      parameters: [
        ...operation.parameters.map((parameter) => describeParameter(parameter, model)),
        ...(operation.graphql === undefined ? [] : describeVariables(operation, model)),
      ],
      deprecated: operation.deprecated,
    })),
    dataModels: dataModelsOf(model),
    recommendedTools,
    bestPractices: bestPractices(model),
    issues: [...model.issues],
    stats: statsOf(model),
  };
}

/** The document's own first sentences, or what most of its operations are about. */
function purposeOf(model: ApiModel, subjects: readonly string[]): string {
  const description = oneLine(model.description);
  if (description === '') {
    return shorten(
      `${oneLine(model.title)}: ${model.operations.length} operations${subjects.length === 0 ? '' : ` on ${subjects.join(', ')}`}.`,
      400,
    );
  }
  const sentences = /^(?:[^.!?]+[.!?]+(?:\s|$)){1,2}/.exec(description)?.[0].trim();
  return shorten(sentences ?? description, 400);
}

function describeScheme(scheme: SecurityScheme): Analysis['authMethods'][number] {
  const description = scheme.description === undefined ? {} : { description: shorten(oneLine(scheme.description), 300) };
  const type =
    scheme.kind === 'apiKey' ? `apiKey (${scheme.in} ${scheme.parameter})` : scheme.kind === 'unsupported' ? scheme.what : scheme.kind;
  return { type, name: scheme.name, ...description };
}

function describeParameter(parameter: ApiParameter, model: ApiModel): Analysis['endpoints'][number]['parameters'][number] {
  const resolution = model.references.resolve(parameter.schema);
  const type = resolution.kind === 'found' ? typeText(resolution.value.type) : undefined;
  return { name: parameter.name, in: parameter.in, required: parameter.required, ...(type === undefined ? {} : { type }) };
}

/** The variables of a GraphQL operation are what its parameters are elsewhere. */
function describeVariables(operation: ApiOperation, model: ApiModel): Analysis['endpoints'][number]['parameters'] {
  const schema = objectOr(operation.body?.media[0]?.schema);
  const required = arrayOr(schema.required);
  return Object.entries(objectOr(schema.properties)).map(([name, property]) => {
    const resolution = model.references.resolve(property);
    const type = resolution.kind === 'found' ? typeText(resolution.value.type) : undefined;
    return { name, in: 'body', required: required.includes(name), ...(type === undefined ? {} : { type }) };
  });
}

const typeText = (type: unknown): string | undefined =>
  Array.isArray(type) ? type.filter((each) => typeof each === 'string').join(' | ') || undefined : textOf(type);

function dataModelsOf(model: ApiModel): Analysis['dataModels'] {
  return Object.entries(model.schemas)
    .slice(0, MAX_MODELS)
    .map(([name, schema]) => {
      const resolution = model.references.resolve(schema);
      const resolved = resolution.kind === 'found' ? resolution.value : {};
      const description = textOf(resolved.description);
      return {
        name,
        ...(description === undefined ? {} : { description: shorten(oneLine(description), 200) }),
        fields: fieldsOf(resolved, model, 0).slice(0, MAX_FIELDS),
      };
    });
}

/** Own fields and those of the parts of an `allOf`. */
function fieldsOf(schema: { readonly [key: string]: unknown }, model: ApiModel, depth: number): string[] {
  const own = Object.keys(objectOr(schema.properties));
  const parts = Array.isArray(schema.allOf) && depth < 4 ? schema.allOf : [];
  const inherited = parts.flatMap((part) => {
    const resolution = isObject(part) ? model.references.resolve(part) : undefined;
    return resolution?.kind === 'found' ? fieldsOf(resolution.value, model, depth + 1) : [];
  });
  return [...new Set([...own, ...inherited])];
}

/** By its method, or by the document's word: a GraphQL query is a POST that reads. */
const isRead = ({ method, annotations }: ApiOperation): boolean =>
  annotations.readOnlyHint === true || ['GET', 'HEAD', 'QUERY'].includes(method);

function statsOf(model: ApiModel): Analysis['stats'] {
  const count = (matches: (operation: ApiOperation) => boolean): number => model.operations.filter(matches).length;
  return {
    operations: model.operations.length,
    reads: count(isRead),
    writes: count((operation) => !isRead(operation) && ['POST', 'PUT', 'PATCH', 'DELETE'].includes(operation.method)),
    deprecated: count((operation) => operation.deprecated),
    withoutDescription: count((operation) => operation.summary === undefined && operation.description === undefined),
    withoutOperationId: count((operation) => operation.operationId === undefined),
    dataModels: Object.keys(model.schemas).length,
    issues: model.issues.length,
  };
}
