/** `POST /api/dead-letters/replays/{replayId}/resume`. */
import { controlRoute } from '../dead-letters/control-route.ts';

export const resumeReplayRoute = controlRoute('resume', {
  operationId: 'resumeReplay',
  summary: 'Resume a replay',
  description: 'Goes on with a replay that was paused.',
});
