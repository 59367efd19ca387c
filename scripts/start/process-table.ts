/**
 * Who runs on this machine. A process id alone names nobody for long: the system gives it out again. So
 * a process is known by its id together with when it started, and nothing is ever ended on an id alone.
 *
 * Linux is read from /proc, because small images have no `ps`; everything else asks `ps`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const hasProc = existsSync('/proc/self/stat');

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** When it started, as the system tells it; only ever compared with another of the same kind. */
  readonly started: string;
  readonly command: string;
}

/** A process as it can be remembered across restarts of ours. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/** Every process that can be seen. Zombies are left out: they hold nothing and cannot be ended. */
export function listProcesses(): readonly ProcessEntry[] {
  return hasProc ? listFromProc() : listFromPs();
}

/** The process that bears this id now. */
export function identify(pid: number): ProcessIdentity | undefined {
  const entry = hasProc ? readProc(String(pid)) : listProcesses().find((candidate) => candidate.pid === pid);
  return entry === undefined ? undefined : { pid, started: entry.started };
}

/** True when that very process, not a later one with the same id, still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

function listFromProc(): readonly ProcessEntry[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readProc(name) ?? []) : []));
}

function readProc(name: string): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    // The name in parentheses may itself hold spaces and parentheses: the fields begin after the last one.
    const [state, parent, group, ...others] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    // Start times count from boot, so the boot is part of the name.
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid: Number(name), parent: Number(parent), group: Number(group), started: `${boot}/${others[16]}`, command };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}

function listFromPs(): readonly ProcessEntry[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,state=,lstart=,command='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { LC_ALL: 'C', PATH: process.env.PATH },
  });
  return table.split('\n').flatMap((line) => {
    const fields = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line);
    if (fields === null || fields[4]?.startsWith('Z')) return [];
    const [, pid, parent, group, , started = '', command = ''] = fields;
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), started, command }];
  });
}
