/**
 * A running replay as a person sees it: a bar while it runs, then what came of it. Ctrl-C detaches: the
 * replay goes on in the engine, and whoever left it is told how to come back, pause or abort.
 */
import type { Replay, ReplayItem } from '@mcpoverflow/types';
import { printableJson } from '../terminal/plain-text.ts';
import { followReplay } from './follow-replay.ts';
import { commandLine, exitCodes, refuse, type Session } from './session.ts';
import { allRecovered, outcomeView, progressView } from './views/replay.ts';

const LONGEST_PAUSE_MS = { rewritten: 1_000, lineByLine: 5_000 };

/** Returns the exit code: 0 when everything recovered, else 1. */
export async function seeReplayThrough(session: Session, begun: Replay): Promise<number> {
  const { client, terminal } = session;
  const line = terminal.progressLine();
  const stopListening = terminal.leaveOnInterrupt(() => {
    line.finish();
    terminal.tell(detachedView(session, begun.replayId));
  });
  const { rewritten } = terminal;
  const longestPauseMs = rewritten === undefined ? LONGEST_PAUSE_MS.lineByLine : LONGEST_PAUSE_MS.rewritten;
  const ended = await followReplay(client, terminal, begun, longestPauseMs, {
    // One column stays free: a full line would wrap on some terminals.
    onLook: (replay) => line.show(progressView(replay, rewritten === undefined ? 0 : rewritten - 1)),
    onSilence: () => line.show('the engine does not answer; trying again'),
  });
  stopListening();
  line.finish();
  if (!ended.ok) return refuse(session, `${ended.error.sentence}\n${detachedView(session, begun.replayId)}`);
  return report(session, ended.value);
}

async function report(session: Session, replay: Replay): Promise<number> {
  const { invocation, terminal } = session;
  const died = replay.counts.died === 0 ? [] : await itemsThatDied(session, replay);
  if (invocation.options.json) terminal.print(printableJson(replay));
  else terminal.print(outcomeView(replay, died));
  if (allRecovered(replay)) return exitCodes.recovered;
  const [first] = died;
  if (first !== undefined) terminal.tell(`See why: ${commandLine(session, `show ${first.deadLetterId}`)}`);
  return exitCodes.lost;
}

async function itemsThatDied({ client }: Session, replay: Replay): Promise<readonly ReplayItem[]> {
  const items = await client.items(replay.replayId, 'died');
  return items.ok ? items.value.items : [];
}

function detachedView(session: Session, replayId: string): string {
  return [
    'The replay goes on without you.',
    `  Watch it:  ${commandLine(session, `follow ${replayId}`)}`,
    `  Pause it:  ${commandLine(session, `pause ${replayId}`)}`,
    `  Abort it:  ${commandLine(session, `abort ${replayId}`)}`,
  ].join('\n');
}
