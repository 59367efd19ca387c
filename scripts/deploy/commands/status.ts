/** `status`: what runs, since when, and whether it is well. Changes nothing. */
import { age } from '../../terminal/age.ts';
import { table } from '../../terminal/table.ts';
import { mostUsed } from '../cloudflare/account.ts';
import { readHealth } from '../engine.ts';
import { isDrained, releaseIn } from '../found.ts';
import { exitCodes, type Session } from '../session.ts';
import { situationOf } from '../situation.ts';
import { roles, type WantedWorker } from '../wanted.ts';

const RELEASES_SHOWN = 5;

interface Row {
  readonly worker: string;
  readonly release: string;
  readonly version: string;
  readonly deployed: string;
}

/** Returns the exit code: 0 when all three Workers are there and the engine can work. */
export async function status(session: Session): Promise<number> {
  const { terminal, invocation, account } = session;
  const situation = await situationOf(session);
  if (!situation.ok) {
    terminal.tell(situation.error);
    return exitCodes.wrong;
  }
  const { wanted, found, site } = situation.value;
  const rows = await Promise.all(roles.map((role) => rowOf(session, wanted.workers[role], releaseIn(found.workers[role]))));
  const columns = (['worker', 'release', 'version', 'deployed'] as const).map((title) => ({ title, cell: (row: Row) => row[title] }));
  const versions = await account.versions(wanted.workers.api.name);
  const releases = versions.ok ? [...new Set(versions.value.flatMap(({ release }) => release ?? []))].slice(0, RELEASES_SHOWN) : [];
  const health = await readHealth(invocation.url ?? site.url, terminal.interrupted);
  terminal.print(
    [
      ...table(columns, rows, terminal.columns),
      '',
      `address   ${site.url}`,
      `health    ${health.ok ? `${health.value.status}${health.value.openhands.message === undefined ? '' : `: ${health.value.openhands.message}`}` : health.error}`,
      ...(isDrained(found.workers.api) ? ['drained   it takes no jobs (ACCEPT_JOBS)'] : []),
      ...Object.entries((health.ok && health.value.queues) || {}).map(
        ([name, { backlog, oldestMessageAt }]) =>
          `backlog   ${name}: ${backlog ?? 'unknown'}${oldestMessageAt === undefined ? '' : `, the oldest ${age(oldestMessageAt, terminal.now())}`}`,
      ),
      `releases  ${releases.length === 0 ? 'none' : releases.join(', ')} (newest first)`,
    ].join('\n'),
  );
  const well = health.ok && health.value.status !== 'unhealthy' && roles.every((role) => found.workers[role] !== undefined);
  return well ? exitCodes.done : exitCodes.wrong;
}

async function rowOf({ account, terminal }: Session, { name }: WantedWorker, release: string | undefined): Promise<Row> {
  const deployments = await account.deployments(name);
  const [current] = deployments.ok ? deployments.value : [];
  if (current === undefined)
    return { worker: name, release: release ?? '-', version: '-', deployed: deployments.ok ? 'not deployed' : 'unknown' };
  return {
    worker: name,
    release: release ?? '-',
    version: mostUsed(current).slice(0, 8),
    deployed: age(current.created_on, terminal.now()),
  };
}
