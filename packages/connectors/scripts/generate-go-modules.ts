/**
 * Writes `src/languages/go/modules.generated.ts`: `go.mod` and `go.sum` of a connector, per runtime.
 *
 * Both depend on the sources and requirements alone, so Go is asked once, here, and every connector gets its
 * answer. `--check` needs no network: it fails when a target asks for other modules than its `go.mod` was made for.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runtimeFiles } from '../src/languages/go/runtime.generated.ts';
import { isNeeded, type Target, targets } from '../src/languages/go/targets.ts';

/** What the SDK asks for; newer ones build it, too. */
const GO_VERSION = '1.25.0';
const output = new URL('../src/languages/go/modules.generated.ts', import.meta.url);

if (process.argv.includes('--check')) await check();
else writeFileSync(output, moduleText());

async function check(): Promise<void> {
  const { modules } = await import(output.href);
  for (const [runtime, target] of Object.entries(targets)) {
    if (modules[runtime].manifest.startsWith(requirementsOf(target))) continue;
    console.error(`go.mod for ${runtime} has drifted: run node scripts/generate-go-modules.ts in packages/connectors.`);
    process.exitCode = 1;
  }
}

function moduleText(): string {
  const modules = Object.fromEntries(Object.entries(targets).map(([runtime, target]) => [runtime, modulesOf(target)]));
  return `// Written by scripts/generate-go-modules.ts; do not edit.
import type { GoRuntime } from './targets.ts';

export const modules: Readonly<Record<GoRuntime, { readonly manifest: string; readonly sums: string }>> = ${JSON.stringify(modules, null, 2)};
`;
}

function modulesOf(target: Target): { readonly manifest: string; readonly sums: string } {
  const folder = mkdtempSync(join(tmpdir(), 'go-modules-'));
  const sources = runtimeFiles.filter(({ path }) => isNeeded(path, target));
  for (const { path, content } of [
    ...sources,
    { path: 'bridge/operations.json', content: '{}' },
    { path: 'go.mod', content: requirementsOf(target) },
  ]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const go = spawnSync('go', ['mod', 'tidy'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  if (go.status !== 0) throw new Error('go mod tidy failed.');
  const made = { manifest: readFileSync(join(folder, 'go.mod'), 'utf8'), sums: readFileSync(join(folder, 'go.sum'), 'utf8') };
  rmSync(folder, { recursive: true });
  return made;
}

/** The head of `go.mod`: what follows it are the modules that these ask for. */
function requirementsOf({ requirements }: Target): string {
  const lines = Object.entries(requirements).map(([path, version]) => `\t${path} ${version}\n`);
  return `module connector\n\ngo ${GO_VERSION}\n\nrequire (\n${lines.join('')})\n`;
}
