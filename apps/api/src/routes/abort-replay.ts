/** `POST /api/dead-letters/replays/{replayId}/abort`. */
import { controlRoute } from '../dead-letters/control-route.ts';

export const abortReplayRoute = controlRoute('abort', {
  operationId: 'abortReplay',
  summary: 'Abort a replay',
  description: 'Starts nothing more, for good; what runs goes on and its outcome is recorded.',
});
