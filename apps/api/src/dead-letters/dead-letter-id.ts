/** The dead letter a request's address names. */
import { fail, ok, type Result } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import type { Refusal } from '../problems.ts';
import { deadLetterNotFound } from './call-dead-letters.ts';

/** Every id begins with its kind. */
const ID = /^(job|delivery|message)_[\x21-\x7e]{1,119}$/;

/** What cannot be an id is none: the object is not even asked. */
export function deadLetterIdOf(c: ApiContext): Result<string, Refusal> {
  const id = c.req.param('deadLetterId') ?? '';
  return ID.test(id) ? ok(id) : fail(deadLetterNotFound);
}
