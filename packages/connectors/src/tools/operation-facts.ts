/** What a specification's operation is called and what calling it may do. */
import type { ApiOperation } from '../model/model.ts';

/** `METHOD /path`, as people write it. */
export const operationLabel = (operation: Pick<ApiOperation, 'method' | 'path'>): string => `${operation.method} ${operation.path}`;

/** Reading methods only read, and so does a GraphQL query, unless the document says otherwise. */
export function isReadOnly({ method, annotations, graphql }: ApiOperation): boolean {
  if (typeof annotations.readOnlyHint === 'boolean') return annotations.readOnlyHint;
  if (graphql !== undefined) return /^\s*(query\b|\{)/.test(graphql.document);
  return ['GET', 'HEAD', 'OPTIONS', 'QUERY'].includes(method);
}
