/**
 * What the Workers need before they can be deployed: queues, and the one KV namespace with its id in both wrangler files.
 * What is there is left alone.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '@mcpoverflow/types';
import { explained } from './access.ts';
import { alone } from './alone.ts';
import type { Trouble } from './cloudflare/client.ts';
import { RETENTION_SECONDS, takenQueues } from './findings.ts';
import { withNamespaceId } from './namespace-id.ts';
import { planResources, type ResourcePlan } from './plan.ts';
import type { Done, Outcome, Session } from './session.ts';
import { lookAt } from './situation.ts';
import { configurationFiles, readWanted, type Wanted } from './wanted.ts';

const CREATE_ATTEMPTS = 3;
const CREATE_PAUSE_MS = 1_000;

/** Queues and namespace, and its id into both wrangler files. The error is a sentence. */
export async function createResources(session: Session, done: Done): Outcome {
  const { project, invocation } = session;
  const wanted = readWanted(project, invocation.environment);
  if (!wanted.ok) return wanted;
  const found = await lookAt(session, wanted.value);
  if (!found.ok) return found;
  const plan = planResources(wanted.value, found.value);
  const taken = takenQueues(wanted.value, found.value);
  if (taken.length > 0) return fail(taken.map(({ what, mend }) => `${what}\n  mend: ${mend}`).join('\n'));
  const { namespaceInUse } = found.value;
  if (plan.createNamespace && namespaceInUse !== undefined) {
    const { namespaceTitle } = wanted.value;
    return fail(
      `The KV namespace of ${invocation.environment} has the title ${namespaceInUse.title} now, and not ${namespaceTitle}. A new one would be empty: every API key would stop. Name it back: npx wrangler kv namespace rename --namespace-id ${namespaceInUse.id} --new-name ${namespaceTitle}`,
    );
  }
  // A destruction that is under way would leave behind what is made beside it.
  const make = () => createMissing(session, plan, wanted.value.namespaceTitle, done);
  const created = plan.queues.length === 0 ? await make() : await alone(session, namespaceInUse?.id, make);
  return created.ok ? writeNamespaceId(session, wanted.value, done) : created;
}

async function createMissing(session: Session, { queues, createNamespace }: ResourcePlan, title: string, done: Done): Outcome {
  const { account } = session;
  for (const name of queues) {
    const created = await createOnce(
      session,
      () => account.createQueue(name, RETENTION_SECONDS),
      async () => {
        const all = await account.queues();
        return all.ok && all.value.some(({ queue_name }) => queue_name === name);
      },
    );
    if (!created.ok) return fail(queueTrouble(name, created.error));
    done(`created the queue ${name} (keeps messages for 14 days)`);
  }
  if (createNamespace) {
    const created = await createOnce(
      session,
      () => account.createNamespace(title),
      async () => {
        const all = await account.namespaces();
        return all.ok && all.value.some((each) => each.title === title);
      },
    );
    if (!created.ok) return fail(explained(created.error));
    done(`created the KV namespace ${title}`);
  }
  return ok(undefined);
}

/** A POST whose answer is lost may have been done, so every failure is followed by a look. */
async function createOnce(
  { terminal }: Session,
  create: () => Promise<Result<unknown, Trouble>>,
  isThere: () => Promise<boolean>,
): Promise<Result<undefined, Trouble>> {
  for (let count = 1; ; count += 1) {
    const created = await create();
    if (created.ok || (await isThere())) return ok(undefined);
    if (created.error.kind === 'refused' || count === CREATE_ATTEMPTS) return created;
    await terminal.wait(CREATE_PAUSE_MS * count);
  }
}

function queueTrouble(name: string, trouble: Trouble): string {
  if (trouble.kind === 'refused' && /retention/i.test(trouble.sentence)) {
    return `The queue ${name} could not be created: this account's plan keeps messages for a day, and the engine needs 14. It runs on the Workers Paid plan: dashboard, Workers & Pages, Plans.\n${trouble.sentence}`;
  }
  return explained(trouble);
}

async function writeNamespaceId({ account, project, invocation }: Session, wanted: Wanted, done: Done): Outcome {
  const namespaces = await account.namespaces();
  if (!namespaces.ok) return fail(explained(namespaces.error));
  const titled = namespaces.value.filter(({ title }) => title === wanted.namespaceTitle);
  const written = wanted.workers.api.namespaces[0]?.id;
  // Of two with one title the one that is written down is in use.
  const namespace = titled.find(({ id }) => id === written) ?? titled[0];
  if (namespace === undefined) return fail(`The KV namespace ${wanted.namespaceTitle} was created, but is not listed yet.`);
  for (const role of ['api', 'consumer'] as const) {
    if (wanted.workers[role].namespaces.every(({ id }) => id === namespace.id)) continue;
    const file = join(project, configurationFiles[role]);
    const text = withNamespaceId(readFileSync(file, 'utf8'), invocation.environment, namespace.id);
    if (!text.ok) return fail(`${configurationFiles[role]}: ${text.error}`);
    // In one step: a file half written would be a broken one.
    writeFileSync(`${file}.new`, text.value);
    renameSync(`${file}.new`, file);
    done(`wrote the id of ${namespace.title} into ${configurationFiles[role]}: commit it`);
  }
  return ok(undefined);
}
