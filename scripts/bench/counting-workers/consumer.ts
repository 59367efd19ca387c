/** The real consumer Worker, its use of the platform counted. */
import type { Env } from '../../../apps/consumer/src/env.ts';
import worker, {
  AgentPool as RealAgentPool,
  Job as RealJob,
  JobIndex as RealJobIndex,
  TenantWebhooks as RealTenantWebhooks,
  WebhookCalls as RealWebhookCalls,
} from '../../../apps/consumer/src/worker.ts';
import { counters, countingAlarm, countingNamespace, countingQueue, countLogLines, countStorage } from './counters.ts';

export { Consumer, DeadLetters, MockUpstream } from '../../../apps/consumer/src/worker.ts';

countLogLines();

const counted = (env: Env): Env => ({
  ...env,
  JOBS_QUEUE: countingQueue(env.JOBS_QUEUE),
  WEBHOOKS_QUEUE: countingQueue(env.WEBHOOKS_QUEUE),
  TENANT_WEBHOOKS: countingNamespace(env.TENANT_WEBHOOKS),
  ANALYTICS: {
    writeDataPoint: () => {
      counters.analyticsPoints += 1;
    },
  },
  JOB: countingNamespace(env.JOB),
  JOB_INDEX: countingNamespace(env.JOB_INDEX),
  AGENT_POOL: countingNamespace(env.AGENT_POOL),
  AI_JOBS: new Proxy(env.AI_JOBS, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (name === 'put' || name === 'delete') counters.kvWrites += 1;
        else counters.kvReads += 1;
        return Reflect.apply(member, target, args);
      };
    },
  }),
});

export class Job extends RealJob {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage);
    super(ctx, counted(env));
  }
  override alarm(): Promise<void> {
    return countingAlarm(() => super.alarm());
  }
}

export class AgentPool extends RealAgentPool {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage);
    super(ctx, counted(env));
  }
  override alarm(): Promise<void> {
    return countingAlarm(() => super.alarm());
  }
}

export class JobIndex extends RealJobIndex {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage);
    super(ctx, env);
  }
}

export class TenantWebhooks extends RealTenantWebhooks {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage);
    super(ctx, env);
  }
}

export class WebhookCalls extends RealWebhookCalls {
  constructor(ctx: ExecutionContext, env: Env) {
    super(ctx, counted(env));
  }
}

export default {
  async fetch(): Promise<Response> {
    return Response.json(counters);
  },
  queue: (batch, env, ctx) => worker.queue(batch, counted(env), ctx),
} satisfies ExportedHandler<Env>;
