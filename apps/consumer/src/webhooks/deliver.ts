/**
 * Handling one `deliver` message: begin, call, finish. Whoever crashes in between leaves a lease, and the
 * Job's alarm sees to the rest; so the outcome of the handling itself interests nobody but the log.
 */
import type { DeliverMessage } from '@mcpoverflow/types';
import { RPC_TIMEOUT_MS, within } from '../deadline.ts';
import type { Env } from '../env.ts';
import { describeError, log } from '../log.ts';
import { keepMessage } from '../messages/keep-message.ts';
import type { Settings } from '../settings.ts';
import { attemptCall, attemptLimitMs, secretsTimeoutMs } from './attempt-call.ts';
import type { BeginAttemptAnswer } from './begin-attempt.ts';
import type { AttemptOutcome } from './finish-attempt.ts';
import { secretsOf } from './tenant-webhooks.ts';

/** Which message it was, for the dead letter of one that names a job which does not exist. */
export interface MessageSource {
  readonly messageId: string;
  readonly queue: string;
}

/** Makes the attempt that the message names, if it is still to be made. Never throws. */
export async function deliver(message: DeliverMessage, source: MessageSource, env: Env, settings: Settings): Promise<void> {
  const startedAt = Date.now();
  const told = {
    jobId: message.jobId,
    deliveryId: message.deliveryId,
    attempt: message.attempt,
    ...(message.traceparent === undefined ? {} : { traceparent: message.traceparent }),
  };
  try {
    const job = env.JOB.get(env.JOB.idFromName(message.jobId));
    const begun = await within<BeginAttemptAnswer>(job.beginAttempt(message), RPC_TIMEOUT_MS, 'the job');
    if (begun.kind === 'unknown') await keepMessage(env, { ...source, body: message, reason: 'unknown-job' });
    if (begun.kind !== 'yours') return log('info', 'webhook message handled', { ...told, outcome: begun.kind });
    if (Date.now() + attemptLimitMs(settings) > begun.until)
      return log('warn', 'webhook message handled', { ...told, outcome: 'too late' });
    const outcome = await attemptCall(begun.call, {
      settings,
      fetch: (url, init) => fetch(url, init),
      secretsOf: secretsOf(env, secretsTimeoutMs(settings)),
    });
    const finishing = job.finishAttempt({ deliveryId: message.deliveryId, token: begun.token }, outcome);
    const stored = await within<boolean>(finishing, RPC_TIMEOUT_MS, 'the job');
    log(outcome.error === undefined ? 'info' : 'warn', 'webhook called', {
      ...told,
      tenant: begun.call.tenant,
      outcome: stored ? outcomeOf(outcome) : `superseded: ${outcomeOf(outcome)}`,
      durationMs: outcome.durationMs,
    });
  } catch (error) {
    log('warn', 'webhook attempt broke off; the job will make another', {
      ...told,
      durationMs: Date.now() - startedAt,
      error: describeError(error),
    });
  }
}

const outcomeOf = ({ error, status }: AttemptOutcome): string =>
  [error ?? 'delivered', status].filter((part) => part !== undefined).join(' ');
