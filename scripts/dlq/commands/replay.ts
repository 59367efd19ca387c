/**
 * `replay`: always a plan first, and then exactly that plan. So a person answers for what was shown, and a
 * call whose answer was lost can be made again: a plan is executed once, however often it is asked for. (With a
 * patch, the call itself is sent after the plan; made again, it finds its dead letter under way and skips it.)
 */
import { readFileSync } from 'node:fs';
import {
  fail,
  type JsonPatch,
  jsonPatchSchema,
  ok,
  type Replay,
  type ReplayItem,
  type ReplayRequest,
  type Result,
} from '@mcpoverflow/types';
import { printableJson } from '../../terminal/plain-text.ts';
import type { Invocation } from '../arguments.ts';
import { seeReplayThrough } from '../see-replay-through.ts';
import { commandLine, exitCodes, refuse, type Session } from '../session.ts';
import { planView } from '../views/replay.ts';

/** Returns the exit code. */
export async function replay(session: Session): Promise<number> {
  const { invocation, terminal, client } = session;
  const { options } = invocation;
  const wish = wishOf(invocation);
  if (!wish.ok) return refuse(session, wish.error);
  const plan = wish.value === 'a plan' ? await client.readReplay(options.plan ?? '') : await client.replay({ ...wish.value, dryRun: true });
  if (!plan.ok) return refuse(session, plan.error.sentence);
  if (plan.value.state !== 'planned') return seeReplayThrough(session, plan.value);

  const skipped = plan.value.counts.skipped === 0 ? [] : await skippedItems(session, plan.value);
  const shown = planView(plan.value, skipped, terminal.columns);
  if (!options.json) terminal.print(shown);
  else if (options['dry-run']) terminal.print(printableJson(plan.value));
  else terminal.tell(shown);

  // The engine's plans do not keep a patch.
  const patched = wish.value !== 'a plan' && wish.value.patch !== undefined;
  const execution = patched ? 'the same command without --dry-run' : commandLine(session, `replay --plan ${plan.value.replayId}`);
  if (options['dry-run']) {
    terminal.tell(`Nothing was started. Execute exactly this: ${execution}`);
    return exitCodes.recovered;
  }
  if (plan.value.counts.waiting === 0) {
    terminal.tell('There is nothing to replay.');
    return plan.value.counts.total === 0 ? exitCodes.recovered : exitCodes.lost;
  }
  if (terminal.canAsk && !options.yes && !(await terminal.ask(`Replay ${plan.value.counts.waiting}?`))) {
    terminal.tell(`Nothing was started. Should it be after all: ${execution}`);
    return exitCodes.lost;
  }
  const begun = await client.replay(patched ? wish.value : { planId: plan.value.replayId });
  if (!begun.ok) return refuse(session, `${begun.error.sentence}\nIt is safe to try again: ${execution}`);
  return seeReplayThrough(session, begun.value);
}

/** What is asked of the engine; the error is a sentence. */
function wishOf({ options, filter, patchFile }: Invocation): Result<ReplayRequest | 'a plan', string> {
  if (options.plan !== undefined) return ok('a plan');
  const patch = patchFile === undefined ? ok(undefined) : readPatch(patchFile);
  if (!patch.ok) return patch;
  return ok({
    ...(options.ids === undefined ? { filter } : { ids: options.ids }),
    ratePerSecond: options.rate,
    canary: options.canary,
    stopOnFailureRatio: options['stop-on-failure-ratio'],
    force: options.force,
    patch: patch.value,
  });
}

async function skippedItems({ client }: Session, plan: Replay): Promise<readonly ReplayItem[]> {
  const items = await client.items(plan.replayId, 'skipped');
  return items.ok ? items.value.items : [];
}

function readPatch(file: string): Result<JsonPatch, string> {
  try {
    const patch = jsonPatchSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return patch.success ? ok(patch.data) : fail(`${file} is not a JSON patch (RFC 6902): a list of {"op", "path", "value"}.`);
  } catch (error) {
    return fail(error instanceof SyntaxError ? `${file} is not JSON.` : `${file} cannot be read. Is the name right?`);
  }
}
