/** The connector that a submission names by the job that made it. */
import { connectorSchema, fail, type GeneratedFile, type JobError, jobError, ok, type Result } from '@mcpoverflow/types';
import type { Env } from '../env.ts';
import { gunzipText } from '../gzip.ts';

const filesSchema = connectorSchema.pick({ files: true });

/** The files of an earlier job's connector; only the same tenant's, and only a completed one's. */
export async function loadConnector(
  env: Env,
  tenant: string,
  jobId: string,
): Promise<Result<{ readonly files: readonly GeneratedFile[] }, JobError>> {
  const answer = await env.JOB.get(env.JOB.idFromName(jobId)).result(tenant);
  if (answer.kind === 'not-found') return fail(jobError('connector-unavailable', `There is no job ${jobId}; it may have been deleted.`));
  if (answer.kind === 'no-result')
    return fail(jobError('connector-unavailable', `Job ${jobId} has not completed, so it has no connector yet.`));
  const parsed = filesSchema.safeParse(JSON.parse(await gunzipText(answer.gzip)));
  return parsed.success ? ok(parsed.data) : fail(jobError('connector-unavailable', `Job ${jobId} did not make a connector.`));
}
