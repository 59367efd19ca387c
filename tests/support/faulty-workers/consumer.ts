/**
 * The real consumer Worker on a platform that fails on command and in a time that can be moved. Its
 * classes are the real ones; what they are given to work with is not.
 */
import { DurableObject } from 'cloudflare:workers';
import type { DeliverMessage } from '@mcpoverflow/types';
import * as z from 'zod';
import { type ReplayJobAnswer, reportSchema } from '../../../apps/consumer/src/dead-letters/report.ts';
import type { Env } from '../../../apps/consumer/src/env.ts';
import { handleJobsBatch } from '../../../apps/consumer/src/messages/queue.ts';
import { readSettings } from '../../../apps/consumer/src/settings.ts';
import type { MessageSource } from '../../../apps/consumer/src/webhooks/deliver.ts';
import { handleWebhooksBatch } from '../../../apps/consumer/src/webhooks/webhooks-queue.ts';
import worker, { AgentPool as RealAgentPool, DeadLetters as RealDeadLetters, Job as RealJob } from '../../../apps/consumer/src/worker.ts';
import { faultyQueue, faultyStore } from './bindings.ts';
import { Alarms, moveClock, moveSchema } from './clock.ts';
import { batchOf, disordered, everythingAgain } from './deliveries.ts';
import { obeyFaultCommand, presentFaults } from './faults.ts';

// Webhook calls ask the Job of this file, because they reach it through the binding.
export { Consumer, JobIndex, MockUpstream, TenantWebhooks, WebhookCalls } from '../../../apps/consumer/src/worker.ts';

interface FaultyEnv extends Omit<Env, 'JOB' | 'AGENT_POOL' | 'DEAD_LETTERS'> {
  readonly JOB: DurableObjectNamespace<Job>;
  readonly AGENT_POOL: DurableObjectNamespace<AgentPool>;
  readonly DEAD_LETTERS: DurableObjectNamespace<DeadLetters>;
  readonly DEAD_LETTERS_QUEUE: Queue;
  readonly INVOCATION: DurableObjectNamespace<Invocation>;
}

const jobAlarms = new Alarms();
const poolAlarms = new Alarms();
const deadLettersAlarms = new Alarms();

const JOBS = 'mcpoverflow-jobs';
const WEBHOOKS = 'mcpoverflow-webhooks';

const onFaultyPlatform = <E extends Pick<Env, 'JOBS_QUEUE' | 'WEBHOOKS_QUEUE' | 'AI_JOBS'>>(env: E): E => ({
  ...env,
  JOBS_QUEUE: faultyQueue(env.JOBS_QUEUE),
  WEBHOOKS_QUEUE: faultyQueue(env.WEBHOOKS_QUEUE),
  AI_JOBS: faultyStore(env.AI_JOBS),
});

export class Job extends RealJob {
  readonly #deadLetters: DurableObjectNamespace<DeadLetters>;

  constructor(ctx: DurableObjectState, env: Env & Pick<FaultyEnv, 'DEAD_LETTERS'>) {
    jobAlarms.setInMovedTime(ctx);
    super(ctx, onFaultyPlatform(env));
    this.#deadLetters = env.DEAD_LETTERS;
  }

  override async replay(...order: Parameters<RealJob['replay']>): Promise<ReplayJobAnswer> {
    const answer = await super.replay(...order);
    // Whom it calls is gone before it can answer.
    if (presentFaults().replays === 'crash')
      await theDeadLetters(this.#deadLetters)
        .crash()
        .catch(() => undefined);
    return answer;
  }

  async setAlarmAgain(): Promise<void> {
    await jobAlarms.setAgain(this.ctx);
  }
}

export class AgentPool extends RealAgentPool {
  constructor(ctx: DurableObjectState, env: Env) {
    poolAlarms.setInMovedTime(ctx);
    super(ctx, onFaultyPlatform(env));
  }

  async setAlarmAgain(): Promise<void> {
    await poolAlarms.setAgain(this.ctx);
  }
}

export class DeadLetters extends RealDeadLetters {
  constructor(ctx: DurableObjectState, env: Env) {
    deadLettersAlarms.setInMovedTime(ctx);
    super(ctx, env);
  }

  async setAlarmAgain(): Promise<void> {
    await deadLettersAlarms.setAgain(this.ctx);
  }

