/** What pausing, resuming and aborting a replay have in common. */
import { replaySchema } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import { aboutRequest, log } from '../log.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { replayIdParameter } from '../route-parameters.ts';
import { callDeadLetters, replayIdOf, replayNotFound } from './call-dead-letters.ts';

interface Description {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
}

type Action = 'pause' | 'resume' | 'abort';

const done = { pause: 'paused', resume: 'resumed', abort: 'aborted' } as const satisfies Record<Action, string>;

async function control(c: ApiContext, action: Action): Promise<Response> {
  const replayId = replayIdOf(c);
  if (replayId === undefined) return problemResponse(c, replayNotFound);
  const answer = await callDeadLetters(c, (deadLetters, scope) => deadLetters.control(scope, replayId, action));
  if (!answer.ok) return problemResponse(c, answer.error);
  if (answer.value.kind === 'not-found') return problemResponse(c, replayNotFound);
  const { kind, replay } = answer.value;
  if (kind === 'refused') {
    const detail = `The replay is ${replay.state} and cannot be ${done[action]}.`;
    return problemResponse(c, { code: 'replay-not-possible', detail });
  }
  log('info', 'replay controlled', { ...aboutRequest(c), replayId, outcome: done[action] });
  return c.json(replay, 200, { 'Cache-Control': 'no-store' });
}

/** The route `POST /api/dead-letters/replays/{replayId}/<action>`. */
export const controlRoute = (action: Action, { operationId, summary, description }: Description): DocumentedRoute => ({
  method: 'post',
  path: `/api/dead-letters/replays/{replayId}/${action}`,
  scope: 'operate',
  ...(action === 'resume' ? { startsJobs: true } : {}),
  operation: {
    operationId,
    tag: 'Dead letters',
    summary,
    description,
    parameters: [replayIdParameter],
    answers: { 200: { description: 'The replay as it is now.', schema: replaySchema } },
    problems: ['replay-not-found', 'replay-not-possible', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: (c) => control(c, action),
});
