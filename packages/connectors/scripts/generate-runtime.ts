/**
 * Writes `src/languages/typescript/runtime.generated.ts`: the connector's fixed runtime as text.
 *
 * A Worker cannot read files, so the sources in `src/languages/typescript/runtime` (checked, linted and tested as
 * what they are) travel inside the bundle. `--check` writes nothing and fails when the module has drifted.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const sources = new URL('../src/languages/typescript/runtime/', import.meta.url);
const output = new URL('../src/languages/typescript/runtime.generated.ts', import.meta.url);

/** What the generator writes anew for every connector. */
const replaced = 'operations.ts';

const files = readdirSync(sources)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== replaced)
  .sort()
  .map((name) => ({ path: `src/${name}`, content: readFileSync(new URL(name, sources), 'utf8') }));

const text = `// Written by scripts/generate-runtime.ts from src/languages/typescript/runtime; do not edit.
export const runtimeFiles: readonly { readonly path: string; readonly content: string }[] = ${JSON.stringify(files, null, 2)};
`;

if (process.argv.includes('--check')) {
  if (readFileSync(output, 'utf8') !== text) {
    console.error('runtime.generated.ts has drifted: run node scripts/generate-runtime.ts in packages/connectors.');
    process.exitCode = 1;
  }
} else {
  writeFileSync(output, text);
}