  /** Ends as with the machine under it: what it has not stored is gone. */
  async crash(): Promise<void> {
    this.ctx.abort('crashed (test)');
  }
}

const theDeadLetters = (namespace: DurableObjectNamespace<DeadLetters>) => namespace.get(namespace.idFromName('all'));

/** One message's own invocation: begun without waiting for it, so that a slow one holds up no other. */
export class Invocation extends DurableObject<Env> {
  async begin(queue: string, body: unknown): Promise<void> {
    const raw = {
      id: this.ctx.id.toString(),
      timestamp: new Date(),
      body,
      attempts: 1,
      ack: () => undefined,
      retry: () => undefined,
    };
    const env = onFaultyPlatform(this.env);
    const batch = batchOf(queue, [raw]);
    if (queue === WEBHOOKS) {
      const apart = (message: DeliverMessage, source: MessageSource): Promise<void> => {
        const call = this.ctx.exports.WebhookCalls.deliver(message, source);
        this.ctx.waitUntil(call);
        return call;
      };
      this.ctx.waitUntil(handleWebhooksBatch(batch, env, apart));
      return;
    }
    const outbound = (id: string) => this.ctx.exports.MockUpstream({ props: { verification: id } });
    const context = { env, settings: readSettings(env), verification: { loader: env.LOADER, outbound } };
    this.ctx.waitUntil(handleJobsBatch(batch, context));
  }
}

async function moveTime(byMs: number, env: FaultyEnv): Promise<void> {
  moveClock(byMs);
  await Promise.all([
    ...jobAlarms.near().map((id) => env.JOB.get(env.JOB.idFromString(id)).setAlarmAgain()),
    ...poolAlarms.near().map((id) => env.AGENT_POOL.get(env.AGENT_POOL.idFromString(id)).setAlarmAgain()),
    ...deadLettersAlarms.near().map((id) => env.DEAD_LETTERS.get(env.DEAD_LETTERS.idFromString(id)).setAlarmAgain()),
  ]);
}

const messagesSchema = z.strictObject({
  queue: z.enum(['JOBS_QUEUE', 'WEBHOOKS_QUEUE', 'DEAD_LETTERS_QUEUE']),
  bodies: z.array(z.unknown()),
});

/** Bodies as they are, in one batch: what no sender of ours would send. */
async function sendRaw(command: unknown, env: FaultyEnv): Promise<void> {
  const { queue, bodies } = messagesSchema.parse(command);
  const raw: Queue = env[queue];
  await raw.sendBatch(bodies.map((body) => ({ body })));
}

/** Resolves when the calls have been made too, which a queue's own handler does not wait for. */
async function deliverEverythingAgain(env: FaultyEnv, ctx: ExecutionContext): Promise<void> {
  const calls: Promise<void>[] = [];
  await Promise.all([
    worker.queue(everythingAgain(JOBS), onFaultyPlatform(env), ctx),
    handleWebhooksBatch(everythingAgain(WEBHOOKS), env, (message, source) => {
      const call = ctx.exports.WebhookCalls.deliver(message, source);
      calls.push(call);
      return call;
    }),
  ]);
  await Promise.all(calls);
}

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const obeyed = await obeyFaultCommand(request);
    if (obeyed !== null) return obeyed;
    switch (new URL(request.url).pathname) {
      case '/clock':
        await moveTime(moveSchema.parse(await request.json()).byMs, env);
        return Response.json(null);
      case '/everything-again':
        await deliverEverythingAgain(env, ctx);
        return Response.json(null);
      case '/messages':
        await sendRaw(await request.json(), env);
        return Response.json(null);
      case '/reports':
        await theDeadLetters(env.DEAD_LETTERS).record(z.array(reportSchema).parse(await request.json()));
        return Response.json(null);
      case '/occupancy':
        return Response.json(await env.AGENT_POOL.get(env.AGENT_POOL.idFromName('openhands')).occupancy());
      default:
        return new Response(null, { status: 404 });
    }
  },

  async queue(batch, env, ctx): Promise<void> {
    const { deliveries } = presentFaults();
    if (deliveries === 'side-by-side') {
      const invocation = () => env.INVOCATION.get(env.INVOCATION.newUniqueId());
      await Promise.all(batch.messages.map(({ body }) => invocation().begin(batch.queue, body)));
      return;
    }
    const batches = deliveries === 'disordered' ? disordered(batch) : [batch];
    await Promise.all(batches.map((each) => worker.queue(each, onFaultyPlatform(env), ctx)));
  },
} satisfies ExportedHandler<FaultyEnv>;
