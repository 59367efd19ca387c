import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removalCommand } from './directory-removal.ts';

let workspace: string;
beforeEach(() => {
  workspace = realpathSync(mkdtempSync(join(tmpdir(), 'removal-')));
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

const remove = (path: string) => execFileSync('sh', ['-c', removalCommand(path) ?? 'exit 9']);

/** A process that does nothing but work in that directory. */
const worker = (cwd: string) => spawn('sleep', ['60'], { cwd, stdio: 'ignore' });

describe('removing a directory', () => {
  test.each(['run', "o'hara's $(touch escaped) *", '-rf'])('removes %s with what lies in it, and nothing beside it', (name) => {
    const directory = join(workspace, name);
    mkdirSync(join(directory, 'src'), { recursive: true });
    mkdirSync(`${directory}2`);
    remove(directory);
    remove(directory);
    expect([existsSync(directory), existsSync(`${directory}2`), existsSync(join(workspace, 'escaped'))]).toEqual([false, true, false]);
  });

  test.runIf(existsSync('/proc/self/cwd'))('ends what still works in it or below, by whatever link it is named', async () => {
    const directory = join(workspace, 'run [a]');
    mkdirSync(join(directory, 'src'), { recursive: true });
    mkdirSync(`${directory}2`);
    const link = join(workspace, 'link');
    symlinkSync(workspace, link);
    const inside = [worker(directory), worker(join(directory, 'src'))];
    const outside = worker(`${directory}2`);
    await Promise.all([...inside, outside].map((process) => once(process, 'spawn')));
    const ends = Promise.all(inside.map((process) => once(process, 'exit')));
    remove(join(link, 'run [a]'));
    await ends;
    expect(inside.map((process) => process.signalCode)).toEqual(['SIGKILL', 'SIGKILL']);
    expect(outside.signalCode).toBeNull();
    expect(existsSync(directory)).toBe(false);
    outside.kill();
  });

  test('does not follow a link that an agent put in its place', () => {
    const other = join(workspace, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'file'), '');
    symlinkSync(other, join(workspace, 'run'));
    remove(join(workspace, 'run'));
    expect([existsSync(join(workspace, 'run')), existsSync(join(other, 'file'))]).toEqual([false, true]);
  });

  test.each(['/', '/workspace', '/workspace/', '/workspace/..', '/workspace/./a', 'workspace/a', '/workspace//a', '/workspace/a\0b'])(
    'never means %j',
    (path) => {
      expect(removalCommand(path)).toBeNull();
    },
  );
});
