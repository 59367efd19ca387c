/** The connector that a submission names by the job that made it. */
import { connectorSchema, fail, type JobError, jobError, ok, type Result, type ResultAnswer } from '@mcpoverflow/types';
import type * as z from 'zod';
import { RPC_TIMEOUT_MS, within } from '../deadline.ts';
import type { Env } from '../env.ts';
import { gunzipText } from '../gzip.ts';

/** What was mended has files alone: only the job that wrote a connector knows what it is. */
const earlierSchema = connectorSchema.pick({ files: true, language: true, runtime: true }).partial({ language: true, runtime: true });
export type EarlierConnector = z.infer<typeof earlierSchema>;

/** An earlier job's connector; only the same tenant's, and only a completed one's. */
export async function loadConnector(env: Env, tenant: string, jobId: string): Promise<Result<EarlierConnector, JobError>> {
  const reading: Promise<ResultAnswer> = env.JOB.get(env.JOB.idFromName(jobId)).result(tenant);
  const answer = await within(reading, RPC_TIMEOUT_MS, 'the earlier job');
  if (answer.kind === 'not-found') return fail(jobError('connector-unavailable', `There is no job ${jobId}; it may have been deleted.`));
  if (answer.kind === 'no-result')
    return fail(jobError('connector-unavailable', `Job ${jobId} has not completed, so it has no connector yet.`));
  const parsed = earlierSchema.safeParse(JSON.parse(await gunzipText(answer.gzip)));
  return parsed.success ? ok(parsed.data) : fail(jobError('connector-unavailable', `Job ${jobId} did not make a connector.`));
}
