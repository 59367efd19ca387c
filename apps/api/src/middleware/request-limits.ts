/**
 * Refuses addresses and headers that no honest call has, before anything reads them: the platform lets in
 * 16 KiB of the one and 128 KiB of the other, and some of it ends in logs and answers.
 */
import { createMiddleware } from 'hono/factory';
import type { Env, Variables } from '../env.ts';
import { problemResponse } from '../problems.ts';

const MAX_ADDRESS_CHARACTERS = 8_192;
const MAX_HEADER_CHARACTERS = 32_768;

/** Answers 414 and 431. */
export const requestLimits = createMiddleware<{ Bindings: Env; Variables: Variables }>(async (c, next) => {
  if (c.req.url.length > MAX_ADDRESS_CHARACTERS) {
    return problemResponse(c, { code: 'address-too-long', detail: `An address has at most ${MAX_ADDRESS_CHARACTERS} characters.` });
  }
  let characters = 0;
  for (const [name, value] of c.req.raw.headers) characters += name.length + value.length;
  if (characters > MAX_HEADER_CHARACTERS) {
    return problemResponse(c, { code: 'headers-too-large', detail: `All headers have at most ${MAX_HEADER_CHARACTERS} characters.` });
  }
  return next();
});
