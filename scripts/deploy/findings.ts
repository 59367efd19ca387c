/**
 * What is not as it should be, each with its mend: what is wanted against what was found. Pure. `doctor` prints the
 * findings; a deployment mends those that a deployed Worker brings with it, and no others: it takes nothing away.
 *
 * A value that Cloudflare does not show is no difference. Otherwise an answer that lost a field would make every run
 * deploy again.
 */
import { bindingFaults } from './bindings.ts';
import type { Queue, QueueConsumer } from './cloudflare/account.ts';
import { DRAIN, type Found, isDrained, releaseIn, secretNames, textOf } from './found.ts';
import { consumerSecrets } from './secrets.ts';
import type { Site } from './site.ts';
import { configurationFiles, type Role, roles, type Wanted, type WantedConsumer, type WantedWorker } from './wanted.ts';

/** 14 days, the longest there is: a queue that nobody consumes must outlive a holiday. */
export const RETENTION_SECONDS = 1_209_600;

export interface Finding {
  readonly what: string;
  readonly mend: string;
  /** Deploying that Worker mends it. */
  readonly deploy?: Role;
}

/** How an environment is deployed, as it is typed. */
export const deployCommand = ({ environment }: Pick<Wanted, 'environment'>): string => `./deploy-cloudflare.sh deploy-${environment}`;

/** Everything that a look at the account shows. */
export function findingsOf(wanted: Wanted, found: Found, site: Site): readonly Finding[] {
  return [
    ...wanted.queues.flatMap((name) => queueFindings(wanted, found, name)),
    ...namespaceFindings(wanted, found),
    ...roles.flatMap((role) => workerFindings(wanted, found, site, wanted.workers[role])),
    ...drainFindings(wanted, found),
    ...addressFindings(wanted, found, site),
    ...releaseFindings(wanted, found),
    ...keyFindings(wanted, found),
  ];
}

function queueFindings(wanted: Wanted, found: Found, name: string): readonly Finding[] {
  const queue = found.queues.find((each) => each.queue_name === name);
  const mend = deployCommand(wanted);
  if (queue === undefined) return [{ what: `The queue ${name} is missing.`, mend }];
  return [...retentionFindings(queue), ...deliveryFindings(queue), ...consumerFindings(wanted, queue)];
}

function retentionFindings({ queue_name, settings }: Queue): readonly Finding[] {
  const seconds = settings.message_retention_period;
  if (seconds === undefined || seconds >= RETENTION_SECONDS) return [];
  return [
    {
      what: `The queue ${queue_name} keeps messages for ${seconds} s, not for 14 days: after that they are lost.`,
      mend: `npx wrangler queues update ${queue_name} --message-retention-period-secs ${RETENTION_SECONDS}`,
    },
  ];
}

function deliveryFindings({ queue_name, settings }: Queue): readonly Finding[] {
  const delay = settings.delivery_delay ?? 0;
  return [
    ...(settings.delivery_paused === true
      ? [{ what: `The queue ${queue_name} is paused: its messages wait.`, mend: `npx wrangler queues resume-delivery ${queue_name}` }]
      : []),
    ...(delay > 0
      ? [
          {
            what: `The queue ${queue_name} delivers each message ${delay} s late.`,
            mend: `npx wrangler queues update ${queue_name} --delivery-delay-secs 0`,
          },
        ]
      : []),
  ];
}

const consumerName = (consumer: QueueConsumer): string => consumer.script ?? consumer.script_name ?? consumer.service ?? consumer.type;

