/**
 * `status`: what runs, since when, and whether it is well; and the releases that Cloudflare keeps, each with the version of
 * each Worker: a rollback needs all three. Changes nothing.
 */
import type { Result } from '@mcpoverflow/types';
import { age } from '../../terminal/age.ts';
import { table } from '../../terminal/table.ts';
import { mostUsed, type Version } from '../cloudflare/account.ts';
import type { Trouble } from '../cloudflare/client.ts';
import { readHealth } from '../engine.ts';
import { releaseFindings } from '../findings.ts';
import { isDrained, releaseIn } from '../found.ts';
import { exitCodes, type Session } from '../session.ts';
import { situationOf } from '../situation.ts';
import { type Role, roles, type WantedWorker } from '../wanted.ts';

const RELEASES_SHOWN = 5;
/** Letters of a version's id: enough to find it in the dashboard. */
const VERSION_SHOWN = 8;

interface Row {
  readonly worker: string;
  readonly release: string;
  readonly version: string;
  readonly deployed: string;
}

/** A release and, of each Worker that has one, the newest version of it. */
interface Release {
  readonly name: string;
  readonly versions: Readonly<Partial<Record<Role, Version>>>;
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
  const releases = releasesOf({
    agent: await account.versions(wanted.workers.agent.name),
    consumer: await account.versions(wanted.workers.consumer.name),
    api: await account.versions(wanted.workers.api.name),
  });
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
      ...releaseFindings(wanted, found).map(({ what, mend }) => `\n${what}\n  mend: ${mend}`),
      '',
      ...releaseLines(releases, terminal.now(), terminal.columns),
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
    version: mostUsed(current).slice(0, VERSION_SHOWN),
    deployed: age(current.created_on, terminal.now()),
  };
}

type Versions = Readonly<Record<Role, Result<readonly Version[], Trouble>>>;

/** The newest first; undefined where the versions of a Worker cannot be read. */
function releasesOf(versions: Versions): readonly Release[] | undefined {
  const releases = new Map<string, Release>();
  for (const role of roles) {
    const of = versions[role];
    if (!of.ok) return undefined;
    // The newest last, so that it wins.
    for (const version of of.value.toReversed()) {
      const { release: name } = version;
      if (name !== undefined) releases.set(name, { name, versions: { ...releases.get(name)?.versions, [role]: version } });
    }
  }
  return [...releases.values()].toSorted((one, other) => newestIn(other) - newestIn(one));
}

const newestIn = ({ versions }: Release): number => Math.max(...Object.values(versions).map(({ createdOn }) => Date.parse(createdOn)));

function releaseLines(releases: readonly Release[] | undefined, now: number, width: number): readonly string[] {
  if (releases === undefined) return ['Which releases there are to go back to cannot be read.'];
  if (releases.length === 0) return ['There is no release to go back to.'];
  const shown = releases.slice(0, RELEASES_SHOWN);
  const ofRole = (role: Role) => ({ title: `version of ${role}`, cell: ({ versions }: Release) => versionCell(versions[role], now) });
  const lines = table([{ title: 'releases, newest first', cell: ({ name }: Release) => name }, ...roles.map(ofRole)], shown, width);
  const isLacked = shown.some(({ versions }) => roles.some((role) => versions[role] === undefined));
  return isLacked ? [...lines, 'A release that one of the three lacks (-) cannot be rolled back to.'] : lines;
}

const versionCell = (version: Version | undefined, now: number): string =>
  version === undefined ? '-' : `${version.id.slice(0, VERSION_SHOWN)}, ${age(version.createdOn, now)}`;
