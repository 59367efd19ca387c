/**
 * The files of a Python connector: the fixed runtime, the data, and what a person needs to install, read and
 * deploy them. Versions are exact and the requirements name every package with its hashes, so that the connector
 * that was verified is the one that is installed.
 */
import type { GeneratedFile } from '@mcpoverflow/types';
import { dataFile } from '../data-file.ts';
import type { ConnectorPlan } from '../language.ts';
import { connectorReadme, environmentExample } from '../readme.ts';
import { locks, packages } from './requirements.generated.ts';
import { runtimeFiles } from './runtime.generated.ts';
import { exactly, OLDEST_PYTHON_VERSION, type PythonRuntime, type Target, targets, testDependencies } from './targets.ts';

/** Address of the endpoint after `python -m connector`. */
export const LOCAL_URL = 'http://localhost:3000/mcp';

/** Every file, in the order a person reads them. */
export function connectorFiles(plan: ConnectorPlan): GeneratedFile[] {
  const { api, operations } = plan;
  const runtime = pythonRuntime(plan);
  const target = targets[runtime];
  return [
    { path: 'README.md', content: readme(plan, target) },
    { path: 'pyproject.toml', content: manifest(api.name, runtime) },
    { path: 'requirements.txt', content: locked(locks[runtime]) },
    { path: 'requirements-dev.txt', content: `-r requirements.txt\n${locked(locks.tests)}` },
    ...target.deploymentFiles(plan),
    { path: '.env.example', content: environmentExample(plan) },
    { path: '.gitignore', content: '.venv/\n__pycache__/\n.pytest_cache/\n.aws-sam/\n.vercel/\n.env\n' },
    ...runtimeFiles.filter(({ path }) => !isTest(path) && isNeeded(path, target)),
    { path: 'connector/operations.json', content: dataFile(api, operations) },
  ];
}

/** Submissions for Cloudflare Workers are refused long before this. */
export function pythonRuntime({ runtime }: ConnectorPlan): PythonRuntime {
  return runtime === 'cloudflare-workers' ? 'docker' : runtime;
}

/** Belongs to the suite, which is not part of every connector. */
export const isTest = (path: string): boolean => path.startsWith('tests/');

const entries = new Set(Object.values(targets).flatMap((target) => target.entries));

/** Entries of other places stay away; everything else is the same everywhere. */
const isNeeded = (path: string, target: Target): boolean => !entries.has(path) || target.entries.includes(path);

function readme(plan: ConnectorPlan, { deployment }: Target): string {
  const run = [
    `python3 -m venv .venv      # Python ${OLDEST_PYTHON_VERSION} or newer`,
    '.venv/bin/pip install -r requirements.txt',
    'cp .env.example .env       # and fill in what the API needs',
    `.venv/bin/python -m connector    # ${LOCAL_URL}`,
  ].join('\n');
  return connectorReadme(plan, { run, deployment, data: 'connector/operations.json', rest: 'every other source' });
}

/** `pyproject.toml`. `name` is a package name, and so are the others: nothing needs escaping. */
function manifest(name: string, runtime: PythonRuntime): string {
  const { dependencies, readsManifest } = targets[runtime];
  const text = `[project]
name = "${name}"
version = "1.0.0"
requires-python = ">=${OLDEST_PYTHON_VERSION}"
dependencies = ${list(exactly(dependencies))}
[dependency-groups]
dev = ${list(exactly(testDependencies))}
[tool.pytest.ini_options]
pythonpath = ["."]
testpaths = ["tests"]
`;
  if (!readsManifest) return text;
  // Packages that other packages ask for, at the versions of requirements.txt.
  const pins = locks[runtime].flatMap((each) => packages[each]?.split(/ \\\n/)[0] ?? []);
  return `${text}\n[tool.uv]\nconstraint-dependencies = ${list(pins).trimEnd()}\n`;
}

const list = (items: readonly string[]): string => `[\n${items.map((item) => `  ${JSON.stringify(item)},\n`).join('')}]\n`;

const locked = (names: readonly string[]): string => names.map((name) => packages[name] ?? '').join('');
