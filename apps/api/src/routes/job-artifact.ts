/**
 * `GET /api/jobs/{jobId}/artifact`: the files of a result as a zip. The same result always gives the
 * same bytes (sorted names, one fixed date), so that a download can be compared with an earlier one.
 */
import { filePathSchema, isTerminal } from '@mcpoverflow/types';
import { strToU8, zipSync } from 'fflate';
import * as z from 'zod';
import type { ApiContext } from '../env.ts';
import { gunzip } from '../gzip.ts';
import { jobIdOf } from '../jobs/job-id.ts';
import { readJob, readResult } from '../jobs/read-job.ts';
import { problemResponse, type Refusal } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { jobIdParameter } from '../route-parameters.ts';

/** Read strictly: the paths end up in somebody's file system. */
const filesSchema = z.object({
  name: z.string().optional(),
  files: z.array(z.object({ path: filePathSchema, content: z.string() })).min(1),
});

const noFiles: Refusal = { code: 'artifact-not-found', detail: 'Only completed jobs that make files have something to download.' };

/** The earliest date a zip can hold; read in local time by the format, hence made in local time. */
const fixedDate = new Date(1980, 0, 1);

/** A name that is harmless in a header and on every file system. */
export const fileNameOf = (name: string | undefined): string => {
  const safe = (name ?? '')
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60);
  return `${safe === '' ? 'connector' : safe}.zip`;
};

async function jobArtifact(c: ApiContext): Promise<Response> {
  const jobId = jobIdOf(c);
  if (!jobId.ok) return problemResponse(c, jobId.error);
  const read = await readJob(c, jobId.value);
  if (!read.ok) return problemResponse(c, read.error);
  const { job, hasResult } = read.value;
  if (!isTerminal(job.status)) {
    return problemResponse(c, { code: 'job-not-finished', detail: `The job is ${job.status}; ask again when it is completed.` });
  }
  if (!hasResult) return problemResponse(c, noFiles);
  const gzip = await readResult(c, jobId.value);
  if (!gzip.ok) return problemResponse(c, gzip.error);
  if (gzip.value === undefined) return problemResponse(c, noFiles);

  const result = filesSchema.safeParse(await new Response(gunzip(gzip.value)).json());
  if (!result.success) return problemResponse(c, noFiles);
  const files = result.data.files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const zip = zipSync(Object.fromEntries(files.map(({ path, content }) => [path, strToU8(content)])), { mtime: fixedDate });
  return new Response(zip, {
    headers: {
      'Content-Type': 'application/zip',
      'Content-Disposition': `attachment; filename="${fileNameOf(result.data.name)}"`,
      'Cache-Control': 'no-store',
    },
  });
}

export const jobArtifactRoute: DocumentedRoute = {
  method: 'get',
  path: '/api/jobs/{jobId}/artifact',
  scope: 'read',
  operation: {
    operationId: 'downloadArtifact',
    tag: 'Jobs',
    summary: 'Download the connector',
    description: 'The files of the result as a zip; the same result gives the same bytes.',
    parameters: [jobIdParameter],
    answers: { 200: { description: 'The files.', mediaType: 'application/zip' } },
    problems: ['job-not-found', 'artifact-not-found', 'job-not-finished', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: jobArtifact,
};
