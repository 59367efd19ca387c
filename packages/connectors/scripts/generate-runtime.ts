/**
 * Writes `src/languages/<language>/runtime.generated.ts`: the fixed runtime of each language's connectors as text,
 * and `suite.generated.ts` where the suite that tests them lies in a folder of its own.
 *
 * A Worker cannot read files, so the sources in `src/languages/<language>/runtime` and `suite` (checked, linted and
 * tested as what they are) travel inside the bundle. `--check` writes nothing and fails when a module has drifted.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

interface Sources {
  /** Folder of the connector that the sources go to; their own folders stay below it. */
  readonly into: string;
  /** Neither its own tests nor what is written anew for every connector. */
  isShipped(path: string): boolean;
}

const folders: Readonly<Record<string, Sources>> = {
  'typescript/runtime': { into: 'src/', isShipped: (path) => /(?<!\.test)\.ts$/.test(path) && path !== 'operations.ts' },
  'typescript/suite': { into: 'tests/', isShipped: (path) => path.endsWith('.ts') },
  'python/runtime': { into: '', isShipped: (path) => /(?<!_test)\.py$/.test(path) },
  // The suite that plays a connector's cases is shipped beside it; it is fixed, too.
  'go/runtime': { into: '', isShipped: (path) => /(?<!_test)\.go$/.test(path) || path.endsWith('wire_test.go') },
};

for (const [folder, rules] of Object.entries(folders)) {
  const output = new URL(`../src/languages/${folder}.generated.ts`, import.meta.url);
  const text = moduleText(folder, shippedFiles(new URL(`../src/languages/${folder}/`, import.meta.url), rules));
  if (!process.argv.includes('--check')) writeFileSync(output, text);
  else if (readFileSync(output, 'utf8') !== text) {
    console.error(`${folder}.generated.ts has drifted: run node scripts/generate-runtime.ts in packages/connectors.`);
    process.exitCode = 1;
  }
}

function shippedFiles(sources: URL, { into, isShipped }: Sources): { readonly path: string; readonly content: string }[] {
  return readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter(isShipped)
    .sort()
    .map((path) => ({ path: `${into}${path}`, content: readFileSync(new URL(path, sources), 'utf8') }));
}

function moduleText(folder: string, files: readonly { readonly path: string; readonly content: string }[]): string {
  const name = `${folder.split('/').at(-1)}Files`;
  return `// Written by scripts/generate-runtime.ts from src/languages/${folder}; do not edit.
export const ${name}: readonly { readonly path: string; readonly content: string }[] = ${JSON.stringify(files, null, 2)};
`;
}
