/**
 * One run that changes an environment at a time: two deployments would leave Workers of two releases, and two first keys;
 * a rollback or a destruction beside one, half of each. Whoever begins puts a marker into the namespace and then looks
 * for others. KV has no lock, so two that begin in the same moment may both refuse; and a marker shows elsewhere some
 * moments later, so a deployment looks at its end whether what it deployed is what runs. A marker of a run that was
 * killed counts for nothing on its own machine, where its process can be looked for, and elsewhere after 20 minutes.
 */
import { fail } from '@mcpoverflow/types';
import { age } from '../terminal/age.ts';
import { explained } from './access.ts';
import type { Deployer, Outcome, Session } from './session.ts';

const PREFIX = 'deployment:';
/** Three uploads, and the longest waits for health and canary. */
const FRESH_MS = 20 * 60_000;

interface Marker {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly begunAt: number;
  readonly machine: string;
  readonly processId: number;
}

/** Does `work` unless another run is under way, which the error names. Where there is no namespace there is nobody to meet. */
export async function alone(session: Session, namespaceId: string | undefined, work: () => Outcome): Outcome {
  if (namespaceId === undefined) return work();
  const { account, lastingAccount, terminal, deployer, invocation } = session;
  const now = terminal.now();
  const own = `${PREFIX}${now}:${deployer.machine}:${deployer.processId}`;
  const removing = async (markers: readonly string[], during: () => Outcome): Outcome => {
    const outcome = await during();
    for (const name of markers) {
      const removed = await lastingAccount.removeValue(namespaceId, name);
      if (!removed.ok && outcome.ok) return fail(explained(removed.error));
    }
    return outcome;
  };
  const marked = await account.putValue(namespaceId, own, new Date(now).toISOString());
  // Whether it was put is not always known.
  if (!marked.ok) return removing([own], async () => fail(explained(marked.error)));
  const names = await account.keyNames(namespaceId, PREFIX);
  if (!names.ok) return removing([own], async () => fail(explained(names.error)));
  const others = names.value.filter((name) => name !== own).map(markerFrom);
  const [underWay] = others.filter((marker) => isUnderWay(marker, deployer, now));
  if (underWay === undefined) return removing([...others.map(({ name }) => name), own], work);
  const begun = age(new Date(underWay.begunAt).toISOString(), now);
  return removing([own], async () =>
    fail(
      `Another run that changes ${invocation.environment} is under way: begun ${begun} on ${underWay.machine}. Wait for its end. Should it have been killed: npx wrangler kv key delete "${underWay.name}" --namespace-id ${namespaceId} --remote`,
    ),
  );
}

function markerFrom(name: string): Marker {
  const [begunAt, machine = '', processId] = name.slice(PREFIX.length).split(':');
  return { name, begunAt: Number(begunAt), machine, processId: Number(processId) };
}

function isUnderWay({ begunAt, machine, processId }: Marker, deployer: Deployer, now: number): boolean {
  if (machine === deployer.machine) return processId !== deployer.processId && deployer.isAlive(processId);
  return now - begunAt < FRESH_MS;
}
