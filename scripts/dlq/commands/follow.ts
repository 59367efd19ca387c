/** `follow REPLAY`: sees a replay through that was started before. */

import { seeReplayThrough } from '../see-replay-through.ts';
import { commandLine, exitCodes, refuse, type Session } from '../session.ts';

/** Returns the exit code. */
export async function follow(session: Session): Promise<number> {
  const replayId = session.invocation.subjects.join();
  const replay = await session.client.readReplay(replayId);
  if (!replay.ok) return refuse(session, replay.error.sentence);
  if (replay.value.state === 'planned') {
    session.terminal.tell(`This is a plan; nothing was started. Execute it: ${commandLine(session, `replay --plan ${replayId}`)}`);
    return exitCodes.refused;
  }
  return seeReplayThrough(session, replay.value);
}
