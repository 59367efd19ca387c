/**
 * `rollback`: all three Workers back to one release, the one before or a named one. The caller goes back before the
 * called, the other way round than a deployment. When the three are of different releases (a deployment or a rollback
 * broke off) there is no "one before" to guess: it has to be named.
 *
 * A secret that was changed since is no reason to stop half-way: the notice says that secrets go back, too, and it was
 * agreed to. Which they are only Cloudflare knows, and it says so only when it is asked to move.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import { explained } from '../access.ts';
import { alone } from '../alone.ts';
import { type Deployment, mostUsed, SECRETS_CHANGED, type Version } from '../cloudflare/account.ts';
import type { Trouble } from '../cloudflare/client.ts';
import { waitForHealth } from '../engine.ts';
import { type Found, isDrained, releaseIn } from '../found.ts';
import { type Done, exitCodes, type Outcome, type Session } from '../session.ts';
import { lookAt, situationOf } from '../situation.ts';
import { stepByStep } from '../step-by-step.ts';
import { type Role, roles, type Wanted } from '../wanted.ts';

const order = roles.toReversed();

interface Move {
  readonly release: string;
  readonly versions: Readonly<Record<Role, string>>;
  /** Those that run another release now. */
  readonly roles: readonly Role[];
}

/** Returns the exit code. */
export async function rollback(session: Session): Promise<number> {
  const { terminal, invocation } = session;
  const refuse = (sentence: string): number => {
    terminal.tell(sentence);
    return exitCodes.wrong;
  };
  const situation = await situationOf(session);
  if (!situation.ok) return refuse(situation.error);
  const { wanted, found, site } = situation.value;
  const running = releasesIn(found);
  const move = await moveTo(session, wanted, running, found.split);
  if (!move.ok) return refuse(move.error);
  const { release } = move.value;
  if (move.value.roles.length === 0) {
    terminal.print(`All three Workers of ${invocation.environment} run release ${release} already.`);
    return exitCodes.done;
  }
  terminal.tell(notice(wanted, running, move.value));
  if (isDrained(found.workers.api))
    terminal.tell('The engine is drained now. With the api goes ACCEPT_JOBS, as it was with that version: jobs may be taken again.');
  if (!invocation.yes && !(terminal.canAsk && (await terminal.ask(`Roll ${invocation.environment} back?`)))) {
    return refuse('Nothing was changed. Without somebody to ask, --yes is the answer.');
  }
  const url = invocation.url === undefined ? '' : ` --url ${invocation.url}`;
  const again = `./deploy-cloudflare.sh rollback ${invocation.environment} --to ${release} --yes${url}`;
  const namespaceId = found.namespaceInUse?.id;
  const code = await stepByStep(session, again, (done) =>
    alone(session, namespaceId, async () => {
      const now = await lookAt(session, wanted);
      if (!now.ok) return now;
      if (roles.some((role) => releasesIn(now.value)[role] !== running[role]))
        return fail(
          `Somebody else has deployed or rolled back since you were asked. Look first: ./deploy-cloudflare.sh status ${invocation.environment}`,
        );
      const moved = await moveAll(session, wanted, move.value, done);
      return moved.ok ? forgetDeployments(session, namespaceId, now.value.canaryKeys) : moved;
    }),
  );
  if (code !== exitCodes.done) return code;
  const health = await waitForHealth(invocation.url ?? site.url, release, terminal);
  if (!health.ok)
    return refuse(
      `All three Workers are back at release ${release}, but: ${health.error}\nNext: ./deploy-cloudflare.sh doctor ${invocation.environment}`,
    );
  terminal.print(`${invocation.environment} runs release ${release}, and is ${health.value.status}.`);
  if (health.value.acceptsJobs === false) terminal.tell('It takes no jobs: it was drained when that release was deployed (ACCEPT_JOBS).');
  return exitCodes.done;
}

const releasesIn = ({ workers }: Found): Readonly<Record<Role, string | undefined>> => ({
  agent: releaseIn(workers.agent),
  consumer: releaseIn(workers.consumer),
  api: releaseIn(workers.api),
});

async function moveAll(session: Session, wanted: Wanted, { release, versions, roles: moved }: Move, done: Done): Outcome {
  for (const role of moved) {
    const { name } = wanted.workers[role];
    const answer = await deployVersion(session, name, versions[role], release);
    if (!answer.ok) {
      const came = answer.error.kind === 'refused' ? `${name} did not go back.` : `Whether ${name} went back is not known.`;
      return fail(`${explained(answer.error)}\n${came}`);
    }
    done(`${name} runs release ${release}`);
  }
  return ok(undefined);
}

/** A deployment that broke off is over when it was rolled back: it must not ask to be finished any more. */
async function forgetDeployments({ account }: Session, namespaceId: string | undefined, canaryKeys: readonly string[]): Outcome {
  if (namespaceId === undefined) return ok(undefined);
  for (const name of canaryKeys) {
    const removed = await account.removeValue(namespaceId, name);
    if (!removed.ok) return fail(explained(removed.error));
  }
  return ok(undefined);
}

