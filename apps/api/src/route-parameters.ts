/** The parameters that several routes share, as the OpenAPI document describes them. */
import { uuidSchema } from '@mcpoverflow/types';
import * as z from 'zod';
import type { Parameter } from './route.ts';

export const jobIdParameter: Parameter = { name: 'jobId', in: 'path', description: 'The job’s id.', schema: uuidSchema };

export const deliveryIdParameter: Parameter = {
  name: 'deliveryId',
  in: 'path',
  description: 'The delivery’s id, which receivers know as `webhook-id`.',
  schema: z.string(),
};

export const deadLetterIdParameter: Parameter = {
  name: 'deadLetterId',
  in: 'path',
  description: 'The dead letter’s id.',
  schema: z.string(),
};

export const replayIdParameter: Parameter = { name: 'replayId', in: 'path', description: 'The replay’s id.', schema: uuidSchema };

export const preferParameter: Parameter = {
  name: 'Prefer',
  in: 'header',
  description: '`wait=N` waits up to N ≤ 60 seconds for the end of the job; `respond-async` does not wait at all.',
  schema: z.string(),
};

export const idempotencyKeyParameter: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same key and body give the same job for as long as it is kept; the same key and another body are refused.',
  schema: z.string().max(255),
};

export const cacheControlParameter: Parameter = {
  name: 'Cache-Control',
  in: 'header',
  description: '`no-cache` has the work done afresh although an equal submission was answered before.',
  schema: z.string(),
};
