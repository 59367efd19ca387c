/** The platform's types, for the fakes: they implement what the code under test uses, and the types ask for more. */
import * as z from 'zod';

/** Passes a fake where the platform's own object is expected. */
export const asPlatform = <T>(fake: object): T => z.custom<T>().parse(fake);

/** `cloudflare:workers`, as far as the consumer uses it. */
export class DurableObject {
  protected readonly ctx: unknown;
  protected readonly env: unknown;

  constructor(ctx: unknown, env: unknown) {
    this.ctx = ctx;
    this.env = env;
  }
}
