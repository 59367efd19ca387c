/**
 * Everything beside the specification is small: names, options, at most a thousand files. It is counted
 * before it is validated, because a validator that lists a million faults takes seconds and much memory.
 */
import { fail, ok, pointerSegment, type Result } from '@mcpoverflow/types';
import { type Refusal, refusalAt } from '../problems.ts';
import { isRecord } from './record.ts';

/** Most values accepted in all fields but `spec`; the schemas' own limits stay well below. */
const MAX_VALUES_BESIDE_SPECIFICATION = 20_000;

/** Refuses a submission that holds far more than its schema could allow, naming the field that does. */
export function refuseCrowd(body: unknown): Result<void, Refusal> {
  if (!isRecord(body)) return ok(undefined);
  let values = 0;
  for (const [name, field] of Object.entries(body)) {
    const stack: unknown[] = name === 'spec' ? [] : [field];
    while (stack.length > 0) {
      const value = stack.pop();
      values += 1;
      if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) stack.push(child);
      if (values + stack.length > MAX_VALUES_BESIDE_SPECIFICATION) {
        const detail = `brings the values beside the specification above ${MAX_VALUES_BESIDE_SPECIFICATION}`;
        return fail(refusalAt('invalid-request', pointerSegment(name.slice(0, 100)), detail));
      }
    }
  }
  return ok(undefined);
}
