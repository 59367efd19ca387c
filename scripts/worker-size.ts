/**
 * How large a Worker is when it is deployed: what `wrangler deploy` would upload, minified and gzipped.
 * Built by wrangler itself from the real configuration, so that the figure cannot drift from the truth.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

export const workerConfigurations = ['wrangler.api.toml', 'wrangler.consumer.toml', 'wrangler.embedded-agent.toml'] as const;

export interface WorkerSize {
  readonly bytes: number;
  readonly gzippedBytes: number;
}

/**
 * Builds the Worker of a wrangler file into a folder, as a deployment to production would, and uploads nothing. Throws with
 * wrangler's output when it does not build.
 */
export async function buildWorker(project: string, configuration: string, folder: string, minify: boolean): Promise<WorkerSize> {
  const wrangler = join(dirname(createRequire(import.meta.url).resolve('wrangler/package.json')), 'bin', 'wrangler.js');
  const target = ['-c', join(project, configuration), '--env', 'production', '--outdir', folder];
  await promisify(execFile)(process.execPath, [wrangler, 'deploy', '--dry-run', ...target, ...(minify ? ['--minify'] : [])], {
    cwd: project,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false' },
    maxBuffer: 16 * 1024 * 1024,
  });
  const uploaded = readdirSync(folder, { recursive: true, withFileTypes: true })
    // Source maps and wrangler's own note on the folder are not part of the Worker.
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.map') && entry.name !== 'README.md')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  return {
    bytes: uploaded.reduce((sum, content) => sum + content.length, 0),
    gzippedBytes: uploaded.reduce((sum, content) => sum + gzipSync(content, { level: 9 }).length, 0),
  };
}

/** The size of a Worker, minified. Throws with wrangler's output when it does not build. */
export async function workerSize(project: string, configuration: string): Promise<WorkerSize> {
  const folder = mkdtempSync(join(tmpdir(), 'mcpoverflow-worker-'));
  try {
    return await buildWorker(project, configuration, folder, true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
