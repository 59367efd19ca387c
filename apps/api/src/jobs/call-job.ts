/**
 * Calls a Durable Object so that its absence becomes a value. Which faults to retry is the platform's
 * own advice: `retryable` once, on a fresh stub; `overloaded` never, because that feeds the overload.
 */
import { fail, type JobRpc, ok, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import type { ApiContext, ObjectNamespace } from '../env.ts';
import { aboutRequest, describeError, log } from '../log.ts';
import { type Refusal, unavailable } from '../problems.ts';
import { pause, within } from '../within.ts';

const CALL_LIMIT_MS = 20_000;
const RETRY_DELAY_MS = 100;

const retryableSchema = z.looseObject({ retryable: z.literal(true), overloaded: z.literal(false).optional() });

/** The right sentence for calls that only read, and for those whose repeat changes nothing. */
const nothingLost = unavailable('The engine’s store did not answer. Nothing is lost; please try again.');

/**
 * Calls the object of that name; `unavailable` when it cannot be reached. The call may reach the object
 * twice, so it must be one that is harmless to repeat.
 */
export async function callObject<Rpc, Answer>(
  c: ApiContext,
  namespace: ObjectNamespace<Rpc>,
  name: string,
  call: (object: Rpc) => Promise<Answer>,
): Promise<Result<Answer, Refusal>> {
  try {
    return ok(await attempt(namespace, name, call));
  } catch (fault) {
    if (!retryableSchema.safeParse(fault).success) return unanswered(c, name, fault, nothingLost);
    await pause(RETRY_DELAY_MS);
    return callObjectOnce(c, namespace, name, call, nothingLost);
  }
}

/**
 * Calls the object of that name once, for what must not happen twice. Without an answer nobody knows
 * whether it happened: `refusal` is the answer then, and says how to find out.
 */
export async function callObjectOnce<Rpc, Answer>(
  c: ApiContext,
  namespace: ObjectNamespace<Rpc>,
  name: string,
  call: (object: Rpc) => Promise<Answer>,
  refusal: Refusal,
): Promise<Result<Answer, Refusal>> {
  try {
    return ok(await attempt(namespace, name, call));
  } catch (fault) {
    return unanswered(c, name, fault, refusal);
  }
}

const attempt = <Rpc, Answer>(namespace: ObjectNamespace<Rpc>, name: string, call: (object: Rpc) => Promise<Answer>): Promise<Answer> =>
  within(call(namespace.get(namespace.idFromName(name))), CALL_LIMIT_MS, 'the object');

function unanswered(c: ApiContext, name: string, fault: unknown, refusal: Refusal): Result<never, Refusal> {
  log('error', 'object unavailable', { ...aboutRequest(c), object: name, error: describeError(fault) });
  return fail(refusal);
}

/** Turns the answer for an unknown job (or somebody else's) into its refusal. */
export const found = <Answer extends { readonly kind: string }>(
  answer: Result<Answer, Refusal>,
): Result<Exclude<Answer, { readonly kind: 'not-found' }>, Refusal> => {
  if (!answer.ok) return answer;
  if (isFound(answer.value)) return ok(answer.value);
  return fail(jobNotFound);
};
const isFound = <Answer extends { readonly kind: string }>(answer: Answer): answer is Exclude<Answer, { readonly kind: 'not-found' }> =>
  answer.kind !== 'not-found';

export const jobNotFound: Refusal = {
  code: 'job-not-found',
  detail: 'No job has this id. Jobs are deleted when their retention ends.',
};

export type JobNamespace = ObjectNamespace<JobRpc>;
