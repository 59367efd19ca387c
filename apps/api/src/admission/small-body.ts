/** The bodies of calls that are no submissions: a few fields, so a small limit spares us reading megabytes of nonsense. */
import type { Result } from '@mcpoverflow/types';
import type * as z from 'zod';
import type { Refusal } from '../problems.ts';
import { readJsonBody, readOptionalJsonBody } from './body.ts';
import { validate } from './validation.ts';

const MAX_BYTES = 64 * 1024;

/** Reads a body of at most `maxBytes` (64 KiB) and validates it. */
export async function readSmallBody<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  maxBytes: number = MAX_BYTES,
): Promise<Result<z.output<Schema>, Refusal>> {
  const body = await readJsonBody(request, maxBytes);
  return body.ok ? validate(schema, body.value) : body;
}

/** The same for a body that may be left out: then it counts as an object without members. */
export async function readOptionalSmallBody<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
): Promise<Result<z.output<Schema>, Refusal>> {
  const body = await readOptionalJsonBody(request, MAX_BYTES);
  return body.ok ? validate(schema, body.value === undefined ? {} : body.value) : body;
}
