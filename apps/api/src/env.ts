/**
 * What the Worker is bound to.
 *
 * The bindings are declared as the few methods the api really calls. The platform's own types satisfy
 * them, a test's fake satisfies them, and neither needs a cast; the price is that a new method has to
 * be named here first.
 */
import type {
  AnalyticsDataset,
  ApiKeyScope,
  ConsumerRpc,
  DeadLetterScope,
  DeadLettersRpc,
  JobIndexRpc,
  JobMessage,
  JobRpc,
  ProblemCode,
  RateClass,
  TenantWebhooksRpc,
} from '@mcpoverflow/types';
import type { Context } from 'hono';
import type { Settings } from './settings.ts';

/** A Durable Object namespace whose objects answer `Rpc`. */
export interface ObjectNamespace<Rpc> {
  idFromName(name: string): DurableObjectId;
  get(id: DurableObjectId): Rpc;
}

/** KV: finished jobs, cached results and API keys. The api writes nothing there but that a key is revoked. */
export interface ResultStore {
  /** `cacheTtl` in seconds: how long the place that reads may answer from its own copy. */
  getWithMetadata(
    key: string,
    options: { readonly type: 'arrayBuffer'; readonly cacheTtl?: number },
  ): Promise<{ readonly value: ArrayBuffer | null; readonly metadata: unknown }>;
  put(key: string, value: string): Promise<void>;
}

/** Write side of the jobs queue. */
export interface JobQueue {
  send(message: JobMessage): Promise<unknown>;
  sendBatch(messages: Iterable<{ readonly body: JobMessage }>): Promise<unknown>;
  metrics(): Promise<{ readonly backlogCount: number; readonly oldestMessageTimestamp?: Date }>;
}

/** The platform's counter of calls: `success` is false for a call too many. Its limit is in the wrangler file. */
export interface RateLimiter {
  limit(call: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

export interface Env {
  readonly AI_JOBS: ResultStore;
  readonly JOBS_QUEUE: JobQueue;
  readonly JOB: ObjectNamespace<JobRpc>;
  readonly JOB_INDEX: ObjectNamespace<JobIndexRpc>;
  /** One object per tenant, named by it. */
  readonly TENANT_WEBHOOKS: ObjectNamespace<TenantWebhooksRpc>;
  /** One object for everybody. */
  readonly DEAD_LETTERS: ObjectNamespace<DeadLettersRpc>;
  readonly CONSUMER: ConsumerRpc;
  /** Analytics Engine; where it is not bound, nothing is written. */
  readonly ANALYTICS?: AnalyticsDataset;
  /** Without them nothing is limited, and every call says so in the log. */
  readonly RATE_LIMIT_IP?: RateLimiter;
  readonly RATE_LIMIT_STANDARD?: RateLimiter;
  readonly RATE_LIMIT_HIGH?: RateLimiter;
  readonly ENVIRONMENT?: string;
  readonly AUTH?: string;
  readonly CORS_ORIGINS?: string;
  readonly PUBLIC_URL?: string;
  /** Which release this is; set by deploy-cloudflare.sh. */
  readonly RELEASE?: string;
  readonly MAX_BODY_BYTES?: string;
  readonly DNS_RESOLVER_URL?: string;
  readonly OPENHANDS_HOOK_SECRET?: string;
  readonly ACCEPT_JOBS?: string;
  readonly TENANT_MAX_JOBS_IN_FLIGHT?: string;
  readonly TENANT_MAX_COST_USD_PER_DAY?: string;
}

export interface Variables {
  requestId: string;
  /** The trace that the call belongs to: its caller's, or a new one. */
  traceparent: string;
  /** Why the call was refused; undefined while it was not. */
  problem: ProblemCode | undefined;
  settings: Settings;
  /** Owner of the caller's key; set by the authentication middleware. */
  tenant: string;
  /** The caller's key; undefined where none is needed. Set likewise. */
  key: { readonly id: string; readonly rateClass: RateClass } | undefined;
  /** What the caller's key may do; set likewise. */
  scopes: readonly ApiKeyScope[];
  /** Whose dead letters the caller may see, with the scope `operate`; set likewise. */
  deadLetterScope: DeadLetterScope;
}

export type ApiContext = Context<{ Bindings: Env; Variables: Variables }>;
