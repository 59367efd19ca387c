/**
 * Follows a replay to its end by looking at it. The first looks come quickly, for a small replay is over in
 * a moment; the later ones seldom, most of all where every change is a line in somebody's log.
 */
import { ok, type Replay, type Result } from '@mcpoverflow/types';
import type { Trouble } from '../engine/connection.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { DeadLettersClient } from './client.ts';
import { hasEnded } from './views/replay.ts';

const FIRST_PAUSE_MS = 250;
/** An engine that restarts is back long before, and goes on with the replay. */
const PATIENCE_MS = 90_000;

/**
 * Returns the ended replay. Fails at once with what will not pass by itself, after a while with what might.
 * @param longestPauseMs between two looks, once the first ones are over.
 */
export async function followReplay(
  client: Pick<DeadLettersClient, 'readReplay'>,
  { now, wait }: Pick<Terminal, 'now' | 'wait'>,
  begun: Replay,
  longestPauseMs: number,
  watch: { readonly onLook: (replay: Replay) => void; readonly onSilence: () => void },
): Promise<Result<Replay, Trouble>> {
  let replay = begun;
  let lastAnswerAt = now();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    watch.onLook(replay);
    if (hasEnded(replay)) return ok(replay);
    await wait(pauseMs);
    const look = await client.readReplay(replay.replayId);
    if (look.ok) {
      replay = look.value;
      lastAnswerAt = now();
    } else {
      const mayPass = look.error.kind === 'unreachable' || look.error.code === 'rate-limited';
      if (!mayPass || now() - lastAnswerAt > PATIENCE_MS) return look;
      watch.onSilence();
    }
  }
}
