/** `get ID`: the job as the engine tells it, result included. */

import { plainText } from '../../terminal/plain-text.ts';
import type { Invocation } from '../arguments.ts';
import type { EngineClient } from '../engine-client.ts';

/** Returns the exit code. */
export async function get(client: EngineClient, invocation: Invocation): Promise<number> {
  const job = await client.job(invocation.subject);
  if (!job.ok) {
    console.error(plainText(job.error.sentence));
    return 1;
  }
  console.log(JSON.stringify(job.value, null, 2));
  return 0;
}
