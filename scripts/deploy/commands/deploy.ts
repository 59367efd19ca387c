/**
 * `deploy-staging` and `deploy-production`: look, create what is missing, deploy what differs, prove that it works. The
 * order: queues and namespace, because Workers are bound to them; the agent, the consumer, the api, because each is
 * called by the next. Whatever fails, the same command goes on from there: it looks again and does what is left.
 */
import { fail, ok } from '@mcpoverflow/types';
import { kvEntryOf, newKey } from '../../keys/new-key.ts';
import { explained } from '../access.ts';
import { alone } from '../alone.ts';
import { canaryKey } from '../canary-key.ts';
import { sendCanary, waitForHealth } from '../engine.ts';
import { deployCommand, findingsOf, varsOf } from '../findings.ts';
import { type Found, releaseIn, secretNames } from '../found.ts';
import { isDone, planRelease, type ReleasePlan } from '../plan.ts';
import { releaseOf } from '../release.ts';
import { createResources } from '../resources.ts';
import { confidential, secretsToSet } from '../secrets.ts';
import type { Done, Outcome, Session } from '../session.ts';
import type { Site } from '../site.ts';
import { lookAt, situationOf } from '../situation.ts';
import { stepByStep } from '../step-by-step.ts';
import { type Role, roles, type Wanted } from '../wanted.ts';

/** Whose key the first one is; more tenants: `npm run keys`. */
const FIRST_TENANT = 'default';

/** Returns the exit code. */
export function deploy(session: Session): Promise<number> {
  const { terminal, invocation } = session;
  terminal.tell(`Deploying ${invocation.environment} …`);
  const flags = [
    ...(invocation.updateSecrets ? ['--update-secrets'] : []),
    ...(invocation.url === undefined ? [] : ['--url', invocation.url]),
  ];
  const again = [deployCommand(invocation), ...flags].join(' ');
  return stepByStep(session, again, (done) => deployAll(session, done));
}

async function deployAll(session: Session, done: Done): Outcome {
  const resources = await createResources(session, done);
  if (!resources.ok) return resources;
  const first = await undertakingOf(session);
  if (!first.ok) return first;
  if (first.value.createsNoKey) {
    session.terminal.tell(
      `There is no API key yet, and this log is no place for one. Make it on your machine: ${deployCommand(session.invocation)}`,
    );
  }
  if (isDone(first.value.plan)) return tellUnchanged(session, first.value);
  return alone(session, namespaceIdOf(first.value.wanted), async () => {
    // Somebody else's deployment may have ended meanwhile.
    const undertaking = await undertakingOf(session);
    if (!undertaking.ok) return undertaking;
    return isDone(undertaking.value.plan) ? tellUnchanged(session, undertaking.value) : releaseAll(session, undertaking.value, done);
  });
}

async function tellUnchanged(session: Session, { wanted, found, site, release }: Undertaking): Outcome {
  session.terminal.print(`Nothing to change: ${wanted.environment} runs release ${release}.\n  ${site.url}`);
  tellLeft(session, wanted, found, site);
  return ok(undefined);
}

const namespaceIdOf = (wanted: Wanted): string => wanted.workers.api.namespaces[0]?.id ?? '';

async function undertakingOf(session: Session): Outcome<Undertaking> {
  const { project, environment } = session;
  const situation = await situationOf(session);
  if (!situation.ok) return situation;
  const { wanted, found, site } = situation.value;
  const release = releaseOf(project, wanted, site.url);
  const secrets = secretsOf(session, wanted, found);
  const secretsFor = new Set(roles.filter((role) => Object.keys(secrets[role]).length > 0));
  const planned = planRelease(wanted, found, site, release, secretsFor);
  // A build's log is read by many and kept: no place for a key.
  const plan = environment.CI ? { ...planned, createKey: false } : planned;
  const createsNoKey = planned.createKey !== plan.createKey;
  return ok({ wanted, found, site, release, secrets, plan, createsNoKey });
}

type Secrets = Readonly<Record<Role, Readonly<Record<string, string>>>>;

function secretsOf({ environment, invocation, mask }: Session, wanted: Wanted, found: Found): Secrets {
  const of = (role: Role) =>
    secretsToSet(role, {
      environment,
      existing: secretNames(found.workers[role]),
      required: wanted.workers[role].requiredSecrets,
      update: invocation.updateSecrets,
    });
  const secrets = { agent: of('agent'), consumer: of('consumer'), api: of('api') };
  for (const role of roles) mask.hide(confidential(secrets[role]));
  return secrets;
}

interface Undertaking {
  readonly wanted: Wanted;
  readonly found: Found;
  readonly site: Site;
  readonly release: string;
  readonly secrets: Secrets;
  readonly plan: ReleasePlan;
  /** A first key is missing, and not made where many read along. */
  readonly createsNoKey: boolean;
}

