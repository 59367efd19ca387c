import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { endGroup, groupMembers } from './process-group.ts';
import { identify, isAlive, type ProcessIdentity } from './process-table.ts';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** A group of two: a leader and a child that outlives it. */
async function aGroup(leaderScript: string): Promise<{ leader: ChildProcess; identity: ProcessIdentity }> {
  const leader = spawn('sh', ['-c', leaderScript], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  started.push(leader);
  await once(leader.stdout, 'data');
  const identity = leader.pid === undefined ? undefined : identify(leader.pid);
  if (identity === undefined) throw new Error('the leader did not start');
  return { leader, identity };
}

test('a group is ended with everybody in it, also when its leader was killed before', async () => {
  const { leader, identity } = await aGroup('sleep 60 & echo started; wait');
  leader.kill('SIGKILL');
  await once(leader, 'exit');
  expect(groupMembers(identity)).toHaveLength(1);
  await endGroup(identity, 0);
  expect(groupMembers(identity)).toEqual([]);
});

test('a member that ignores being asked is killed after the patience ran out', async () => {
  const { identity } = await aGroup('trap "" TERM; echo started; while :; do sleep 1; done');
  await endGroup(identity, 100);
  expect(isAlive(identity)).toBe(false);
});

test('a group of the same number that a later process founded is left alone', async () => {
  const { identity } = await aGroup('echo started; exec sleep 60');
  await endGroup({ ...identity, started: 'at another time' }, 0);
  expect(isAlive(identity)).toBe(true);
});