function consumerFindings(wanted: Wanted, { queue_name, consumers }: Queue): readonly Finding[] {
  const { name } = wanted.workers.consumer;
  const settings = wanted.workers.consumer.consumers.find(({ queue }) => queue === queue_name);
  const own = consumers.find((consumer) => consumerName(consumer) === name);
  const strangers = consumers
    .filter((consumer) => consumer !== own)
    .map((consumer) => ({
      what: `The queue ${queue_name} has ${own === undefined ? 'another' : 'a second'} consumer, ${consumerName(consumer)}: it takes messages that ${name} never sees.`,
      mend: `npx wrangler queues consumer ${consumer.type === 'http_pull' ? `http remove ${queue_name}` : `remove ${queue_name} ${consumerName(consumer)}`}`,
    }));
  if (own === undefined) {
    return [
      ...strangers,
      { what: `The queue ${queue_name} has no consumer ${name}: its messages wait.`, mend: deployCommand(wanted), deploy: 'consumer' },
    ];
  }
  const differing = settings === undefined ? [] : differences(settings, own);
  if (differing.length === 0) return strangers;
  return [
    ...strangers,
    {
      what: `The consumer of ${queue_name} is not set as ${configurationFiles.consumer} says: ${differing.join(', ')}.`,
      mend: deployCommand(wanted),
      deploy: 'consumer',
    },
  ];
}

/** Queues that others consume alone: the consumer could not be attached, and the deployment would break off half-way. */
export const takenQueues = (wanted: Wanted, { queues }: Found): readonly Finding[] =>
  queues
    .filter(({ consumers }) => consumers.length > 0 && consumers.every((each) => consumerName(each) !== wanted.workers.consumer.name))
    .flatMap((queue) => consumerFindings(wanted, queue).filter(({ deploy }) => deploy === undefined));

function differences(wanted: WantedConsumer, { settings, dead_letter_queue }: QueueConsumer): readonly string[] {
  const pairs: readonly (readonly [string, number, number | null | undefined])[] = [
    ['batch size', wanted.max_batch_size, settings.batch_size],
    ['batch timeout in ms', wanted.max_batch_timeout * 1000, settings.max_wait_time_ms],
    ['retries', wanted.max_retries, settings.max_retries],
    ['retry delay', wanted.retry_delay, settings.retry_delay],
    ['concurrency', wanted.max_concurrency, settings.max_concurrency],
  ];
  const numbers = pairs
    .filter(([, expected, actual]) => actual !== undefined && actual !== null && actual !== expected)
    .map(([what, expected, actual]) => `${what} ${actual} for ${expected}`);
  const queue = wanted.dead_letter_queue;
  if (queue === undefined || dead_letter_queue === queue) return numbers;
  return [...numbers, `dead letters go ${dead_letter_queue ? `to ${dead_letter_queue}` : 'nowhere'} and not to ${queue}`];
}

function namespaceFindings(wanted: Wanted, { namespaces }: Found): readonly Finding[] {
  const title = wanted.namespaceTitle;
  const mend = deployCommand(wanted);
  const [first, ...others] = namespaces;
  if (first === undefined) return [{ what: `The KV namespace ${title} is missing.`, mend }];
  if (others.length > 0) {
    const ids = namespaces.map(({ id }) => id);
    return [
      {
        what: `${namespaces.length} KV namespaces have the title ${title}: ${ids.join(', ')}.`,
        mend: `Keep the one whose id is in ${configurationFiles.api}, and rename or delete the other: npx wrangler kv namespace delete --namespace-id <id>`,
      },
    ];
  }
  const written = (['api', 'consumer'] as const).map((role) => ({ role, id: wanted.workers[role].namespaces[0]?.id }));
  const wrong = written.filter(({ id }) => id !== first.id);
  return wrong.map(({ role, id }) => ({
    what: `${configurationFiles[role]} names the KV namespace ${id}, but ${title} is ${first.id}: two Workers with two namespaces find nothing of each other.`,
    mend: `${mend} writes the id; then commit the file`,
  }));
}

