/**
 * From a job's id to its end as a person sees it: progress while it runs, then what came of it. Ctrl-C
 * detaches: the job goes on in the engine, which is the point of a job.
 */
import { analysisSchema, type Job } from '@mcpoverflow/types';
import { urlFlag } from '../engine/access.ts';
import { plainText } from '../terminal/plain-text.ts';
import { createProgressLine } from '../terminal/progress-line.ts';
import { adviceFor } from './advice.ts';
import type { Invocation } from './arguments.ts';
import type { EngineClient } from './engine-client.ts';
import { followJob } from './follow.ts';
import { hasFiles, saveConnector } from './save-connector.ts';

const DETACHED = 130;

/** Returns the exit code: 0 when the job completed, else 1. */
export async function seeThrough(client: EngineClient, jobId: string, invocation: Invocation): Promise<number> {
  const line = createProgressLine(process.stderr);
  const detach = (): void => {
    line.finish();
    console.error(`Detached; the job goes on. See how it is doing: ${commandFor(client, 'watch', jobId)}`);
    process.exit(DETACHED);
  };
  process.once('SIGINT', detach).once('SIGTERM', detach);
  const ended = await followJob(
    client,
    jobId,
    ({ progress, stage, message }) => line.show(`${String(Math.round(progress)).padStart(3)} %  ${message ?? stage}`),
    (sentence) => line.show(`       ${sentence}`),
  );
  process.removeListener('SIGINT', detach).removeListener('SIGTERM', detach);
  line.finish();
  if (!ended.ok) {
    console.error(`${plainText(ended.error.sentence)}\nSee how the job is doing: ${commandFor(client, 'watch', jobId)}`);
    return 1;
  }
  return report(client, ended.value, invocation);
}

async function report(client: EngineClient, job: Job, invocation: Invocation): Promise<number> {
  if (invocation.options.json) console.log(JSON.stringify(job, null, 2));
  if (job.status !== 'completed') {
    console.error(plainText(whatWentWrong(client, job)));
    return 1;
  }
  if (!hasFiles(job)) {
    if (!invocation.options.json) console.log(plainText(summary(client, job)));
    return 0;
  }
  const saved = await saveConnector(client, job, invocation);
  if (!saved.ok) {
    console.error(plainText(saved.error));
    return 1;
  }
  if (invocation.options.json) console.error(plainText(saved.value));
  else console.log(plainText(saved.value));
  return 0;
}

function whatWentWrong(client: EngineClient, job: Job): string {
  if (job.error === undefined) return `The job is ${job.status}.`;
  return `The job failed (${job.error.code}): ${job.error.message}\n${adviceFor(job.error, `${client.url}/api/jobs/${job.jobId}/retry`)}`;
}

function summary(client: EngineClient, job: Job): string {
  const everything = `Everything: ${commandFor(client, 'get', job.jobId)}`;
  const analysis = analysisSchema.safeParse(job.result);
  if (!analysis.success) return `The job is completed. ${everything}`;
  const { title, version, endpoints, recommendedTools, issues } = analysis.data;
  return [
    `${title} ${version}: ${endpoints.length} endpoints, ${recommendedTools.length} tools recommended, ${issues.length} issues`,
    ...issues.slice(0, 5).map((issue) => `  ${issue.severity} ${issue.pointer}: ${issue.message}`),
    everything,
  ].join('\n');
}

/** The command as it can be pasted; the address only when it is not the usual one. */
function commandFor(client: EngineClient, command: string, jobId: string): string {
  return `npm run jobs -- ${command} ${jobId}${urlFlag(client.url)}`;
}
