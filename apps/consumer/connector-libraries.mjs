/**
 * Build step of the consumer Worker: bundles the libraries a generated connector may import into one
 * text file, because the Worker Loader takes source text and a Worker has no file system to read it
 * from. Shared code becomes chunks of its own, so that a class imported by two roads stays one class.
 *
 * `wrangler` runs it (`[build]` in wrangler.consumer.toml) on whatever Node the machine has, hence
 * plain JavaScript. The output is written only when it changed, so that nothing that watches it stirs.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** What a connector may import, by the name it imports it under. Agents are told the same list. */
const libraries = JSON.parse(await readFile(new URL('./src/verification/importable-libraries.json', import.meta.url), 'utf8'));

const here = dirname(fileURLToPath(import.meta.url));
const outputFile = fileURLToPath(new URL('./.generated/connector-libraries.txt', import.meta.url));

const { outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: Object.fromEntries(libraries.map((name) => [name, name])),
  outdir: here,
  write: false,
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2024',
  mainFields: ['module', 'main'],
  conditions: ['workerd', 'worker', 'browser'],
  legalComments: 'none',
});

const modules = Object.fromEntries(outputFiles.map((file) => [relative(here, file.path).replaceAll('\\', '/'), file.text]));
const text = JSON.stringify({ entries: Object.fromEntries(libraries.map((name) => [name, `${name}.js`])), modules });

const present = await readFile(outputFile, 'utf8').catch(() => '');
if (present !== text) {
  await mkdir(dirname(outputFile), { recursive: true });
  // Renamed into place: another build may be reading the file.
  const draft = `${outputFile}.${process.pid}`;
  await writeFile(draft, text);
  await rename(draft, outputFile);
}
