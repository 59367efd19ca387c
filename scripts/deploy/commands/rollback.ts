/**
 * `rollback`: all three Workers back to one release, the one before or a named one. The caller goes back before the
 * called, the other way round than a deployment. When the three are of different releases (a deployment or a rollback
 * broke off) there is no "one before" to guess: it has to be named.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import { explained } from '../access.ts';
import { waitForHealth } from '../engine.ts';
import { isDrained, look, releaseIn } from '../found.ts';
import { exitCodes, type Session } from '../session.ts';
import { siteOf } from '../site.ts';
import { type Role, readWanted, roles, type Wanted } from '../wanted.ts';

const order = roles.toReversed();

interface Move {
  readonly release: string;
  readonly versions: Readonly<Record<Role, string>>;
  /** Those that run another release now. */
  readonly roles: readonly Role[];
}

/** Returns the exit code. */
export async function rollback(session: Session): Promise<number> {
  const { terminal, project, invocation, account, environment } = session;
  const refuse = (sentence: string): number => {
    terminal.tell(sentence);
    return exitCodes.wrong;
  };
  const wanted = readWanted(project, invocation.environment);
  if (!wanted.ok) return refuse(wanted.error);
  const found = await look(account, wanted.value);
  if (!found.ok) return refuse(explained(found.error));
  const site = siteOf(wanted.value, found.value, environment.ENGINE_DOMAIN || undefined);
  if (!site.ok) return refuse(site.error);
  const running = {
    agent: undefined,
    consumer: undefined,
    api: undefined,
    ...Object.fromEntries(roles.map((role) => [role, releaseIn(found.value.workers[role])])),
  };
  const move = await moveTo(session, wanted.value, running);
  if (!move.ok) return refuse(move.error);
  const { release } = move.value;
  if (move.value.roles.length === 0) {
    terminal.print(`All three Workers of ${invocation.environment} run release ${release} already.`);
    return exitCodes.done;
  }
  terminal.tell(notice(wanted.value, running, move.value));
  if (isDrained(found.value.workers.api))
    terminal.tell('The engine is drained now. With the api goes ACCEPT_JOBS, as it was with that version: jobs may be taken again.');
  if (!invocation.yes && !(terminal.canAsk && (await terminal.ask(`Roll ${invocation.environment} back?`)))) {
    return refuse('Nothing was changed. Without somebody to ask, --yes is the answer.');
  }
  const again = `./deploy-cloudflare.sh rollback ${invocation.environment} --to ${release} --yes`;
  for (const role of move.value.roles) {
    const { name } = wanted.value.workers[role];
    const moved = await account.deployVersion(name, move.value.versions[role], `Rollback to release ${release}`);
    if (!moved.ok) return refuse(`${explained(moved.error)}\nWhether ${name} went back is not known. Next: ${again}`);
    terminal.tell(`  ${name} runs release ${release}`);
  }
  const health = await waitForHealth(invocation.url ?? site.value.url, release, terminal);
  if (!health.ok)
    return refuse(
      `All three Workers are back at release ${release}, but: ${health.error}\nNext: ./deploy-cloudflare.sh doctor ${invocation.environment}`,
    );
  terminal.print(`${invocation.environment} runs release ${release}, and is ${health.value.status}.`);
  if (health.value.acceptsJobs === false) terminal.tell('It takes no jobs: it was drained when that release was deployed (ACCEPT_JOBS).');
  return exitCodes.done;
}

async function moveTo(
  session: Session,
  wanted: Wanted,
  running: Readonly<Record<Role, string | undefined>>,
): Promise<Result<Move, string>> {
  const { account, invocation } = session;
  const known: Record<Role, ReadonlyMap<string, string>> = { agent: new Map(), consumer: new Map(), api: new Map() };
  for (const role of roles) {
    const versions = await account.versions(wanted.workers[role].name);
    if (!versions.ok) return fail(explained(versions.error));
    // The newest version of a release last, so that it wins.
    known[role] = new Map(
      versions.value.toReversed().flatMap(({ id, release }) => (release === undefined ? [] : [[release, id] as const])),
    );
  }
  const everywhere = (release: string): boolean => roles.every((role) => known[role].has(release));
  const release = invocation.to === undefined ? await releaseBefore(session, wanted, running, known.api, everywhere) : ok(invocation.to);
  if (!release.ok) return release;
  const versions = {
    agent: known.agent.get(release.value),
    consumer: known.consumer.get(release.value),
    api: known.api.get(release.value),
  };
  const { agent, consumer, api } = versions;
  if (agent === undefined || consumer === undefined || api === undefined) {
    const missing = roles.filter((role) => versions[role] === undefined).map((role) => wanted.workers[role].name);
    return fail(
      `Cloudflare keeps no version of release ${release.value} for ${missing.join(', ')}. \`status\` shows the releases there are.`,
    );
  }
  return ok({ release: release.value, versions: { agent, consumer, api }, roles: order.filter((role) => running[role] !== release.value) });
}

/** The last one that ran before and that all three Workers have. */
async function releaseBefore(
  { account, invocation }: Session,
  wanted: Wanted,
  running: Readonly<Record<Role, string | undefined>>,
  versions: ReadonlyMap<string, string>,
  everywhere: (release: string) => boolean,
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
  const releaseOf = new Map([...versions].map(([release, id]) => [id, release] as const));
  const history = deployments.value.flatMap(({ versions: [version] }) => releaseOf.get(version?.version_id ?? '') ?? []);
  const before = history.slice(history.indexOf(current) + 1).find((release) => release !== current && everywhere(release));
  return before === undefined ? fail(`No release ran before ${current}: there is nothing to go back to.`) : ok(before);
}

function notice(wanted: Wanted, running: Readonly<Record<Role, string | undefined>>, { release, roles: moved }: Move): string {
  return `Back to release ${release}:
${moved.map((role) => `  ${wanted.workers[role].name}, from ${running[role] ?? 'unknown'}`).join('\n')}
A rollback restores code, vars and secrets as they were with that version. It does not restore:
  what Durable Objects hold (jobs, results, dead letters, webhooks): they go on from where they are
  KV (finished jobs, the result cache, API keys) and messages in the queues
  consumers of the queues and their settings, queues, and domains`;
}
