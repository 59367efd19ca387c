/** The consumer's bindings, as its wrangler file names them. Variables are parsed in `settings.ts`. */
import type { AnalyticsDataset, DeliverMessage, JobMessage } from '@mcpoverflow/types';
import type { DeadLetters } from './dead-letters/dead-letters.ts';
import type { Job } from './job/job.ts';
import type { JobIndex } from './job-index/job-index.ts';
import type { AgentPool } from './pool/agent-pool.ts';
import type { TenantWebhooks } from './webhooks/tenant-webhooks.ts';

export interface Env {
  readonly AI_JOBS: KVNamespace;
  readonly JOBS_QUEUE: Queue<JobMessage>;
  readonly WEBHOOKS_QUEUE: Queue<DeliverMessage>;
  readonly JOB: DurableObjectNamespace<Job>;
  readonly JOB_INDEX: DurableObjectNamespace<JobIndex>;
  readonly AGENT_POOL: DurableObjectNamespace<AgentPool>;
  readonly TENANT_WEBHOOKS: DurableObjectNamespace<TenantWebhooks>;
  readonly DEAD_LETTERS: DurableObjectNamespace<DeadLetters>;
  readonly EMBEDDED_AGENT: Fetcher;
  readonly LOADER: WorkerLoader;
  /** Its backlog is all that is asked of it; where it is not bound, that is not known. */
  readonly DEAD_LETTERS_QUEUE?: Pick<Queue<unknown>, 'metrics'>;
  /** Analytics Engine; where it is not bound, nothing is written. */
  readonly ANALYTICS?: AnalyticsDataset;
}