async function releaseAll(session: Session, undertaking: Undertaking, done: Done): Outcome {
  const { account, terminal, invocation } = session;
  const { wanted, site, release, plan } = undertaking;
  const namespaceId = namespaceIdOf(wanted);
  const canary = await canaryKey(terminal.now());
  session.mask.hide([canary.text]);
  if (plan.prove) {
    const stored = await account.putValue(namespaceId, canary.entry.name, canary.entry.value);
    if (!stored.ok) return fail(explained(stored.error));
  }
  const deployed = await deployWorkers(session, undertaking, done);
  if (!deployed.ok) return deployed;
  const url = invocation.url ?? site.url;
  if (plan.createKey) {
    const created = await createFirstKey(session, namespaceId, done);
    if (!created.ok) return created;
  }
  if (plan.prove) {
    const proved = await prove(session, undertaking, canary.text, done);
    if (!proved.ok) return proved;
    for (const name of [...plan.leftOver, canary.entry.name]) {
      const removed = await account.removeValue(namespaceId, name);
      if (!removed.ok) return fail(explained(removed.error));
    }
  }
  const found = await lookAt(session, wanted);
  const another = found.ok ? roles.find((role) => releaseIn(found.value.workers[role]) !== release) : undefined;
  if (another !== undefined) {
    return fail(`${wanted.workers[another].name} is not of release ${release} any more: somebody else deployed at the same time.`);
  }
  terminal.print(`${invocation.environment} runs release ${release}.\n  ${site.url}`);
  if (url !== site.url) terminal.tell(`It was asked at ${url}.`);
  if (found.ok) tellLeft(session, wanted, found.value, site);
  else
    terminal.tell(
      `Whether anything else is wrong could not be seen: ${found.error}\nLater: ./deploy-cloudflare.sh doctor ${invocation.environment}`,
    );
  return ok(undefined);
}

async function deployWorkers(
  { wrangler, invocation }: Session,
  { wanted, site, release, secrets, plan }: Undertaking,
  done: Done,
): Outcome {
  for (const role of plan.deploy) {
    const worker = wanted.workers[role];
    const names = Object.keys(secrets[role]);
    const answer = await wrangler.deploy({
      environment: invocation.environment,
      worker,
      release,
      vars: role === 'agent' ? {} : { PUBLIC_URL: varsOf(worker, site).PUBLIC_URL ?? site.url },
      domain: role === 'api' ? site.domain : undefined,
      secrets: secrets[role],
    });
    if (!answer.ok) return fail(`${worker.name} could not be deployed. Wrangler said:\n${answer.error}`);
    done(`deployed ${worker.name} as release ${release}${names.length === 0 ? '' : `, with the secrets ${names.join(', ')}`}`);
  }
  return ok(undefined);
}

/** Shown as soon as it is stored, and also when nobody knows whether it was: nobody could ever see it again. */
async function createFirstKey({ account, terminal }: Session, namespaceId: string, done: Done): Outcome {
  const key = await newKey({ tenant: FIRST_TENANT, scopes: ['submit', 'read', 'operate'], name: 'first key' }, terminal.now());
  const { name, value } = kvEntryOf(key);
  const stored = await account.putValue(namespaceId, name, value);
  const show = (words: string): void => terminal.print(`${words}\n\n  ${key.text}\n`);
  if (stored.ok) {
    show(`The first API key, of the tenant "${FIRST_TENANT}". It is shown this once, so keep it; more of them: npm run keys`);
    done('created the first API key');
    return ok(undefined);
  }
  if (stored.error.kind !== 'refused')
    show('The first API key. Whether it was stored is not known: it was, if the next run shows no other one.');
  return fail(explained(stored.error));
}

async function prove(session: Session, { site, release }: Undertaking, key: string, done: Done): Outcome {
  const { terminal, invocation } = session;
  const url = invocation.url ?? site.url;
  terminal.tell(`  waiting for ${url}/health …`);
  const health = await waitForHealth(url, release, terminal);
  if (!health.ok) return health;
  done(`${url}/health is ${health.value.status}`);
  const { healthy, message } = health.value.openhands;
  if (health.value.acceptsJobs === false) {
    terminal.tell('  Note: no canary was sent, for the engine takes no jobs (ACCEPT_JOBS=false).');
    return ok(undefined);
  }
  if (!healthy) terminal.tell(`  Note: OpenHands does not answer, so jobs wait. ${message ?? ''}`.trimEnd());
  const canary = await sendCanary(url, key, `${release}-${terminal.now()}`, terminal);
  if (!canary.ok) return canary;
  done('a canary job came through');
  return ok(undefined);
}

function tellLeft({ terminal }: Session, wanted: Wanted, found: Found, site: Site): void {
  const left = findingsOf(wanted, found, site);
  if (left.length === 0) return;
  terminal.tell(`\nLeft as it is:\n${left.map(({ what, mend }) => `  ${what}\n    mend: ${mend}`).join('\n')}`);
}
