/**
 * The one place where a refusal becomes an HTTP answer (RFC 9457, `application/problem+json`).
 *
 * Everything that can be wrong with a call is a value, a `Refusal`, carried up to here; only faults
 * nobody foresaw are thrown, and they end as `internal`.
 */
import { type Problem, type ProblemCode, problemCodes } from '@mcpoverflow/types';
import type { ApiContext } from './env.ts';

/** One thing wrong with the body: where (RFC 6901 JSON Pointer) and what. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

export interface Refusal {
  readonly code: ProblemCode;
  /** A sentence that tells the caller what to do. */
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  /** Headers that belong to the answer, such as `Retry-After` or `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal of several places in the body (at least one); `detail` reads on from the name of the place: "is missing". Or it is a sentence with its full stop. */
export const refusalOf = (code: ProblemCode, errors: readonly FieldError[]): Refusal => ({
  code,
  detail: `${errors.map(told).join('; ').slice(0, 500)}.`,
  errors,
});

function told({ pointer, detail }: FieldError): string {
  const place = pointer === '' ? 'The body' : pointer;
  return detail.endsWith('.') ? `${place}: ${detail.slice(0, -1)}` : `${place} ${detail}`;
}

/** A refusal of one place in the body; the empty pointer is the body itself. */
export const refusalAt = (code: ProblemCode, pointer: string, detail: string): Refusal => refusalOf(code, [{ pointer, detail }]);

const RETRY_AFTER_SECONDS = 5;

/** The platform let us down; the call is safe to repeat. */
export const unavailable = (detail: string): Refusal => ({
  code: 'unavailable',
  detail,
  headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
});

/** The problem document of a refusal, also used for single items of a batch. */
export function problemOf(refusal: Refusal, request: { readonly requestId: string; readonly path: string }): Problem {
  const { status, title } = problemCodes[refusal.code];
  return {
    type: `/docs#problem-${refusal.code}`,
    title,
    status,
    detail: refusal.detail,
    code: refusal.code,
    error: `${title}: ${refusal.detail}`,
    instance: request.path,
    requestId: request.requestId,
    ...(refusal.errors === undefined ? {} : { errors: [...refusal.errors] }),
  };
}

/** The path as it may be shown and logged: what lies below `/hooks/` is a secret, or somebody's guess at one. */
export const presentablePath = (path: string): string => path.replace(/^\/+hooks\/.*/is, '/hooks/***');

/** Answers a call with a problem, and notes it for the log. */
export function problemResponse(c: ApiContext, refusal: Refusal): Response {
  c.set('problem', refusal.code);
  const problem = problemOf(refusal, { requestId: c.get('requestId'), path: presentablePath(c.req.path) });
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...refusal.headers },
  });
}
