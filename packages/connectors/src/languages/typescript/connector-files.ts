/**
 * The files of a TypeScript connector: the fixed runtime, the data, and what a person needs to install, read
 * and deploy them. Versions are exact and the lockfile is complete, so that the connector that was verified
 * is the one that is installed.
 */
import type { GeneratedFile } from '@mcpoverflow/types';
import type { ConnectorPlan } from '../language.ts';
import { connectorReadme, environmentExample } from '../readme.ts';
import { dataModule } from './data-module.ts';
import { lockfiles } from './lockfiles.generated.ts';
import { manifest } from './manifest.ts';
import { runtimeFiles } from './runtime.generated.ts';
import { type Target, targets } from './targets.ts';

/** Every file, in the order a person reads them. */
export function connectorFiles(plan: ConnectorPlan): GeneratedFile[] {
  const { api, operations, runtime } = plan;
  const target = targets[runtime];
  return [
    { path: 'README.md', content: readme(plan, target) },
    { path: 'package.json', content: json(manifest(api.name, target)) },
    { path: 'package-lock.json', content: json(lockfile(api.name, lockfiles[runtime])) },
    ...target.deploymentFiles(plan),
    { path: '.env.example', content: environmentExample(plan) },
    { path: 'tsconfig.json', content: json(compilerOptions(target)) },
    { path: '.gitignore', content: 'node_modules/\n.wrangler/\n.aws-sam/\n.vercel/\n.env\n' },
    ...runtimeFiles.filter(({ path }) => isNeeded(path, target)),
    { path: 'src/operations.ts', content: dataModule(api, operations) },
  ];
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const entries = new Set(Object.values(targets).flatMap((target) => target.entries));

/** Entries of other places stay away; everything else is the same everywhere. */
function isNeeded(path: string, target: Target): boolean {
  const name = path.replace('src/', '');
  return !entries.has(name) || target.entries.includes(name);
}

/** The lockfile depends on the dependencies alone; only the package's name is its own. */
function lockfile(name: string, { packages, ...head }: (typeof lockfiles)[keyof typeof lockfiles]): unknown {
  return { name, ...head, packages: { ...packages, '': { name, ...packages[''] } } };
}

function compilerOptions(target: Target): unknown {
  return {
    compilerOptions: {
      target: 'ES2024',
      lib: ['ES2024', 'DOM', 'DOM.Iterable'],
      module: 'ESNext',
      moduleResolution: 'Bundler',
      types: target.types,
      strict: true,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
      skipLibCheck: true,
      noEmit: true,
    },
    include: ['src', 'api'],
  };
}

const readme = (plan: ConnectorPlan, { url, deployment }: Target): string =>
  connectorReadme(plan, {
    run: `npm ci\ncp .env.example .env    # and fill in what the API needs\nnpm run dev             # ${url}`,
    deployment,
    data: 'src/operations.ts',
    rest: 'everything else in `src`',
  });