async function deployVersion(
  { account, terminal }: Session,
  worker: string,
  version: string,
  release: string,
): Promise<Result<unknown, Trouble>> {
  const message = `Rollback to release ${release}`;
  const moved = await account.deployVersion(worker, version, message);
  if (moved.ok || !moved.error.codes.includes(SECRETS_CHANGED)) return moved;
  terminal.tell(`  ${worker} goes back with its secrets as they were: ${moved.error.sentence}`);
  return account.deployVersion(worker, version, message, { force: true });
}

async function moveTo(
  session: Session,
  wanted: Wanted,
  running: Readonly<Record<Role, string | undefined>>,
  split: readonly Role[],
): Promise<Result<Move, string>> {
  const { account, invocation } = session;
  const known: Record<Role, ReadonlyMap<string, string>> = { agent: new Map(), consumer: new Map(), api: new Map() };
  let apiVersions: readonly Version[] = [];
  for (const role of roles) {
    const versions = await account.versions(wanted.workers[role].name);
    if (!versions.ok) return fail(explained(versions.error));
    if (role === 'api') apiVersions = versions.value;
    // The newest version of a release last, so that it wins.
    known[role] = new Map(
      versions.value.toReversed().flatMap(({ id, release }) => (release === undefined ? [] : [[release, id] as const])),
    );
  }
  const lackedBy = (release: string): readonly string[] =>
    roles.filter((role) => !known[role].has(release)).map((role) => wanted.workers[role].name);
  const release = invocation.to === undefined ? await releaseBefore(session, wanted, running, apiVersions, lackedBy) : ok(invocation.to);
  if (!release.ok) return release;
  const versions = {
    agent: known.agent.get(release.value),
    consumer: known.consumer.get(release.value),
    api: known.api.get(release.value),
  };
  const { agent, consumer, api } = versions;
  if (agent === undefined || consumer === undefined || api === undefined) {
    return fail(
      `Cloudflare keeps no version of release ${release.value} for ${lackedBy(release.value).join(', ')}. \`status\` shows the releases there are.`,
    );
  }
  return ok({
    release: release.value,
    versions: { agent, consumer, api },
    roles: order.filter((role) => running[role] !== release.value || split.includes(role)),
  });
}

/** The last one that ran before and that all three Workers have. */
async function releaseBefore(
  { account, invocation }: Session,
  wanted: Wanted,
  running: Readonly<Record<Role, string | undefined>>,
  versions: readonly Version[],
  lackedBy: (release: string) => readonly string[],
): Promise<Result<string, string>> {
  const current = running.api;
  if (current === undefined) return fail(`${wanted.workers.api.name} is not deployed, or not by this script.`);
  if (roles.some((role) => running[role] !== current)) {
    const list = roles.map((role) => `  ${wanted.workers[role].name}  ${running[role] ?? 'unknown'}`).join('\n');
    return fail(
      `The three Workers are of different releases, so something broke off:\n${list}\nName the one that all are to run: ./deploy-cloudflare.sh rollback ${invocation.environment} --to <release>`,
    );
  }
  const deployments = await account.deployments(wanted.workers.api.name);
  if (!deployments.ok) return fail(explained(deployments.error));
  const earlier = standing(deployments.value, versions).filter((release) => release !== current);
  const before = earlier.find((release) => lackedBy(release).length === 0);
  if (before !== undefined) return ok(before);
  const gone = earlier.map((release) => `  ${release}, of which Cloudflare keeps no version for ${lackedBy(release).join(', ')}`);
  return fail(
    gone.length === 0
      ? `No release ran before ${current}: there is nothing to go back to.`
      : `There is nothing to go back to. Before ${current} ran:\n${gone.join('\n')}`,
  );
}

/**
 * The releases that led to the one that runs, newest first. A version that comes again is a rollback, and what it fled
 * from counts no more: the next rollback must not go forward to that.
 */
function standing(deployments: readonly Deployment[], versions: readonly Version[]): readonly string[] {
  const path: string[] = [];
  for (const id of deployments.toReversed().map(mostUsed)) {
    const again = path.indexOf(id);
    if (again >= 0) path.splice(again);
    path.push(id);
  }
  const releases = path.toReversed().flatMap((id) => versions.find((version) => version.id === id)?.release ?? []);
  return [...new Set(releases)];
}

function notice(wanted: Wanted, running: Readonly<Record<Role, string | undefined>>, { release, roles: moved }: Move): string {
  return `Back to release ${release}:
${moved.map((role) => `  ${wanted.workers[role].name}, from ${running[role] ?? 'unknown'}`).join('\n')}
A rollback restores code, vars and secrets as they were with that version. It does not restore:
  what Durable Objects hold (jobs, results, dead letters, webhooks): they go on from where they are
  KV (finished jobs, the result cache, API keys) and messages in the queues
  consumers of the queues and their settings, queues, and domains`;
}
