/** `package.json` of a connector. Apart from the files, because the lockfiles are made of it, too. */
import type { Target } from './targets.ts';

/** What npm is told. `name` is a package name. */
export const manifest = (name: string, { scripts, dependencies, devDependencies }: Target) => ({
  name,
  version: '1.0.0',
  private: true,
  type: 'module',
  engines: { node: '>=24' },
  scripts: { ...scripts, test: 'vitest run', typecheck: 'tsc' },
  dependencies,
  devDependencies,
});
