/** `download ID`: unpacks what a completed job made. */

import { plainText } from '../../terminal/plain-text.ts';
import type { Invocation } from '../arguments.ts';
import type { EngineClient } from '../engine-client.ts';
import { saveConnector } from '../save-connector.ts';

/** Returns the exit code. */
export async function download(client: EngineClient, invocation: Invocation): Promise<number> {
  const job = await client.job(invocation.subject);
  if (!job.ok) {
    console.error(plainText(job.error.sentence));
    return 1;
  }
  const saved = await saveConnector(client, job.value, invocation);
  if (!saved.ok) {
    console.error(plainText(saved.error));
    return 1;
  }
  console.log(plainText(saved.value));
  return 0;
}
