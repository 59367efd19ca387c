/** `GET /api/dead-letters/groups`: what died, by cause. */
import { deadLetterGroupsSchema, deadLetterQuerySchema } from '@mcpoverflow/types';
import { validate } from '../admission/validation.ts';
import { callDeadLetters } from '../dead-letters/call-dead-letters.ts';
import { filterParameters, pagingParameters } from '../dead-letters/filter-parameters.ts';
import type { ApiContext } from '../env.ts';
import { invalidCursor, pageResponse } from '../page.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';

async function groupDeadLetters(c: ApiContext): Promise<Response> {
  const query = validate(deadLetterQuerySchema, c.req.query());
  if (!query.ok) return problemResponse(c, query.error);
  const answer = await callDeadLetters(c, (deadLetters, scope) => deadLetters.groups(scope, query.value));
  if (!answer.ok) return problemResponse(c, answer.error);
  return answer.value.kind === 'page' ? pageResponse(c, answer.value.page) : problemResponse(c, invalidCursor);
}

export const groupDeadLettersRoute: DocumentedRoute = {
  method: 'get',
  path: '/api/dead-letters/groups',
  scope: 'operate',
  operation: {
    operationId: 'groupDeadLetters',
    tag: 'Dead letters',
    summary: 'Group dead letters by cause',
    description:
      'The same cause has the same fingerprint; the largest group comes first. Counts what is `dead` unless `status` says otherwise.',
    parameters: [...filterParameters, ...pagingParameters],
    answers: { 200: { description: 'A page of groups.', schema: deadLetterGroupsSchema } },
    problems: ['invalid-request', 'invalid-cursor', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: groupDeadLetters,
};
