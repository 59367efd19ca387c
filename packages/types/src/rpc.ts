/**
 * What the api asks of the consumer's Durable Objects over Workers RPC. Types only. Answers are
 * tagged values, because `instanceof` and error classes do not survive RPC.
 *
 * Every call on an existing job names the tenant; another tenant's job answers exactly as one that
 * does not exist.
 */
import type {
  DeadLetterDetail,
  DeadLetterFilter,
  DeadLetterGroups,
  DeadLetterList,
  DeadLetterQuery,
  Replay,
  ReplayItemList,
  ReplayItemsQuery,
} from './dead-letters.ts';
import type { EngineFigures, StandingFigures } from './figures.ts';
import type { Health, JobEvent, JobList, JobSummary, ListQuery } from './job.ts';
import type { JobType, SubmissionOptions, Webhook, WebhookEvent } from './submissions.ts';
import type { Parameters, SpecFormat } from './task.ts';
import type { Delivery, Ping, WebhookSecret, WebhookSecretDescription } from './webhooks.ts';

/** One input file, gzipped. `path` is relative to the run's working directory. */
export interface InputFile {
  readonly path: string;
  readonly gzip: Uint8Array;
  /** Set on the specification alone. */
  readonly format?: SpecFormat;
}

/** Where a job's webhook calls go: what the submission said, or the tenant's default. */
export interface JobWebhook {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  /** Scheme and host by which the caller reached the engine: the links in a call begin with it, and no call may go to it. */
  readonly origin: string;
}

export interface CreateJob {
  readonly jobId: string;
  readonly tenant: string;
  readonly type: JobType;
  /** Hex SHA-256 of the canonical body: tells a repeat from a key used twice. */
  readonly bodyFingerprint: string;
  readonly parameters: Parameters;
  readonly options: SubmissionOptions;
  readonly files: readonly InputFile[];
  /**
   * Where a result may be kept for others: the KV key `cache:<hash>`, and the engine it was computed for.
   * The engine is chosen when the job begins; the result of another one must not get there. Absent when not cacheable.
   */
  readonly cache?: { readonly key: string; readonly engine: 'openhands' | 'embedded' };
  /** A cached result (gzipped JSON): the job is `completed` in its first transaction. */
  readonly cachedResult?: { readonly gzip: Uint8Array; readonly engine: 'openhands' | 'embedded' };
  readonly traceparent?: string;
  readonly webhook?: JobWebhook;
}

export type CreateAnswer =
  | { readonly kind: 'created' | 'existing'; readonly job: JobSummary; readonly turn: number }
  | { readonly kind: 'mismatch' };

export type NotFound = { readonly kind: 'not-found' };

/** `publication` is what the KV copy must carry to be served in place of the Job's own result. */
export type ReadAnswer =
  | {
      readonly kind: 'found';
      readonly job: JobSummary;
      readonly hasResult: boolean;
      readonly publication?: { readonly generation: number; readonly token: string };
    }
  | NotFound;

/** The result as gzipped JSON. */
export type ResultAnswer = { readonly kind: 'found'; readonly gzip: Uint8Array } | { readonly kind: 'no-result' } | NotFound;

/** The events after the one asked for; empty when the wait ran out. */
export type ChangesAnswer = { readonly kind: 'found'; readonly job: JobSummary; readonly events: readonly JobEvent[] } | NotFound;

/** `refused` carries the job as it is, so that the caller sees what stands in the way. */
export type ControlAnswer = { readonly kind: 'done' | 'refused'; readonly job: JobSummary } | NotFound;

export type DeliveriesAnswer = { readonly kind: 'found'; readonly deliveries: readonly Delivery[] } | NotFound;
export type RedeliverAnswer = { readonly kind: 'done'; readonly delivery: Delivery } | { readonly kind: 'unknown-delivery' } | NotFound;

/** A job's submission as the Job keeps it, for whoever wants to change it. */
export interface StoredSubmission {
  readonly type: JobType;
  readonly generation: number;
  readonly parameters: Parameters;
  readonly options: SubmissionOptions;
  readonly files: readonly InputFile[];
  /** What it was before replays changed it, oldest first. */
  readonly former: readonly {
    readonly revision: number;
    readonly lastGeneration: number;
    readonly parameters: Parameters;
    readonly options: SubmissionOptions;
  }[];
}
export type SubmissionAnswer = { readonly kind: 'found'; readonly submission: StoredSubmission } | NotFound;

