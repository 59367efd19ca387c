/**
 * Says in a person's words, and with a pointer, what a zod schema found wrong. Values are never
 * repeated: they may be secrets, or megabytes.
 */
import { fail, ok, pointerSegment, type Result } from '@mcpoverflow/types';
import type * as z from 'zod';
import { type FieldError, type Refusal, refusalOf } from '../problems.ts';

const MAX_ERRORS = 20;

const pointerOf = (path: readonly PropertyKey[]): string => path.map((name) => pointerSegment(String(name).slice(0, 100))).join('');

const withArticle = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : type === 'record' ? 'an object' : `a ${type}`);

function limitIn(words: 'at least' | 'at most', limit: number | bigint, origin: string): string {
  if (origin === 'string') return `must have ${words} ${limit} characters`;
  return origin === 'array' ? `must have ${words} ${limit} entries` : `must be ${words} ${limit}`;
}

/** The wording of the schema's own checks; refinements bring theirs along. */
const plain = (issue: z.core.$ZodRawIssue): string | undefined => {
  if (issue.code === 'invalid_type') return issue.input === undefined ? 'is missing' : `must be ${withArticle(issue.expected)}`;
  if (issue.code === 'invalid_value') return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small') {
    const isEmpty = issue.minimum === 1 && issue.origin !== 'number';
    return isEmpty ? 'must not be empty' : limitIn('at least', issue.minimum, issue.origin);
  }
  if (issue.code === 'too_big') return limitIn('at most', issue.maximum, issue.origin);
  if (issue.code === 'invalid_format' && issue.format === 'url') return 'must be a URL';
  return undefined;
};

/** Of a union's branches, the one that came furthest tells the caller most. */
function nearestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const missedBy = (branch: readonly z.core.$ZodIssue[]): number =>
    branch.reduce((sum, issue) => sum + (issue.path.length === 0 ? 10 : 1), 0);
  return branches.toSorted((left, right) => missedBy(left) - missedBy(right))[0] ?? [];
}

function fieldErrors(issue: z.core.$ZodIssue, base: readonly PropertyKey[]): FieldError[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, MAX_ERRORS)
      .map((key) => ({ pointer: pointerOf([...path, key]), detail: 'is not a field of this submission' }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const wrongType = issue.errors.every((branch) => branch.every((inner) => inner.code === 'invalid_type' && inner.path.length === 0));
    if (!wrongType) return nearestBranch(issue.errors).flatMap((inner) => fieldErrors(inner, path));
    const alternatives = issue.errors.flat().map((inner) => inner.message.replace(/^must be /, ''));
    const detail = alternatives.includes('is missing') ? 'is missing' : `must be ${[...new Set(alternatives)].join(' or ')}`;
    return [{ pointer: pointerOf(path), detail }];
  }
  if (issue.code === 'invalid_key') return issue.issues.map((inner) => ({ pointer: pointerOf(path), detail: `name ${inner.message}` }));
  return [{ pointer: pointerOf(path), detail: issue.message }];
}

/** Parses `input`, or refuses with every fault found (at most 20). */
export function validate<Schema extends z.ZodType>(schema: Schema, input: unknown): Result<z.output<Schema>, Refusal> {
  const parsed = schema.safeParse(input, { error: plain });
  if (parsed.success) return ok(parsed.data);
  const errors = parsed.error.issues.flatMap((issue) => fieldErrors(issue, [])).slice(0, MAX_ERRORS);
  return fail(refusalOf('invalid-request', errors));
}
