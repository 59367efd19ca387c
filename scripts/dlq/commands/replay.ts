/**
 * `replay`: always a plan first, and then exactly that plan. So a person answers for what was shown, and a
 * call whose answer was lost can be made again: a plan is executed once, however often it is asked for.
 */
import { readFileSync } from 'node:fs';
import { fail, type JsonPatch, jsonPatchSchema, ok, type Replay, type ReplayItem, type Result } from '@mcpoverflow/types';
import type { Trouble } from '../../engine/connection.ts';
import { printableJson } from '../../terminal/plain-text.ts';
import { seeReplayThrough } from '../see-replay-through.ts';
import { commandLine, exitCodes, refuse, type Session } from '../session.ts';
import { planView } from '../views/replay.ts';

/** Returns the exit code. */
export async function replay(session: Session): Promise<number> {
  const { invocation, terminal } = session;
  const { options, patchFile } = invocation;
  const patch = patchFile === undefined ? ok(undefined) : readPatch(patchFile);
  if (!patch.ok) return refuse(session, patch.error);
  const plan = await planFor(session, patch.value);
  if (!plan.ok) return refuse(session, plan.error.sentence);
  if (plan.value.state !== 'planned') return seeReplayThrough(session, plan.value);

  const skipped = plan.value.counts.skipped === 0 ? [] : await skippedItems(session, plan.value);
  const shown = planView(plan.value, skipped, terminal.columns);
  if (!options.json) terminal.print(shown);
  else if (options['dry-run']) terminal.print(printableJson(plan.value));
  else terminal.tell(shown);

  const execution = commandLine(session, `replay --plan ${plan.value.replayId}`);
  if (options['dry-run']) {
    terminal.tell(`Nothing was started. Execute exactly this: ${execution}`);
    return exitCodes.recovered;
  }
  if (plan.value.counts.waiting === 0) {
    terminal.tell('There is nothing to replay.');
    return plan.value.counts.total === 0 ? exitCodes.recovered : exitCodes.lost;
  }
  if (terminal.canAsk && !options.yes && !(await terminal.ask(`Replay ${plan.value.counts.waiting}?`))) {
    terminal.tell(`Nothing was started. The plan stays: ${execution}`);
    return exitCodes.lost;
  }
  const begun = await session.client.replay({ planId: plan.value.replayId });
  if (!begun.ok) return refuse(session, `${begun.error.sentence}\nIt is safe to try again: ${execution}`);
  return seeReplayThrough(session, begun.value);
}

function planFor({ invocation, client }: Session, patch: JsonPatch | undefined): Promise<Result<Replay, Trouble>> {
  const { options, filter } = invocation;
  if (options.plan !== undefined) return client.readReplay(options.plan);
  return client.replay({
    ...(options.ids === undefined ? { filter } : { ids: options.ids }),
    dryRun: true,
    ratePerSecond: options.rate,
    canary: options.canary,
    stopOnFailureRatio: options['stop-on-failure-ratio'],
    force: options.force,
    patch,
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
