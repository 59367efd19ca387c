/** What all submit routes have in common: address, headers, answers and refusals follow from the kind of job. */
import { acceptedSchema, type JobType, jobKinds, jobSchema } from '@mcpoverflow/types';
import type { DocumentedRoute } from '../route.ts';
import { cacheControlParameter, idempotencyKeyParameter, preferParameter } from '../route-parameters.ts';
import { submit } from './submit.ts';

interface Description {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  /** A body that works as it is. */
  readonly example: unknown;
}

/** The route `POST /api/<type>`. */
export const submitRoute = (type: JobType, { operationId, summary, description, example }: Description): DocumentedRoute => ({
  method: 'post',
  path: `/api/${type}`,
  scope: 'submit',
  startsJobs: true,
  operation: {
    operationId,
    tag: 'Submit',
    summary,
    description,
    parameters: [idempotencyKeyParameter, preferParameter, cacheControlParameter],
    body: { schema: jobKinds[type].schema, example },
    answers: {
      200: { description: 'The finished job: it was cached, repeated, or ended within the wait.', schema: jobSchema },
      202: { description: 'The job is durable and will end. `Location` names it.', schema: acceptedSchema },
    },
    problems: [
      'invalid-request',
      'invalid-json',
      'invalid-specification',
      'unsupported-specification',
      'invalid-idempotency-key',
      'invalid-webhook-url',
      'unauthorized',
      'forbidden',
      'body-too-large',
      'unsupported-media-type',
      'idempotency-mismatch',
      'too-many-jobs',
      'cost-limit-reached',
      'unavailable',
    ],
  },
  handler: (c) => submit(c, type),
});
