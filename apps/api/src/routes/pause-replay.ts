/** `POST /api/dead-letters/replays/{replayId}/pause`. */
import { controlRoute } from '../dead-letters/control-route.ts';

export const pauseReplayRoute = controlRoute('pause', {
  operationId: 'pauseReplay',
  summary: 'Pause a replay',
  description: 'Starts nothing more until it is resumed; what runs goes on.',
});