function workerFindings(wanted: Wanted, found: Found, site: Site, worker: WantedWorker): readonly Finding[] {
  const bindings = found.workers[worker.role];
  const finding = (what: string): Finding => ({ what, mend: deployCommand(wanted), deploy: worker.role });
  if (bindings === undefined) return [finding(`The Worker ${worker.name} is not deployed.`)];
  const secrets = secretNames(bindings);
  return [
    ...(found.split.includes(worker.role) ? [finding(`${worker.name} runs two versions, each for some of its calls.`)] : []),
    ...bindingFaults(worker, bindings).map(finding),
    ...Object.entries(varsOf(worker, site))
      .filter(([name, value]) => textOf(bindings, name) !== value)
      .map(([name, value]) => finding(`${name} of ${worker.name} is ${textOf(bindings, name) ?? 'not set'} and not ${value}.`)),
    ...worker.requiredSecrets.filter((name) => !secrets.has(name)).map((name) => finding(`${worker.name} has no secret ${name}.`)),
    ...(worker.role === 'consumer' ? [] : consumerSecrets)
      .filter((name) => secrets.has(name))
      .map((name) => ({
        what: `${worker.name} knows ${name}, which is for the consumer alone.`,
        mend: `npx wrangler secret delete ${name} --name ${worker.name}`,
      })),
  ];
}

/** The vars that a deployed Worker has but its release: those of its file, and where callers reach the engine. */
export const varsOf = (worker: WantedWorker, site: Site): Readonly<Record<string, string>> =>
  worker.role === 'agent' ? worker.vars : { ...worker.vars, PUBLIC_URL: site.url };

/** A drain may be meant: it is named so that nobody forgets to end it. No deployment does. */
function drainFindings({ environment, workers }: Wanted, { workers: { api } }: Found): readonly Finding[] {
  if (!isDrained(api)) return [];
  return [
    {
      what: `${workers.api.name} is drained: ACCEPT_JOBS is set, and it takes no jobs.`,
      mend: secretNames(api).has(DRAIN)
        ? `npx wrangler secret delete ${DRAIN} -c ${configurationFiles.api} --env ${environment}`
        : `remove the variable ${DRAIN} in the dashboard`,
    },
  ];
}

function addressFindings(wanted: Wanted, found: Found, site: Site): readonly Finding[] {
  const { name, workersDev } = wanted.workers.api;
  const reached = site.domain === undefined || found.domains.some(({ hostname, service }) => hostname === site.domain && service === name);
  const missing =
    found.workers.api === undefined
      ? []
      : [
          ...(workersDev && !found.apiOnWorkersDev ? [`${name} is not reached below workers.dev.`] : []),
          ...(reached ? [] : [`${site.domain} does not lead to ${name}.`]),
        ];
  return missing.map((what) => ({ what, mend: deployCommand(wanted), deploy: 'api' }));
}

/** Whether those that are deployed are of one release. */
export function releaseFindings(wanted: Wanted, found: Found): readonly Finding[] {
  const deployed = roles.filter((role) => found.workers[role] !== undefined);
  const releases = deployed.map((role) => `${wanted.workers[role].name} ${releaseIn(found.workers[role]) ?? 'an unknown one'}`);
  if (new Set(deployed.map((role) => releaseIn(found.workers[role]))).size <= 1) return [];
  return [
    {
      what: `The Workers are of different releases: ${releases.join(', ')}.`,
      mend: `${deployCommand(wanted)}, or back: ./deploy-cloudflare.sh rollback ${wanted.environment} --to <release>`,
    },
  ];
}

function keyFindings(wanted: Wanted, { namespaces, hasLiveKey, canaryKeys }: Found): readonly Finding[] {
  if (namespaces.length === 0) return [];
  return [
    ...(hasLiveKey
      ? []
      : [
          {
            what: 'There is no API key that is neither revoked nor expired: everything but /health is refused.',
            mend: `npm run keys -- create --tenant default --env ${wanted.environment}`,
          },
        ]),
    ...(canaryKeys.length > 0 ? [{ what: 'A deployment was begun and not finished.', mend: deployCommand(wanted) }] : []),
  ];
}
