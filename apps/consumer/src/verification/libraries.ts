/**
 * The libraries a connector may import while it is verified, as source text.
 *
 * They are bundled once at build time and travel inside this Worker as text: verification must give
 * the same answer on every machine, so nothing is fetched when a job runs. The price is that a
 * connector which imports anything else cannot be verified here.
 */
import * as z from 'zod';
import text from '../../.generated/connector-libraries.txt';

/** `entries`: the bare name a connector imports → the module that answers to it. `modules`: path → ESM source. */
const librariesSchema = z.object({ entries: z.record(z.string(), z.string()), modules: z.record(z.string(), z.string()) });
export type Libraries = z.infer<typeof librariesSchema>;

/** Reads the bundled libraries. Parsed on demand, so that a Worker that never verifies never pays for it. */
export function readLibraries(): Libraries {
  return librariesSchema.parse(JSON.parse(text));
}
