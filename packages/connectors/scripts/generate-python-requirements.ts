/**
 * Writes `src/languages/python/requirements.generated.ts`: what pip installs for a connector, per runtime.
 *
 * Which versions that are depends on the dependencies alone, so uv is asked once, here, for every platform and
 * every Python at once, and every connector gets its answer: names, versions and hashes, never where from.
 * `--check` needs no network: it fails when a target asks for other packages than were resolved.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { exactly, OLDEST_PYTHON_VERSION, pythonRuntimes, targets, testDependencies } from '../src/languages/python/targets.ts';

const output = new URL('../src/languages/python/requirements.generated.ts', import.meta.url);

const asked = new Map<string, Readonly<Record<string, string>>>([
  ...pythonRuntimes.map((runtime) => [runtime, targets[runtime].dependencies] as const),
  ['tests', testDependencies],
]);

if (!process.argv.includes('--check')) writeFileSync(output, moduleText());
else if (!readFileSync(output, 'utf8').includes(askedText())) {
  console.error(
    'The requirements of Python connectors have drifted: run node scripts/generate-python-requirements.ts in packages/connectors.',
  );
  process.exitCode = 1;
}

function askedText(): string {
  return `/** What was asked for. */\nexport const asked = ${JSON.stringify(Object.fromEntries(asked))};\n`;
}

function moduleText(): string {
  const everything = exactly(Object.assign({}, ...asked.values()));
  const packages = blocks(compile(everything, ['--generate-hashes']));
  const locks = new Map([...asked].map(([name, dependencies]) => [name, [...blocks(compile(exactly(dependencies))).keys()]]));
  const shipped = new Set(pythonRuntimes.flatMap((runtime) => locks.get(runtime) ?? []));
  const tests = (locks.get('tests') ?? []).filter((name) => !shipped.has(name));
  return `// Written by scripts/generate-python-requirements.ts; do not edit.
import type { PythonRuntime } from './targets.ts';

${askedText()}
/** Each package as it stands in a requirements file. */
export const packages: Readonly<Record<string, string>> = ${JSON.stringify(Object.fromEntries(packages), null, 2)};

/** The packages of a runtime, and what tests take beside. */
export const locks: Readonly<Record<PythonRuntime | 'tests', readonly string[]>> = ${JSON.stringify({ ...Object.fromEntries(locks), tests }, null, 2)};
`;
}

/** What uv resolves, as a requirements file. */
function compile(requirements: readonly string[], options: readonly string[] = []): string {
  const uv = spawnSync(
    'uv',
    [
      'pip',
      'compile',
      '-',
      '--universal',
      '--python-version',
      OLDEST_PYTHON_VERSION,
      '--no-header',
      '--no-annotate',
      '--quiet',
      ...options,
    ],
    { input: requirements.join('\n'), encoding: 'utf8' },
  );
  if (uv.status !== 0) throw new Error(`uv resolved nothing: ${uv.error?.message ?? uv.stderr}`);
  return uv.stdout;
}

/** The entries of a requirements file by the package's name. */
function blocks(requirements: string): Map<string, string> {
  const entries = requirements.split(/^(?=[a-z0-9])/m).filter((entry) => entry.trim() !== '');
  return new Map(entries.map((entry) => [entry.split(/[=\s;[]/)[0] ?? '', entry]));
}
