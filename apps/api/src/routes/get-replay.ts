/** `GET /api/dead-letters/replays/{replayId}`: how a replay, or the plan of one, stands. */
import { replaySchema } from '@mcpoverflow/types';
import { callDeadLetters, replayIdOf, replayNotFound } from '../dead-letters/call-dead-letters.ts';
import type { ApiContext } from '../env.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { replayIdParameter } from '../route-parameters.ts';

async function getReplay(c: ApiContext): Promise<Response> {
  const replayId = replayIdOf(c);
  if (replayId === undefined) return problemResponse(c, replayNotFound);
  const answer = await callDeadLetters(c, (deadLetters, scope) => deadLetters.readReplay(scope, replayId));
  if (!answer.ok) return problemResponse(c, answer.error);
  if (answer.value.kind === 'not-found') return problemResponse(c, replayNotFound);
  return c.json(answer.value.replay, 200, { 'Cache-Control': 'no-store' });
}

export const getReplayRoute: DocumentedRoute = {
  method: 'get',
  path: '/api/dead-letters/replays/{replayId}',
  scope: 'operate',
  operation: {
    operationId: 'getReplay',
    tag: 'Dead letters',
    summary: 'Get a replay',
    description: 'Its state, its counts and its first 100 items. When it stopped itself, `reason` says why.',
    parameters: [replayIdParameter],
    answers: { 200: { description: 'The replay.', schema: replaySchema } },
    problems: ['replay-not-found', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: getReplay,
};
