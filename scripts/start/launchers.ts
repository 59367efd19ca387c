/**
 * Who started us. When npm alone is killed, its children live on without noticing, while whoever ran npm
 * (a service manager, a CI job, a person) believes the engine gone and will start another one. So the
 * engine ends with its launcher instead of holding on to port and state as nobody's process.
 */
import { isAlive, listProcesses, type ProcessIdentity } from './process-table.ts';

const LOOK_EVERY_MS = 1000;

/**
 * The processes between us and the command a person typed: the set-up script, the shell npm puts in
 * between, npm itself. Nothing above: with `nohup npm start &` a shell may leave and the engine stays.
 */
export function findLaunchers(parentPid: number, underPackageManager: boolean): readonly ProcessIdentity[] {
  const processes = new Map(listProcesses().map((entry) => [entry.pid, entry]));
  const launchers: ProcessIdentity[] = [];
  let current = processes.get(parentPid);
  while (current?.command.includes('scripts/setup.mjs')) {
    launchers.push({ pid: current.pid, started: current.started });
    current = processes.get(current.parent);
  }
  if (launchers.length > 0 && underPackageManager && current !== undefined) {
    launchers.push({ pid: current.pid, started: current.started });
  }
  return launchers;
}

/** Calls `onGone` once, when the first of the launchers is no longer there. */
export function watchLaunchers(launchers: readonly ProcessIdentity[], onGone: () => void): void {
  const timer = setInterval(() => {
    if (launchers.every(isAlive)) return;
    clearInterval(timer);
    onGone();
  }, LOOK_EVERY_MS);
  timer.unref();
}
