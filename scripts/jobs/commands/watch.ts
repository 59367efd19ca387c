/** `watch ID`: sees a job through that was submitted before. */
import type { Invocation } from '../arguments.ts';
import type { EngineClient } from '../engine-client.ts';
import { seeThrough } from '../see-through.ts';

/** Returns the exit code. */
export function watch(client: EngineClient, invocation: Invocation): Promise<number> {
  return seeThrough(client, invocation.subject, invocation);
}
