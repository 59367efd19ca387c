/**
 * Errors in the shapes of the real agent-server (FastAPI's), so that a client cannot tell the two apart:
 * `{detail}` for what is refused, a list of places for a body that does not validate, and
 * `{detail, exception, error_id}` for a mistake of our own, which is logged but not told.
 */
import type { Context, Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type * as z from 'zod';
import { log } from './log.ts';

/** Parses a body or query; throws {@link InvalidInput}, answered as 422. `where` is `body` or `query`. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown, where: 'body' | 'query'): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidInput(
    parsed.error.issues.map((issue) => ({ type: issue.code, loc: [where, ...issue.path.map(String)], msg: issue.message })),
  );
}

/** Reads a JSON body; what is not JSON fails its schema like any other wrong body. */
export async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    return undefined;
  }
}

class InvalidInput extends Error {
  readonly places: readonly { readonly type: string; readonly loc: readonly string[]; readonly msg: string }[];
  constructor(places: InvalidInput['places']) {
    super('Invalid input');
    this.places = places;
  }
}

/** A refusal to throw; answered as `{detail}`. */
export const refused = (status: 400 | 401 | 404 | 409 | 413, detail: string): HTTPException =>
  new HTTPException(status, { message: detail });

/** Registers the two handlers that give every error its shape. */
export function answerErrors(app: Hono): void {
  app.notFound((c) => c.json({ detail: 'Not Found' }, 404));
  app.onError((error, c) => {
    if (error instanceof InvalidInput) return c.json({ detail: error.places }, 422);
    if (error instanceof HTTPException) return c.json({ detail: error.message }, error.status);
    const errorId = crypto.randomUUID().replaceAll('-', '');
    log('error', 'request failed', { errorId, method: c.req.method, path: c.req.path, error: String(error).slice(0, 300) });
    return c.json({ detail: 'Internal Server Error', exception: error.name, error_id: errorId }, 500);
  });
}
