/**
 * The closed list of error codes: what a caller may get over HTTP, and why a job failed.
 *
 * A code is stable and machine-readable; the sentence beside it is for people and may improve.
 * One table holds both, so that no code exists without a sentence.
 */
import * as z from 'zod';

/** What an HTTP call can answer. `status` is the HTTP status, `title` the RFC 9457 title. */
export const problemCodes = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'invalid-json': { status: 400, title: 'The body is not valid JSON' },
  'invalid-specification': { status: 400, title: 'The specification cannot be read' },
  'unsupported-specification': { status: 400, title: 'This kind or version of specification is not supported' },
  'invalid-idempotency-key': { status: 400, title: 'The Idempotency-Key is not valid' },
  'invalid-webhook-url': { status: 400, title: 'This webhook URL cannot be called' },
  'invalid-cursor': { status: 400, title: 'The cursor is not one of ours' },
  'invalid-patch': { status: 400, title: 'The patch cannot be applied' },
  unauthorized: { status: 401, title: 'An API key is needed' },
  forbidden: { status: 403, title: 'This API key may not do that' },
  'job-not-found': { status: 404, title: 'There is no such job' },
  'route-not-found': { status: 404, title: 'There is no such address' },
  'artifact-not-found': { status: 404, title: 'This job has no connector to download' },
  'delivery-not-found': { status: 404, title: 'There is no such webhook delivery' },
  'dead-letter-not-found': { status: 404, title: 'There is no such dead letter' },
  'replay-not-found': { status: 404, title: 'There is no such replay' },
  'key-not-found': { status: 404, title: 'There is no such API key' },
  'method-not-allowed': { status: 405, title: 'This address does not take that method' },
  'job-not-finished': { status: 409, title: 'The job has not ended yet' },
  'job-already-ended': { status: 409, title: 'The job has already ended' },
  'job-not-failed': { status: 409, title: 'Only a failed job can be retried' },
  'replay-not-possible': { status: 409, title: 'The replay is in a state that does not allow this' },
  'webhook-calls-waiting': { status: 409, title: 'Too many webhook calls of this job wait to be sent' },
  'webhook-secret-exists': { status: 409, title: 'There is a webhook secret already' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'address-too-long': { status: 414, title: 'The address is too long' },
  'unsupported-media-type': { status: 415, title: 'The body must be JSON' },
  'idempotency-mismatch': { status: 422, title: 'This Idempotency-Key was used with another body' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'too-many-jobs': { status: 429, title: 'Too many jobs are in flight' },
  'cost-limit-reached': { status: 429, title: 'What jobs may cost today is used up' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'The engine made a mistake' },
  unavailable: { status: 503, title: 'The engine cannot take this right now' },
  draining: { status: 503, title: 'The engine takes no jobs right now' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problemCodes;
export const problemCodeSchema = z.enum(Object.keys(problemCodes) as [ProblemCode, ...ProblemCode[]]);

/**
 * Why a job failed. `retryable` answers the question a caller has: may the same job succeed if it is
 * simply tried again (`POST /api/jobs/{id}/retry`), or must something be changed first?
 */
export const jobErrorCodes = {
  'needs-openhands': { retryable: false },
  'specification-unusable': { retryable: false },
  'connector-unavailable': { retryable: false },
  'agent-unreachable': { retryable: true },
  'agent-timeout': { retryable: true },
  'agent-unauthorized': { retryable: false },
  'agent-rejected': { retryable: false },
  'agent-rate-limited': { retryable: true },
  'agent-unavailable': { retryable: true },
  'agent-answer-unreadable': { retryable: true },
  'agent-error': { retryable: true },
  'agent-stuck': { retryable: true },
  'agent-lost': { retryable: true },
  'agent-iterations-exhausted': { retryable: true },
  'agent-waiting': { retryable: true },
  'result-missing': { retryable: true },
  'result-invalid': { retryable: true },
  'result-too-large': { retryable: false },
  'verification-failed': { retryable: true },
  'verification-crashed': { retryable: false },
  'deadline-exceeded': { retryable: true },
  'queue-timeout': { retryable: true },
  'attempts-exhausted': { retryable: true },
  'budget-exceeded': { retryable: true },
  internal: { retryable: true },
} as const satisfies Record<string, { retryable: boolean }>;

export type JobErrorCode = keyof typeof jobErrorCodes;
export const jobErrorCodeSchema = z.enum(Object.keys(jobErrorCodes) as [JobErrorCode, ...JobErrorCode[]]);

/** Why a job failed, as callers see it. `message` is one or two sentences that say what to do. */
export const jobErrorSchema = z
  .object({
    code: jobErrorCodeSchema,
    message: z.string(),
    retryable: z.boolean(),
    attempts: z.number().int().optional().meta({ description: 'How often the failing step was tried.' }),
  })
  .meta({ id: 'JobError' });
export type JobError = z.infer<typeof jobErrorSchema>;

/**
 * Builds a job error whose `retryable` flag comes from the table, so that the two never disagree. The
 * message becomes a whole sentence: many end in the words of somebody else, and more may follow.
 */
export function jobError(code: JobErrorCode, message: string, attempts?: number): JobError {
  const sentence = /[.!?…]$/u.test(message) ? message : `${message}.`;
  return { code, message: sentence, retryable: jobErrorCodes[code].retryable, ...(attempts === undefined ? {} : { attempts }) };
}

/** RFC 9457 problem details. `error` repeats the title and detail for clients of the original product. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: problemCodeSchema,
    error: z.string(),
    instance: z.string().optional(),
    requestId: z.string().optional(),
    errors: z.array(z.object({ pointer: z.string().meta({ description: 'RFC 6901 JSON Pointer.' }), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details, sent as application/problem+json.' });
export type Problem = z.infer<typeof problemSchema>;

/** A value or a tagged failure: errors that a caller must look at are returned, never thrown. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };
export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
export const fail = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error });
