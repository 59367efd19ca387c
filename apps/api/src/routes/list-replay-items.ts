/** `GET /api/dead-letters/replays/{replayId}/items`: what becomes of each dead letter, page by page. */
import { replayItemListSchema, replayItemsQuerySchema } from '@mcpoverflow/types';
import { validate } from '../admission/validation.ts';
import { callDeadLetters, replayIdOf, replayNotFound } from '../dead-letters/call-dead-letters.ts';
import { pagingParameters } from '../dead-letters/filter-parameters.ts';
import type { ApiContext } from '../env.ts';
import { invalidCursor, pageResponse } from '../page.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { replayIdParameter } from '../route-parameters.ts';

async function listReplayItems(c: ApiContext): Promise<Response> {
  const replayId = replayIdOf(c);
  if (replayId === undefined) return problemResponse(c, replayNotFound);
  const query = validate(replayItemsQuerySchema, c.req.query());
  if (!query.ok) return problemResponse(c, query.error);
  const answer = await callDeadLetters(c, (deadLetters, scope) => deadLetters.replayItems(scope, replayId, query.value));
  if (!answer.ok) return problemResponse(c, answer.error);
  if (answer.value.kind === 'page') return pageResponse(c, answer.value.list);
  return problemResponse(c, answer.value.kind === 'invalid-cursor' ? invalidCursor : replayNotFound);
}

const { state } = replayItemsQuerySchema.shape;

export const listReplayItemsRoute: DocumentedRoute = {
  method: 'get',
  path: '/api/dead-letters/replays/{replayId}/items',
  scope: 'operate',
  operation: {
    operationId: 'listReplayItems',
    tag: 'Dead letters',
    summary: 'List a replay’s items',
    description: 'In the order in which they are replayed. The next page is named by `Link: <…>; rel="next"`.',
    parameters: [
      replayIdParameter,
      { name: 'state', in: 'query', description: 'Only items in this state.', schema: state },
      ...pagingParameters,
    ],
    answers: { 200: { description: 'A page of items.', schema: replayItemListSchema } },
    problems: ['invalid-request', 'invalid-cursor', 'replay-not-found', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: listReplayItems,
};
