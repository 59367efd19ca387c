/**
 * Any document -> the one model, by what the document says it is.
 */
import { ok, type Result } from '@mcpoverflow/types';
import { type SpecificationFault, unusable } from '../fault.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { ApiModel } from '../model/model.ts';
import { graphqlModel, isIntrospection } from './graphql/graphql-model.ts';
import { issuesOfText } from './issues-of-text.ts';
import { openapiModel } from './openapi/openapi-model.ts';
import { postmanModel } from './postman/postman-model.ts';
import { swaggerModel } from './swagger/swagger-model.ts';

/**
 * Builds the model of an API; a text is GraphQL SDL, everything else an object.
 * Fails with `specification-unusable` when the document is of no kind or version that can be read.
 */
export function buildModel(document: unknown): Result<ApiModel, SpecificationFault> {
  if (typeof document === 'string') return graphqlModel(document);
  if (!isObject(document)) return unusable('The specification must be an object, or the text of a GraphQL schema.');
  const model = modelOf(document);
  const issues = issuesOfText(document);
  return model.ok && issues.length > 0 ? ok({ ...model.value, issues: [...issues, ...model.value.issues] }) : model;
}

function modelOf(document: JsonObject): Result<ApiModel, SpecificationFault> {
  if (document.openapi !== undefined) return openapiModel(document);
  if (document.swagger !== undefined) return swaggerModel(document);
  if (isIntrospection(document)) return graphqlModel(document);
  // Postman's own API wraps a collection once more.
  if (isObject(document.collection) && isCollection(document.collection)) return postmanModel(document.collection);
  if (isCollection(document)) return postmanModel(document);
  return unusable(
    'The specification must name what it is: a field "openapi" or "swagger" with its version, a list "item", or a "__schema".',
  );
}

const isCollection = (document: { readonly [key: string]: unknown }): boolean =>
  Array.isArray(document.item) || Array.isArray(document.requests);
