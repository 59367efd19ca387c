/**
 * The process group that wrangler leads: wrangler, its bundler and the two workerd processes. It is ended
 * as a whole, because a killed wrangler leaves workerd behind, which keeps the port and writes state.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { listProcesses, type ProcessEntry, type ProcessIdentity } from './process-table.ts';

/**
 * The living members of the group that `leader` founded. None, when a stranger leads a group of that number
 * now. A dead leader is no obstacle: the system gives out no process id that a living group still bears.
 */
export function groupMembers(leader: ProcessIdentity): readonly ProcessEntry[] {
  const members = listProcesses().filter((entry) => entry.group === leader.pid);
  const nowLeading = members.find((entry) => entry.pid === leader.pid);
  return nowLeading !== undefined && nowLeading.started !== leader.started ? [] : members;
}

/**
 * Ends the group: wrangler is asked, and whoever is left after `patienceMs` is killed. State survives both,
 * because Durable Objects commit before they answer.
 */
export async function endGroup(leader: ProcessIdentity, patienceMs: number): Promise<void> {
  const asked = groupMembers(leader).some((entry) => entry.pid === leader.pid) && send(leader.pid, 'SIGTERM');
  const giveUpAt = performance.now() + (asked ? patienceMs : 0);
  while (performance.now() < giveUpAt && groupMembers(leader).length > 0) await wait(50);
  while (groupMembers(leader).length > 0) {
    send(-leader.pid, 'SIGKILL');
    await wait(20);
  }
}

/** Sends a signal; false when there is nobody any more. A negative id means a group. */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
