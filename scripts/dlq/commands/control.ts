/** `pause`, `resume` and `abort REPLAY`: each may be repeated. */
import { commandLine, printAnswer, type Session } from '../session.ts';
import { progressView } from '../views/replay.ts';

const control =
  (action: 'pause' | 'resume' | 'abort') =>
  /** Returns the exit code. */
  async (session: Session): Promise<number> => {
    const replayId = session.invocation.subjects.join();
    const answer = await session.client.control(replayId, action);
    return printAnswer(session, answer, (replay) =>
      [
        `The replay is ${replay.state}.`,
        progressView(replay, 0),
        ...(replay.state === 'paused' ? [`Go on: ${commandLine(session, `resume ${replayId}`)}`] : []),
        ...(replay.state === 'running' ? [`Watch it: ${commandLine(session, `follow ${replayId}`)}`] : []),
      ].join('\n'),
    );
  };

export const pause = control('pause');
export const resume = control('resume');
export const abort = control('abort');
