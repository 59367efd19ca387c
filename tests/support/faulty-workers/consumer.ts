/**
 * The real consumer Worker on a platform that fails on command and in a time that can be moved. Its
 * classes are the real ones; what they are given to work with is not.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../../../apps/consumer/src/env.ts';
import { handleJobsBatch } from '../../../apps/consumer/src/messages/queue.ts';
import { readSettings } from '../../../apps/consumer/src/settings.ts';
import worker, { AgentPool as RealAgentPool, Job as RealJob } from '../../../apps/consumer/src/worker.ts';
import { faultyQueue, faultyStore } from './bindings.ts';
import { Alarms, moveClock, moveSchema } from './clock.ts';
import { batchOf, disordered, everythingAgain } from './deliveries.ts';
import { obeyFaultCommand, presentFaults } from './faults.ts';

export { Consumer, JobIndex, MockUpstream, ParkedMessages } from '../../../apps/consumer/src/worker.ts';

interface FaultyEnv extends Omit<Env, 'JOB' | 'AGENT_POOL'> {
  readonly JOB: DurableObjectNamespace<Job>;
  readonly AGENT_POOL: DurableObjectNamespace<AgentPool>;
  readonly INVOCATION: DurableObjectNamespace<Invocation>;
}

const jobAlarms = new Alarms();
const poolAlarms = new Alarms();

const onFaultyPlatform = <E extends Pick<Env, 'JOBS_QUEUE' | 'AI_JOBS'>>(env: E): E => ({
  ...env,
  JOBS_QUEUE: faultyQueue(env.JOBS_QUEUE),
  AI_JOBS: faultyStore(env.AI_JOBS),
});

export class Job extends RealJob {
  constructor(ctx: DurableObjectState, env: Env) {
    jobAlarms.setInMovedTime(ctx);
    super(ctx, onFaultyPlatform(env));
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

/** One message's own invocation: begun without waiting for it, so that a slow one holds up no other. */
export class Invocation extends DurableObject<Env> {
  async begin(message: unknown): Promise<void> {
    const raw = {
      id: this.ctx.id.toString(),
      timestamp: new Date(),
      body: message,
      attempts: 1,
      ack: () => undefined,
      retry: () => undefined,
    };
    const env = onFaultyPlatform(this.env);
    const outbound = (id: string) => this.ctx.exports.MockUpstream({ props: { verification: id } });
    const context = { env, settings: readSettings(env), verification: { loader: env.LOADER, outbound } };
    this.ctx.waitUntil(handleJobsBatch(batchOf('mcpoverflow-jobs', [raw]), context));
  }
}

async function moveTime(byMs: number, env: FaultyEnv): Promise<void> {
  moveClock(byMs);
  await Promise.all([
    ...jobAlarms.near().map((id) => env.JOB.get(env.JOB.idFromString(id)).setAlarmAgain()),
    ...poolAlarms.near().map((id) => env.AGENT_POOL.get(env.AGENT_POOL.idFromString(id)).setAlarmAgain()),
  ]);
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
        await worker.queue(everythingAgain('mcpoverflow-jobs'), onFaultyPlatform(env), ctx);
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
      await Promise.all(batch.messages.map(({ body }) => env.INVOCATION.get(env.INVOCATION.newUniqueId()).begin(body)));
      return;
    }
    const batches = deliveries === 'disordered' ? disordered(batch) : [batch];
    await Promise.all(batches.map((each) => worker.queue(each, onFaultyPlatform(env), ctx)));
  },
} satisfies ExportedHandler<FaultyEnv>;
