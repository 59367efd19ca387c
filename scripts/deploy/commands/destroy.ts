/**
 * `destroy`: deletes everything of an environment, after its name was typed. The api goes first, so that nobody is
 * promised anything any more; queues and namespace last, when nothing is bound to them. It can be repeated until nothing is left.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import { explained } from '../access.ts';
import { alone } from '../alone.ts';
import type { Trouble } from '../cloudflare/client.ts';
import { look } from '../found.ts';
import { type Done, exitCodes, type Outcome, type Session } from '../session.ts';
import { stepByStep } from '../step-by-step.ts';
import { configurationFiles, readWanted, roles } from '../wanted.ts';

/** What is deleted, in words, and how. */
type Removal = readonly [string, () => Promise<Result<unknown, Trouble>>];

/** Returns the exit code. */
export async function destroy(session: Session): Promise<number> {
  const { terminal, project, invocation, account } = session;
  const { environment } = invocation;
  const refuse = (sentence: string): number => {
    terminal.tell(sentence);
    return exitCodes.wrong;
  };
  const wanted = readWanted(project, environment);
  if (!wanted.ok) return refuse(wanted.error);
  const found = await look(account, wanted.value, terminal.now());
  if (!found.ok) return refuse(explained(found.error));
  const { queues, namespaces, workers } = found.value;
  // Only the one that the Workers use: another of the same title is somebody else's. A checkout need not know its id.
  const bound = found.value.namespaceInUse?.id;
  const removals: readonly Removal[] = [
    ...roles.toReversed().flatMap((role) => {
      const { name } = wanted.value.workers[role];
      const consumers =
        role === 'consumer'
          ? queues.flatMap(({ queue_id, queue_name, consumers }) =>
              consumers.map(({ consumer_id, ...consumer }) => ({
                queue_id,
                queue_name,
                consumer_id,
                script: consumer.script ?? consumer.script_name ?? consumer.service,
              })),
            )
          : [];
      return [
        ...consumers
          .filter(({ script }) => script === name)
          .map(
            ({ queue_id, queue_name, consumer_id }) =>
              [`the consumer of ${queue_name}`, () => account.removeConsumer(queue_id, consumer_id)] as const,
          ),
        ...(workers[role] === undefined
          ? []
          : [[`the Worker ${name}, with what its Durable Objects hold`, () => account.removeWorker(name)] as const]),
      ];
    }),
    ...queues.map(
      ({ queue_id, queue_name }) => [`the queue ${queue_name}, with its messages`, () => account.removeQueue(queue_id)] as const,
    ),
    ...namespaces
      .filter(({ id }) => id === bound)
      .map(({ id, title }) => [`the KV namespace ${title}, with all API keys`, () => account.removeNamespace(id)] as const),
  ];
  if (removals.length === 0) {
    terminal.print(`Nothing of ${environment} is there.`);
    return exitCodes.done;
  }
  terminal.tell(`This deletes for ever:\n${removals.map(([what]) => `  ${what}`).join('\n')}`);
  const typed = await terminal.readLine(`Type ${environment} to delete it: `);
  if (typed.trim() !== environment) return refuse('Nothing was deleted.');
  const code = await stepByStep(session, `./deploy-cloudflare.sh destroy ${environment}`, (done) =>
    alone(session, bound, () => removeAll(removals, done)),
  );
  if (code !== exitCodes.done) return code;
  const strangers = namespaces
    .filter(({ id }) => id !== bound)
    .map(({ id, title }) => `  a KV namespace ${title} with the id ${id}, which no Worker used\n`);
  terminal.print(`${environment} is deleted. What remains:
${strangers.join('')}  data points in Analytics Engine and logs, until Cloudflare's retention ends
  the id of the deleted namespace in ${configurationFiles.api} and ${configurationFiles.consumer}: a new deployment replaces it
  what OpenHands keeps of its runs, and the connectors that callers downloaded`);
  return exitCodes.done;
}

async function removeAll(removals: readonly Removal[], done: Done): Outcome {
  for (const [what, remove] of removals) {
    const removed = await remove();
    if (!removed.ok) return fail(`Not deleted: ${what}.\n${explained(removed.error)}`);
    done(`deleted ${what}`);
  }
  return ok(undefined);
}