/** A changed submission that waits for one replay and takes effect with it alone. What it replaces is kept. */
export interface Amendment {
  readonly replayId: string;
  /** Of the request that ordered it: another change under the same replay is refused. */
  readonly requestFingerprint: string;
  /** The generation that died: amending a job that has moved on is refused. */
  readonly generation: number;
  readonly parameters: Parameters;
  readonly options: SubmissionOptions;
  readonly files: readonly InputFile[];
}
export type AmendAnswer =
  | { readonly kind: 'amended' }
  /** The same replay was ordered with another change. */
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'refused'; readonly job: JobSummary }
  | NotFound;

export interface JobRpc {
  create(request: CreateJob): Promise<CreateAnswer>;
  read(tenant: string): Promise<ReadAnswer>;
  result(tenant: string): Promise<ResultAnswer>;
  /**
   * Long poll: returns when there are events after `afterEventId`, when the job's `message` is no longer
   * `seenMessage` (left out: any will do), or after `waitMs` (at most 20,000).
   */
  changes(tenant: string, afterEventId: number, waitMs: number, seenMessage?: string): Promise<ChangesAnswer>;
  cancel(tenant: string): Promise<ControlAnswer>;
  retry(tenant: string): Promise<ControlAnswer>;
  remove(tenant: string): Promise<{ readonly kind: 'done' } | NotFound>;
  deliveries(tenant: string): Promise<DeliveriesAnswer>;
  /** Sends a webhook call again, now, whatever became of it; harmless to repeat while it is under way. */
  redeliver(tenant: string, deliveryId: string): Promise<RedeliverAnswer>;
  submission(tenant: string): Promise<SubmissionAnswer>;
  amend(tenant: string, amendment: Amendment): Promise<AmendAnswer>;
}

export type ListAnswer = { readonly kind: 'page'; readonly list: JobList } | { readonly kind: 'invalid-cursor' };

/** How a tenant stands: what its calls are held against. */
export interface TenantStanding {
  /** Ids of API keys that were revoked, for ever. KV says the same of each, later. */
  readonly revokedKeys: readonly string[];
  /** Jobs that have not ended, as far as they have told. */
  readonly jobsInFlight: number;
  /** US dollars that jobs which ended on this day (UTC) have cost. */
  readonly costUsdToday: number;
}

export interface JobIndexRpc {
  list(query: ListQuery): Promise<ListAnswer>;
  standing(): Promise<TenantStanding>;
  /** Refuses a key of this tenant from now on. Repeating it changes nothing. */
  revokeKey(keyId: string): Promise<void>;
}

/** One object per tenant: its signing secrets and its default webhook. */
export interface TenantWebhooksRpc {
  describeSecret(): Promise<WebhookSecretDescription>;
  /** Shows the secret, unless it was shown before. */
  createSecret(): Promise<{ readonly kind: 'created'; readonly secret: WebhookSecret } | { readonly kind: 'exists' }>;
  /** Makes a new secret; the present ones go on signing for `overlapMs`. */
  rotateSecret(overlapMs: number): Promise<WebhookSecret>;
  defaultWebhook(): Promise<Webhook | null>;
  setDefaultWebhook(webhook: Webhook | null): Promise<void>;
}

/** Whose dead letters a caller may see: one tenant's, or everybody's (null) for who operates the engine. */
export interface DeadLetterScope {
  readonly tenant: string | null;
}

/** What is to be replayed, and how; ids are of dead letters. */
export interface ReplayCommand {
  /** Drawn or derived by the api, so that a repeated call meets the first one's replay. */
  readonly replayId: string;
  /** Hex SHA-256 of the canonical request: tells a repeat from a key used twice. */
  readonly requestFingerprint: string;
  readonly selection:
    | { readonly kind: 'ids'; readonly ids: readonly string[] }
    | { readonly kind: 'filter'; readonly filter: DeadLetterFilter };
  readonly dryRun: boolean;
  readonly ratePerSecond: number;
  readonly canary: number;
  readonly stopOnFailureRatio?: number;
  readonly force: boolean;
  /** The one job in it is replayed with a changed submission (`JobRpc.amend`) or not at all. */
  readonly patched: boolean;
}

