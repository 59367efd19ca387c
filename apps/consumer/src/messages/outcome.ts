/**
 * What became of one message. Handlers return it; `queue.ts` alone knows `ack` and `retry`.
 *
 * | outcome | what the queue does |
 * | --- | --- |
 * | done | acknowledge: the Job knows what comes next, or nothing was to be done |
 * | again | retry later: the Job could not be asked |
 * | parked | acknowledge, after the raw message was stored for a person to see |
 */
export type MessageOutcome =
  | { readonly kind: 'done'; readonly detail: string }
  | { readonly kind: 'again'; readonly detail: string }
  | { readonly kind: 'parked'; readonly detail: string };
