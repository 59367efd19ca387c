/** The contract the Workers share. Schemas and their types; no I/O. */
export * from './api-keys.ts';
export * from './dead-letters.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './job.ts';
export * from './join-bytes.ts';
export * from './json-text.ts';
export * from './messages.ts';
export * from './results.ts';
export * from './retry-after.ts';
export * from './rpc.ts';
export * from './submissions.ts';
export * from './targets.ts';
export * from './task.ts';
export * from './trace.ts';
export * from './webhooks.ts';
