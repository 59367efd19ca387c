/** The consumer's bindings, as its wrangler file names them. Variables are parsed in `settings.ts`. */
import type { JobMessage } from '@mcpoverflow/types';
import type { Job } from './job/job.ts';
import type { JobIndex } from './job-index/job-index.ts';
import type { ParkedMessages } from './messages/parked-messages.ts';
import type { AgentPool } from './pool/agent-pool.ts';

export interface Env {
  readonly AI_JOBS: KVNamespace;
  readonly JOBS_QUEUE: Queue<JobMessage>;
  readonly JOB: DurableObjectNamespace<Job>;
  readonly JOB_INDEX: DurableObjectNamespace<JobIndex>;
  readonly AGENT_POOL: DurableObjectNamespace<AgentPool>;
  readonly PARKED_MESSAGES: DurableObjectNamespace<ParkedMessages>;
  readonly EMBEDDED_AGENT: Fetcher;
  readonly LOADER: WorkerLoader;
}
