/**
 * What the engine asks of an agent, whichever server runs it. One interface, several drivers.
 *
 * Failures are values: every call out can time out, be refused, or be answered with an HTML page, and
 * the caller must decide what that means for the job. Nothing here throws for what a server does.
 */
import type { Result } from '@mcpoverflow/types';

/** OpenHands' `execution_status`. `idle` is not an end: it is a run that has nothing to do yet. */
export const executionStatuses = [
  'idle',
  'running',
  'paused',
  'waiting_for_confirmation',
  'finished',
  'error',
  'stuck',
  'deleting',
] as const;
/**
 * What a run can be, as the engine sees it: where a run has a sandbox of its own, it begins as `starting`
 * and may be `suspended` together with its sandbox.
 */
export const runStatuses = ['starting', 'suspended', ...executionStatuses] as const;
export type RunStatus = (typeof runStatuses)[number];

/** The server's own limit on ids per call (100 and more answer 500). */
export const MAX_IDS_PER_LOOK = 99;

/** One conversation as the last look saw it. */
export interface RunSnapshot {
  readonly id: string;
  readonly status: RunStatus;
  /** False when the server never accepted a user message: the create was cut short and must be healed. */
  readonly hasUserMessage: boolean;
  readonly costUsd: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly model?: string;
  /** Calls of the language model so far: the agent's steps. */
  readonly iterations: number;
  /** Changes whenever the run has done something; null when the server does not say. */
  readonly lastEventId: string | null;
}

/** One of many at a look: null for an id the server does not know, undefined where its word on the run cannot be read. */
export type Sighting = RunSnapshot | null | undefined;

/** Why a run ended in `error`. */
export interface RunFailure {
  /** Tells this failure from an earlier one of the same run; null when the server gives it no id. */
  readonly id: string | null;
  /** The server's own, such as `MaxIterationsReached`. */
  readonly code: string;
  readonly detail: string;
}

/** What an agent does right now, for people. */
export interface Activity {
  readonly kind: 'reading' | 'editing' | 'commanding' | 'testing' | 'thinking' | 'finishing';
  /** A sentence such as `Editing src/index.ts.`: at most 200 characters, paths relative to the run's directory. */
  readonly message: string;
}

/**
 * Why a call failed. The codes are job error codes, so that a fault that outlives its retries becomes
 * the job's error without translation.
 */
export interface AgentFault {
  readonly code:
    | 'agent-unreachable'
    | 'agent-timeout'
    | 'agent-unauthorized'
    | 'agent-rejected'
    | 'agent-rate-limited'
    | 'agent-unavailable'
    | 'agent-answer-unreadable'
    | 'agent-lost'
    | 'result-missing'
    | 'result-too-large';
  /** A sentence for the job's owner; never holds a key, a header or a body longer than 300 characters. */
  readonly message: string;
  readonly httpStatus?: number;
  /** What `Retry-After` asked for. */
  readonly retryAfterMs?: number;
  /** True when the server may have acted although the answer did not arrive or could not be read. */
  readonly ambiguous: boolean;
}

export interface StartRun {
  readonly conversationId: string;
  /** Absolute path on the agent's machine. */
  readonly workingDirectory: string;
  readonly prompt: string;
  /** Lower-case alphanumeric keys, values up to 256 characters (the server's rule). */
  readonly tags: Readonly<Record<string, string>>;
}

export interface AgentHealth {
  readonly version: string | null;
}

/** Every call is bounded by the driver's time-out and by `signal`, whichever comes first. */
export interface Agent {
  /**
   * True where the place for files comes into being with the run (a sandbox of its own): `start` then creates
   * the run without its message, and `send` gives it once the files are there.
   */
  readonly filesNeedRun: boolean;
  /** Creates the conversation, with its first message unless `filesNeedRun`. An id that exists already answers its present state. */
  start(request: StartRun, signal?: AbortSignal): Promise<Result<RunSnapshot, AgentFault>>;
  /** The present state of one conversation; null when the server does not know it. Only looks. */
  get(conversationId: string, signal?: AbortSignal): Promise<Result<RunSnapshot | null, AgentFault>>;
  /** One call per {@link MAX_IDS_PER_LOOK} ids; answers in their order. Only looks. */
  getMany(ids: readonly string[], signal?: AbortSignal): Promise<Result<readonly Sighting[], AgentFault>>;
  /** How many user messages the conversation holds: settles whether a create was cut short before its first one. */
  userMessageCount(conversationId: string, signal?: AbortSignal): Promise<Result<number, AgentFault>>;
  /**
   * Adds a user message and lets the agent run. A message that was kept although the server had no room to
   * run it counts as sent: the run stands still until `resume`.
   */
  send(conversationId: string, text: string, signal?: AbortSignal): Promise<Result<void, AgentFault>>;
  /** Lets a run go on that stands still: idle although it has its message, or suspended. A run at work is left alone. */
  resume(conversationId: string, signal?: AbortSignal): Promise<Result<void, AgentFault>>;
  /** What the agent did last, from its events; null while it has done nothing. */
  activity(conversationId: string, workingDirectory: string, signal?: AbortSignal): Promise<Result<Activity | null, AgentFault>>;
  /** The last failure of the run's life; null when the server tells of none. */
  failure(conversationId: string, signal?: AbortSignal): Promise<Result<RunFailure | null, AgentFault>>;
  /** What the agent said last, in at most 300 characters fit for the job's owner; the empty string when it said nothing. */
  finalResponse(conversationId: string, signal?: AbortSignal): Promise<Result<string, AgentFault>>;
  /** `path` is absolute, on the machine of that run. */
  upload(conversationId: string, path: string, content: Uint8Array, signal?: AbortSignal): Promise<Result<void, AgentFault>>;
  /** Refuses with `result-too-large` above `maxBytes`, `result-missing` when there is no such file. */
  download(conversationId: string, path: string, maxBytes: number, signal?: AbortSignal): Promise<Result<Uint8Array, AgentFault>>;
  /** Stops a run; an unknown id counts as stopped. */
  interrupt(conversationId: string, signal?: AbortSignal): Promise<Result<void, AgentFault>>;
  /** Removes the run's directory with everything in it; one that does not exist counts as removed. */
  removeDirectory(conversationId: string, path: string, signal?: AbortSignal): Promise<Result<void, AgentFault>>;
  /** Removes a run; an unknown id counts as removed. */
  delete(conversationId: string, signal?: AbortSignal): Promise<Result<void, AgentFault>>;
  /** Asks an `/api` route, because `/health` stays green on a wedged server, and reads the version. */
  health(signal?: AbortSignal): Promise<Result<AgentHealth, AgentFault>>;
}
