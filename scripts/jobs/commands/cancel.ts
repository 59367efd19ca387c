/** `cancel ID`: stops a job. Cancelling twice is no mistake. */

import { plainText } from '../../terminal/plain-text.ts';
import type { Invocation } from '../arguments.ts';
import type { EngineClient } from '../engine-client.ts';

/** Returns the exit code. */
export async function cancel(client: EngineClient, { subject, options }: Invocation): Promise<number> {
  const job = await client.cancel(subject);
  if (!job.ok) {
    console.error(plainText(job.error.sentence));
    return 1;
  }
  console.log(options.json ? JSON.stringify(job.value, null, 2) : `The job is ${job.value.status}.`);
  return 0;
}
