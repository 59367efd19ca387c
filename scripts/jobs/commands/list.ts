/** `list`: the newest jobs, one a line. */
import type { JobSummary } from '@mcpoverflow/types';
import { plainText } from '../../terminal/plain-text.ts';
import type { Invocation } from '../arguments.ts';
import type { EngineClient } from '../engine-client.ts';

/** Returns the exit code. */
export async function list(client: EngineClient, { options }: Invocation): Promise<number> {
  const page = await client.list(options.status, options.limit);
  if (!page.ok) {
    console.error(plainText(page.error.sentence));
    return 1;
  }
  if (options.json) {
    console.log(JSON.stringify(page.value, null, 2));
    return 0;
  }
  if (page.value.jobs.length === 0) console.log('No jobs.');
  for (const job of page.value.jobs) console.log(plainText(lineFor(job)));
  if (page.value.next !== undefined) console.log(`There are more: --limit takes up to 100, --status narrows.`);
  return 0;
}

function lineFor(job: JobSummary): string {
  const state = job.status === 'processing' ? `${job.stage} ${Math.round(job.progress)} %` : job.status;
  return `${job.jobId}  ${job.createdAt}  ${state.padEnd(18)} ${job.type}${job.error === undefined ? '' : `  ${job.error.code}`}`;
}