export type ReplayAnswer =
  | { readonly kind: 'created' | 'existing'; readonly replay: Replay }
  /** The same key was used for another request. */
  | { readonly kind: 'mismatch' };
export type ReplayControlAnswer =
  | { readonly kind: 'done'; readonly replay: Replay }
  /** It is in a state that does not allow that. */
  | { readonly kind: 'refused'; readonly replay: Replay }
  | NotFound;

/** The one object that knows every dead letter. It answers within bounded time and memory, page by page. */
export interface DeadLettersRpc {
  list(
    scope: DeadLetterScope,
    query: DeadLetterQuery,
  ): Promise<{ readonly kind: 'page'; readonly list: DeadLetterList } | { readonly kind: 'invalid-cursor' }>;
  groups(
    scope: DeadLetterScope,
    query: DeadLetterQuery,
  ): Promise<{ readonly kind: 'page'; readonly page: DeadLetterGroups } | { readonly kind: 'invalid-cursor' }>;
  /** How many stand. */
  countStanding(scope: DeadLetterScope): Promise<StandingFigures>;
  /** Without the job and the delivery themselves: those are the Job's to tell. */
  read(scope: DeadLetterScope, id: string): Promise<{ readonly kind: 'found'; readonly deadLetter: DeadLetterDetail } | NotFound>;
  /** Marks as discarded what is `dead`; answers how many. */
  discard(scope: DeadLetterScope, selection: ReplayCommand['selection']): Promise<{ readonly discarded: number }>;
  replay(scope: DeadLetterScope, command: ReplayCommand): Promise<ReplayAnswer>;
  /** Starts a dry run's plan. Repeating it while it runs, or after, changes nothing. */
  execute(scope: DeadLetterScope, planId: string): Promise<ReplayControlAnswer>;
  readReplay(scope: DeadLetterScope, replayId: string): Promise<{ readonly kind: 'found'; readonly replay: Replay } | NotFound>;
  replayItems(
    scope: DeadLetterScope,
    replayId: string,
    query: ReplayItemsQuery,
  ): Promise<{ readonly kind: 'page'; readonly list: ReplayItemList } | { readonly kind: 'invalid-cursor' } | NotFound>;
  control(scope: DeadLetterScope, replayId: string, action: 'pause' | 'resume' | 'abort'): Promise<ReplayControlAnswer>;
}

export interface PingRequest {
  readonly tenant: string;
  readonly url: string;
  readonly origin: string;
  readonly traceparent: string;
}

export type OpenhandsHealth =
  | { readonly kind: 'probed'; readonly openhands: Health['openhands'] }
  | { readonly kind: 'misconfigured'; readonly detail: string };

/** The consumer Worker's own entrypoint: what the api cannot know by itself. */
export interface ConsumerRpc {
  /** Cached for 10 s. `misconfigured` names the consumer's broken variables. */
  openhandsHealth(): Promise<OpenhandsHealth>;
  /**
   * Which engine `auto` means right now, and the version last seen of it, null while none was: part of the
   * result cache's key. Answers within a few hundred milliseconds, whatever the agent does.
   */
  engineFor(
    requested: 'auto' | 'openhands' | 'embedded',
  ): Promise<{ readonly engine: 'openhands' | 'embedded'; readonly version: string | null }>;
  /**
   * A hint that the run of that conversation may have ended: it is looked at now. An unknown id does nothing,
   * and repeating it costs no more than one look at a time.
   */
  wakeAgentPool(conversationId: string): Promise<void>;
  /** How the engine stands: all of it, or (with a tenant) that tenant's part. Answers within 10 s, whatever hangs. */
  figures(tenant: string | null): Promise<EngineFigures>;
  /** One signed call with the event `ping`, now; answers what came of it, within 27 s. */
  pingWebhook(request: PingRequest): Promise<Ping>;
}
