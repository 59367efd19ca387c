/**
 * Bounds what a Job keeps in its one state row: the parameters and the options. The schemas bound most
 * fields, but some hold free JSON, and the largest row the platform stores has 2 MB. Bytes are counted as
 * JSON, field by field, so that the refusal can name the one that weighs most.
 */
import { fail, ok, type Parameters, pointerSegment, type Result, type SubmissionOptions } from '@mcpoverflow/types';
import { type Refusal, refusalAt } from '../problems.ts';

/** An eighth of the row: stored text may take twice the bytes of its JSON, and the job's history lies beside it. */
export const MAX_SMALL_FIELDS_BYTES = 256 * 1024;

const encoder = new TextEncoder();

/** Bytes of a value as JSON; of one that is too large anyway its characters, which are never more. */
function jsonBytes(value: unknown): number {
  const text = JSON.stringify(value);
  return text.length > MAX_SMALL_FIELDS_BYTES ? text.length : encoder.encode(text).byteLength;
}

/** Refuses parameters and options of more than {@link MAX_SMALL_FIELDS_BYTES} together, pointing at the largest field. */
export function refuseLargeFields(parameters: Parameters, options: SubmissionOptions): Result<void, Refusal> {
  const fields = Object.entries({ ...parameters, ...options })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name, bytes: jsonBytes(value) }))
    .sort((left, right) => right.bytes - left.bytes);
  const total = fields.reduce((sum, { bytes }) => sum + bytes, 0);
  const [largest] = fields;
  if (largest === undefined || total <= MAX_SMALL_FIELDS_BYTES) return ok(undefined);
  const detail = `has ${largest.bytes} bytes as JSON; everything beside the specification and the files may have ${MAX_SMALL_FIELDS_BYTES} together, so shorten it`;
  return fail(refusalAt('invalid-request', pointerSegment(largest.name), detail));
}
