/** The fields of a filter and of a page as parameters of a query. */
import { deadLetterQuerySchema } from '@mcpoverflow/types';
import type { Parameter } from '../route.ts';

const { status, kind, type, tenant, fingerprint, code, since, until, limit, cursor } = deadLetterQuerySchema.shape;

export const filterParameters: readonly Parameter[] = [
  { name: 'status', in: 'query', description: 'Only dead letters in this status.', schema: status },
  { name: 'kind', in: 'query', description: 'Only of this kind.', schema: kind },
  { name: 'type', in: 'query', description: 'Only of this type of job, or event of a webhook.', schema: type },
  { name: 'tenant', in: 'query', description: 'Only this tenant’s: narrows what the key may see anyway.', schema: tenant },
  { name: 'fingerprint', in: 'query', description: 'Only of this cause.', schema: fingerprint },
  { name: 'code', in: 'query', description: 'Only with this error code.', schema: code },
  { name: 'since', in: 'query', description: 'Last death at or after this time.', schema: since },
  { name: 'until', in: 'query', description: 'Last death before this time.', schema: until },
];

export const pagingParameters: readonly Parameter[] = [
  { name: 'limit', in: 'query', description: 'Entries a page.', schema: limit },
  { name: 'cursor', in: 'query', description: 'The `next` of the page before.', schema: cursor },
];
