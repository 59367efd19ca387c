/** `DELETE /api/dead-letters`: leave all as they are that a filter describes. */
import { deadLetterFilterSchema, discardedSchema } from '@mcpoverflow/types';
import { validate } from '../admission/validation.ts';
import { discard } from '../dead-letters/discard.ts';
import { filterParameters } from '../dead-letters/filter-parameters.ts';
import type { ApiContext } from '../env.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';

async function discardDeadLetters(c: ApiContext): Promise<Response> {
  const filter = validate(deadLetterFilterSchema, c.req.query());
  if (!filter.ok) return problemResponse(c, filter.error);
  // A filter that was forgotten must not mean everything.
  if (Object.keys(filter.value).length === 0) {
    return problemResponse(c, {
      code: 'invalid-request',
      detail: 'Say in the query which dead letters are to be discarded, for example `?fingerprint=…`; `?status=dead` means all.',
    });
  }
  return discard(c, { kind: 'filter', filter: filter.value });
}

export const discardDeadLettersRoute: DocumentedRoute = {
  method: 'delete',
  path: '/api/dead-letters',
  scope: 'operate',
  operation: {
    operationId: 'discardDeadLetters',
    tag: 'Dead letters',
    summary: 'Discard dead letters',
    description: 'Those of the filter that are `dead`. At least one field is needed; `status=dead` means all.',
    parameters: filterParameters,
    answers: { 200: { description: 'How many were discarded.', schema: discardedSchema } },
    problems: ['invalid-request', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: discardDeadLetters,
};
