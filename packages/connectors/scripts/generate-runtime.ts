/**
 * Writes `src/languages/<language>/runtime.generated.ts`: the fixed runtime of each language's connectors as text.
 *
 * A Worker cannot read files, so the sources in `src/languages/<language>/runtime` (checked, linted and tested as
 * what they are) travel inside the bundle. `--check` writes nothing and fails when a module has drifted.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

interface RuntimeSources {
  /** Folder of the connector that the sources go to; their own folders stay below it. */
  readonly into: string;
  /** Neither its own tests nor what is written anew for every connector. */
  isShipped(path: string): boolean;
}

const languages: Readonly<Record<string, RuntimeSources>> = {
  typescript: { into: 'src/', isShipped: (path) => /(?<!\.test)\.ts$/.test(path) && path !== 'operations.ts' },
  python: { into: '', isShipped: (path) => path.endsWith('.py') },
  // The suite that plays a connector's cases is shipped beside it; it is fixed, too.
  go: { into: '', isShipped: (path) => /(?<!_test)\.go$/.test(path) || path.endsWith('wire_test.go') },
};

for (const [language, rules] of Object.entries(languages)) {
  const folder = new URL(`../src/languages/${language}/`, import.meta.url);
  if (!existsSync(new URL('runtime/', folder))) continue;
  const output = new URL('runtime.generated.ts', folder);
  const text = moduleText(language, runtimeFiles(new URL('runtime/', folder), rules));
  if (!process.argv.includes('--check')) writeFileSync(output, text);
  else if (readFileSync(output, 'utf8') !== text) {
    console.error(`${language}/runtime.generated.ts has drifted: run node scripts/generate-runtime.ts in packages/connectors.`);
    process.exitCode = 1;
  }
}

function runtimeFiles(sources: URL, { into, isShipped }: RuntimeSources): { readonly path: string; readonly content: string }[] {
  return readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter(isShipped)
    .sort()
    .map((path) => ({ path: `${into}${path}`, content: readFileSync(new URL(path, sources), 'utf8') }));
}

function moduleText(language: string, files: readonly { readonly path: string; readonly content: string }[]): string {
  return `// Written by scripts/generate-runtime.ts from src/languages/${language}/runtime; do not edit.
export const runtimeFiles: readonly { readonly path: string; readonly content: string }[] = ${JSON.stringify(files, null, 2)};
`;
}
