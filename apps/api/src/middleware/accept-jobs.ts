/**
 * The drain switch: with `ACCEPT_JOBS=false` nothing that would start a job is taken, before its body is
 * read. Jobs that are there go on to their end, and are read, cancelled, delivered and deleted as ever.
 */
import { createMiddleware } from 'hono/factory';
import type { Env, Variables } from '../env.ts';
import { problemResponse } from '../problems.ts';

/** A drain lasts as long as the longest job; who asks every half minute finds its end soon enough. */
const RETRY_AFTER_SECONDS = 30;

/** Answers 503 while the engine takes no jobs. For routes that start some. Needs `settings`. */
export const acceptJobs = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  if (c.get('settings').ACCEPT_JOBS) return next();
  return problemResponse(c, {
    code: 'draining',
    detail: 'Jobs that were taken go on to their end; new ones are taken again later. Please send this again then.',
    headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
  });
});
