/** `GET /api/dead-letters`: what died, the latest death first, page by page. */
import { deadLetterListSchema, deadLetterQuerySchema } from '@mcpoverflow/types';
import { validate } from '../admission/validation.ts';
import { callDeadLetters } from '../dead-letters/call-dead-letters.ts';
import { filterParameters, pagingParameters } from '../dead-letters/filter-parameters.ts';
import type { ApiContext } from '../env.ts';
import { invalidCursor, pageResponse } from '../page.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';

async function listDeadLetters(c: ApiContext): Promise<Response> {
  const query = validate(deadLetterQuerySchema, c.req.query());
  if (!query.ok) return problemResponse(c, query.error);
  const answer = await callDeadLetters(c, (deadLetters, scope) => deadLetters.list(scope, query.value));
  if (!answer.ok) return problemResponse(c, answer.error);
  return answer.value.kind === 'page' ? pageResponse(c, answer.value.list) : problemResponse(c, invalidCursor);
}

export const listDeadLettersRoute: DocumentedRoute = {
  method: 'get',
  path: '/api/dead-letters',
  scope: 'operate',
  operation: {
    operationId: 'listDeadLetters',
    tag: 'Dead letters',
    summary: 'List dead letters',
    description: 'Whatever became of them since, unless `status` narrows it. The next page is named by `Link: <…>; rel="next"`.',
    parameters: [...filterParameters, ...pagingParameters],
    answers: { 200: { description: 'A page of dead letters.', schema: deadLetterListSchema } },
    problems: ['invalid-request', 'invalid-cursor', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: listDeadLetters,
};
