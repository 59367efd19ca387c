/** Downloads what a completed job made, unpacks it, and says in a few lines what it is and what to do next. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fail, type Job, ok, type Result, verificationSchema } from '@mcpoverflow/types';
import * as z from 'zod';
import type { Invocation } from './arguments.ts';
import type { EngineClient } from './engine-client.ts';
import { freshFolder, unpack } from './unpack.ts';

/** What is told about a result; every kind of job has some of it. */
const describedSchema = z.object({
  name: z.string().optional(),
  tools: z.array(z.unknown()).optional(),
  skipped: z.array(z.unknown()).optional(),
  verification: verificationSchema.optional(),
});
const manifestSchema = z.object({ scripts: z.record(z.string(), z.string()).optional() });

/** True when the job made files that can be downloaded. */
export function hasFiles(job: Job): boolean {
  return job.status === 'completed' && z.object({ files: z.array(z.unknown()).min(1) }).safeParse(job.result).success;
}

/** Returns the sentences to print; the error is one sentence. */
export async function saveConnector(client: EngineClient, job: Job, invocation: Invocation): Promise<Result<string, string>> {
  const described = describedSchema.safeParse(job.result);
  const result = described.success ? described.data : {};
  const zip = await client.artifact(job.jobId);
  if (!zip.ok) return fail(zip.error.sentence);
  const { out } = invocation.options;
  const folder = out === undefined ? freshFolder(invocation.directory, result.name ?? job.type) : resolve(invocation.directory, out);
  const written = unpack(zip.value, folder);
  if (!written.ok) return written;

  const shown = relative(invocation.directory, folder) || '.';
  return ok(
    [
      `${written.value.length} files written to ${shown}/`,
      ...toolsLine(result.tools?.length, result.skipped?.length),
      ...verificationLine(result.verification),
      `Next: ${nextStep(folder, shown)}`,
    ].join('\n'),
  );
}

function toolsLine(tools: number | undefined, skipped: number | undefined): readonly string[] {
  if (tools === undefined) return [];
  return [`${tools} tools${skipped === undefined || skipped === 0 ? '' : `; ${skipped} operations were left out, the job says why`}`];
}

function verificationLine(verification: z.infer<typeof verificationSchema> | undefined): readonly string[] {
  if (verification === undefined) return [];
  if (!verification.ran) return [`Not run yet: ${verification.reason ?? 'no runner was available'}`];
  const counts = `${verification.toolsListed ?? 0} tools listed, ${verification.toolsCalled ?? 0} called`;
  return [verification.passed === true ? `Verified: ${counts}, all passed` : `Run, but not all passed: ${counts}`];
}

function nextStep(folder: string, shown: string): string {
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest)) {
    const scripts = manifestSchema.safeParse(parseJson(readFileSync(manifest, 'utf8'))).data?.scripts ?? {};
    const script = ['dev', 'start'].find((name) => name in scripts);
    if (script !== undefined) return `cd ${shown} && npm install && npm run ${script}   (README.md there says more)`;
  }
  return `read ${join(shown, 'README.md')}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
