/**
 * A job's submission with an operator's patch applied, admitted by the very code that admits submissions:
 * what a caller could not have sent, a patch cannot make.
 *
 * Where the job's calls go and what its owner wrote on it are not the operator's to change, and no patch
 * may replace the submission as a whole, which would do both unseen.
 */
import { type Amendment, type DeadLetterDetail, fail, type JsonPatch, ok, type Result, type StoredSubmission } from '@mcpoverflow/types';
import { admit } from '../admission/admit.ts';
import { rebuild, withOriginalText } from '../admission/rebuild.ts';
import { isRecord } from '../admission/record.ts';
import type { ApiContext } from '../env.ts';
import { callObject, found } from '../jobs/call-job.ts';
import { type Refusal, refusalAt, refusalOf } from '../problems.ts';
import { callDeadLetters, deadLetterNotFound } from './call-dead-letters.ts';
import { applyPatch, pointerNames, refuseExcess } from './json-patch.ts';

export interface PatchedSubmission extends Omit<Amendment, 'replayId' | 'requestFingerprint'> {
  readonly tenant: string;
  readonly jobId: string;
}

const invalidPatch = (pointer: string, detail: string): Refusal => refusalAt('invalid-patch', pointer, detail);

/** What a replay keeps as it is: a replayed job has the id, tenant, metadata and webhook that it had. */
const keptFields: ReadonlySet<string> = new Set(['webhook', 'metadata']);

/** Refuses operations that write to what is kept, or to everything at once. */
function refuseKept(patch: JsonPatch): Result<void, Refusal> {
  for (const [index, operation] of patch.entries()) {
    const written: [member: string, pointer: string][] = operation.op === 'test' ? [] : [['path', operation.path]];
    if (operation.op === 'move') written.push(['from', operation.from]);
    for (const [member, pointer] of written) {
      const place = `/patch/${index}/${member}`;
      if (pointer === '') return fail(invalidPatch(place, 'names the whole submission; name the fields that are to change'));
      const names = pointerNames(pointer);
      const [field] = names.ok ? names.value : [];
      if (field !== undefined && keptFields.has(field)) {
        return fail(invalidPatch(place, `names the job’s ${field}, which a replayed job keeps as it is`));
      }
    }
  }
  return ok(undefined);
}

/** Applies a patch to a stored submission. Faults point into the request: at the operation, or at the patch for what comes of all. */
export async function patchSubmission(
  submission: StoredSubmission,
  patch: JsonPatch,
  maxBytes: number,
): Promise<Result<Omit<PatchedSubmission, 'tenant' | 'jobId'>, Refusal>> {
  const allowed = refuseKept(patch);
  if (!allowed.ok) return allowed;
  const rebuilt = await rebuild(submission);
  if (!rebuilt.ok) return fail({ code: 'internal', detail: rebuilt.error });
  const patched = applyPatch(rebuilt.value.body, patch);
  if (!patched.ok) {
    const { index, operation, member, detail } = patched.error;
    return fail(invalidPatch(`/patch/${index}/${member}`, `${detail} (operation ${index}, ${described(operation)})`));
  }
  const bounded = refuseExcess(patched.value, maxBytes);
  if (!bounded.ok) return fail(invalidPatch('/patch', `makes a submission that ${bounded.error}`));
  const body = isRecord(patched.value) ? withOriginalText(patched.value, rebuilt.value) : patched.value;
  const admission = await admit(submission.type, body);
  if (!admission.ok) return fail(refusalOfResult(admission.error));
  const { parameters, options, files } = admission.value;
  return ok({ generation: submission.generation, parameters, options, files });
}

/** A submission's faults, told of the patch that led to them: what they point at is in no request. */
const refusalOfResult = ({ detail, errors }: Refusal): Refusal =>
  errors === undefined
    ? invalidPatch('/patch', `makes a submission that is refused: ${detail}`)
    : refusalOf(
        'invalid-patch',
        errors.map((error) => ({
          pointer: '/patch',
          detail: `makes a submission in which ${error.pointer === '' ? 'the body' : error.pointer} ${error.detail}`,
        })),
      );

const shortened = (pointer: string): string => (pointer.length > 100 ? `${pointer.slice(0, 100)}…` : pointer);

const described = (operation: JsonPatch[number]): string =>
  'from' in operation
    ? `${operation.op} ${shortened(operation.from)} to ${shortened(operation.path)}`
    : `${operation.op} ${shortened(operation.path)}`;

/** The job's submission as it would be with the patch. Nothing is stored. */
export async function patchedSubmissionOf(
  c: ApiContext,
  deadLetterId: string,
  patch: JsonPatch,
): Promise<Result<PatchedSubmission, Refusal>> {
  const read = await callDeadLetters(c, (deadLetters, scope) => deadLetters.read(scope, deadLetterId));
  if (!read.ok) return read;
  if (read.value.kind === 'not-found') return fail(deadLetterNotFound);
  const { kind, tenant, jobId }: DeadLetterDetail = read.value.deadLetter;
  if (kind !== 'job' || tenant === undefined || jobId === undefined) {
    return fail(invalidPatch('/patch', `changes the submission of a job, but ${deadLetterId} is a ${kind}; leave the patch out`));
  }
  const stored = found(await callObject(c, c.env.JOB, jobId, (job) => job.submission(tenant)));
  if (!stored.ok) return stored;
  const patched = await patchSubmission(stored.value.submission, patch, c.get('settings').MAX_BODY_BYTES);
  return patched.ok ? ok({ ...patched.value, tenant, jobId }) : patched;
}

export const keyUsedTwice: Refusal = {
  code: 'idempotency-mismatch',
  detail: 'Take a new key for a new replay, or send the same body again.',
};

/**
 * Keeps a patched submission with the job, for one replay alone. Harmless to repeat; another change under
 * the same replay is refused, as is one of a job that has moved on.
 */
export async function amendJob(
  c: ApiContext,
  order: Pick<Amendment, 'replayId' | 'requestFingerprint'>,
  patched: PatchedSubmission,
): Promise<Result<void, Refusal>> {
  const { tenant, jobId, ...change } = patched;
  const amendment: Amendment = { ...change, ...order };
  const answer = found(await callObject(c, c.env.JOB, jobId, (job) => job.amend(tenant, amendment)));
  if (!answer.ok) return answer;
  if (answer.value.kind === 'amended') return ok(undefined);
  if (answer.value.kind === 'mismatch') return fail(keyUsedTwice);
  const { status, generation } = answer.value.job;
  if (status === 'failed' && generation === amendment.generation) {
    return fail(
      invalidPatch(
        '/patch',
        'comes after 20 others that this job was replayed with, and it keeps no more former submissions: submit the work anew',
      ),
    );
  }
  return fail({ code: 'job-not-failed', detail: `The job has moved on: it is ${status}, in generation ${generation}.` });
}
