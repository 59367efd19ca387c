/**
 * One engine per state folder. The lock file says who supervises, which process group holds the Workers,
 * and who started it all; whoever comes next judges from that file alone whether the engine is alive,
 * on its way out, or left over from a kill, and ends what is left over.
 *
 * Two starts at once: the file appears complete or not at all (`link`), and a left-over file is moved
 * aside (`rename`) before it is replaced, so that one of the two wins. Only ids recorded here, checked
 * against their start times, are ever ended.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fail, ok, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import { endGroup, groupMembers, send } from './process-group.ts';
import { isAlive, type ProcessIdentity } from './process-table.ts';

const identitySchema = z.object({ pid: z.number().int().positive(), started: z.string() });
const recordSchema = z.object({
  /** Tells this lock from the next one, whatever else is equal. */
  token: z.uuid(),
  url: z.string(),
  since: z.iso.datetime(),
  supervisor: identitySchema,
  /** npm and what stands between it and the supervisor: an engine whose launcher is gone belongs to nobody. */
  launchers: z.array(identitySchema),
  /** The leader of the process group that runs the Workers. */
  group: identitySchema.optional(),
  stopping: z.boolean(),
});
export type LockRecord = z.infer<typeof recordSchema>;

/** How long a supervisor on its way out gets before it is killed, in milliseconds. */
const PATIENCE_WITH_A_LEAVING_SUPERVISOR_MS = 15_000;

export interface Lock {
  /** Writes down the group before it does anything, so that no kill can leave an unknown group behind. */
  recordGroup(group: ProcessIdentity): void;
  recordStopping(): void;
  release(): void;
}

/**
 * Takes the lock in `directory`, after ending what an earlier engine left behind. The error is the record
 * of an engine that lives: nothing of it was touched.
 * @param tell is told, in a sentence, about everything that is ended.
 */
export async function takeLock(
  directory: string,
  own: Pick<LockRecord, 'url' | 'since' | 'supervisor' | 'launchers'>,
  tell: (sentence: string) => void,
): Promise<Result<Lock, LockRecord>> {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'lock.json');
  let record: LockRecord = { ...own, token: randomUUID(), stopping: false };

  while (!create(file, record)) {
    const found = read(file);
    if (found === undefined) {
      rmSync(file, { force: true });
      continue;
    }
    if (isHealthy(found)) return fail(found);
    await endLeftOver(found, tell);
    moveAside(file, found);
  }

  const write = (changed: LockRecord): void => {
    record = changed;
    const draft = `${file}.${record.token}`;
    writeFileSync(draft, JSON.stringify(record));
    renameSync(draft, file);
  };
  return ok({
    recordGroup: (group) => write({ ...record, group }),
    recordStopping: () => write({ ...record, stopping: true }),
    release: () => {
      if (read(file)?.token === record.token) rmSync(file, { force: true });
    },
  });
}

/** What the lock file in `directory` says; undefined when there is none, or none that can be read. */
export function readLock(directory: string): LockRecord | undefined {
  return read(join(directory, 'lock.json'));
}

function create(file: string, record: LockRecord): boolean {
  const draft = `${file}.${record.token}`;
  writeFileSync(draft, JSON.stringify(record));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(file: string): LockRecord | undefined {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function isHealthy(record: LockRecord): boolean {
  return isAlive(record.supervisor) && !record.stopping && record.launchers.every(isAlive);
}

async function endLeftOver(record: LockRecord, tell: (sentence: string) => void): Promise<void> {
  const killAt = performance.now() + PATIENCE_WITH_A_LEAVING_SUPERVISOR_MS;
  if (isAlive(record.supervisor)) tell('The engine that ran here is on its way out; waiting for it.');
  while (isAlive(record.supervisor) && performance.now() < killAt) await wait(100);
  if (isAlive(record.supervisor)) send(record.supervisor.pid, 'SIGKILL');
  if (record.group === undefined || groupMembers(record.group).length === 0) return;
  tell(`Ending what a killed engine left behind (process group ${record.group.pid}).`);
  await endGroup(record.group, 0);
}

/** Removes the left-over file, unless somebody else has replaced it by now: theirs is put back. */
function moveAside(file: string, leftOver: LockRecord): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (read(aside)?.token !== leftOver.token) linkSync(aside, file);
  rmSync(aside, { force: true });
}
