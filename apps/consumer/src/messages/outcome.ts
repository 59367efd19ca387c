/**
 * What became of one message. Handlers return it; `queue.ts` alone knows `ack` and `retry`.
 *
 * | outcome | what the queue does |
 * | --- | --- |
 * | done | acknowledge: the Job knows what comes next, or nothing was to be done |
 * | again | retry later: the Job could not be asked |
 * | dead | acknowledge, after the raw message was kept as a dead letter |
 */
export type MessageOutcome =
  | { readonly kind: 'done'; readonly detail: string /** Whose job it was, where that came to light. */; readonly tenant?: string }
  | { readonly kind: 'again'; readonly detail: string }
  | { readonly kind: 'dead'; readonly reason: 'unreadable' | 'unknown-job'; readonly detail: string };

/** Of a message that names a job which does not exist. */
export const nobodys: MessageOutcome = { kind: 'dead', reason: 'unknown-job', detail: 'there is no such job' };
