/** The job a request's address names. */
import { fail, ok, type Result, uuidSchema } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import type { Refusal } from '../problems.ts';
import { jobNotFound } from './call-job.ts';

/** What is no UUID is no job: the object is not even asked. */
export function jobIdOf(c: ApiContext): Result<string, Refusal> {
  const id = uuidSchema.safeParse(c.req.param('jobId'));
  return id.success ? ok(id.data) : fail(jobNotFound);
}
