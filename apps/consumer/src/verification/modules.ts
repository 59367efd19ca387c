/**
 * From a connector's files to the modules a Worker Loader takes.
 *
 * The loader resolves a bare name against the importing module's own folder, knows no TypeScript and
 * refuses import attributes. So the import graph is walked from the entry: types are stripped, every
 * import is resolved here and rewritten to an absolute path. Only what the entry reaches is loaded;
 * tests and scripts of the connector are left alone. Nothing is evaluated: the code is hostile.
 */
import { fail, type GeneratedFile, ok, type Result } from '@mcpoverflow/types';
import { parse } from 'es-module-lexer/js';
import type { Libraries } from './libraries.ts';
import { stripTypes } from './strip-types.ts';

/** What the Worker Loader is given: JavaScript or data, by absolute path without the leading slash. */
export type ConnectorModule = { readonly js: string } | { readonly json: unknown };
export interface ConnectorModules {
  readonly main: string;
  readonly modules: Readonly<Record<string, ConnectorModule>>;
}

/** Why there are no modules. `elsewhere`: nothing is wrong with the code, but it needs what only another place has. */
export interface ModulesFault {
  readonly kind: 'broken' | 'elsewhere';
  readonly message: string;
}
const broken = (message: string): Result<never, ModulesFault> => fail({ kind: 'broken', message });
const elsewhere = (message: string): Result<never, ModulesFault> => fail({ kind: 'elsewhere', message });

/** Keeps the libraries apart from the connector's own files. */
const LIBRARY_FOLDER = '.libraries';
/** Modules the runtime itself provides. */
const RUNTIME_MODULE = /^(node|cloudflare):/;
const CODE_FILE = /\.(ts|mts|js|mjs)$/;
const TYPESCRIPT_FILE = /\.(ts|mts)$/;

/**
 * Prepares every module the connector's entry reaches.
 * @returns the modules, or a sentence that names the file and what is wrong with it: a syntax error, no default
 *   export; or, as `elsewhere`, no entry, an import that leads nowhere.
 */
export function connectorModules(files: readonly GeneratedFile[], libraries: Libraries): Result<ConnectorModules, ModulesFault> {
  const sources = new Map(files.map((file) => [file.path, file.content]));
  for (const [path, source] of Object.entries(libraries.modules)) sources.set(`${LIBRARY_FOLDER}/${path}`, source);

  const main = entryOf(sources);
  if (!main.ok) return main;

  const modules: Record<string, ConnectorModule> = {};
  const waiting = [main.value];
  const reached = new Set(waiting);

  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const source = sources.get(path) ?? '';
    const prepared = prepareModule(path, source, (specifier) => resolveImport(path, specifier, sources, libraries));
    if (!prepared.ok) return prepared;
    if (path === main.value && !prepared.value.hasDefaultExport) return broken(`${path} has no default export; a Worker needs one.`);

    modules[path] = prepared.value.module;
    for (const next of prepared.value.imports) {
      if (reached.has(next)) continue;
      reached.add(next);
      waiting.push(next);
    }
  }
  return ok({ main: main.value, modules });
}

/** The Worker's entry: what its wrangler file names, else the usual place. */
function entryOf(sources: ReadonlyMap<string, string>): Result<string, ModulesFault> {
  const configuration = ['wrangler.toml', 'wrangler.json', 'wrangler.jsonc']
    .map((name) => sources.get(name))
    .find((text) => text !== undefined);
  const named = configuration?.match(/^[ \t]*"?main"?[ \t]*[=:][ \t]*["']([^"'\n]+)["']/m)?.[1];
  const entry = named === undefined ? 'src/worker.ts' : absolutePath('', named);
  return sources.has(entry) ? ok(entry) : elsewhere(`The connector has no ${entry}, which would be its entry.`);
}

interface PreparedModule {
  readonly module: ConnectorModule;
  readonly imports: readonly string[];
  readonly hasDefaultExport: boolean;
}

function prepareModule(
  path: string,
  source: string,
  resolve: (specifier: string) => string | undefined,
): Result<PreparedModule, ModulesFault> {
  if (path.endsWith('.json')) {
    const data = parseJson(source);
    return data.ok ? ok({ module: { json: data.value }, imports: [], hasDefaultExport: true }) : broken(`${path} is not valid JSON.`);
  }
  if (!CODE_FILE.test(path)) return broken(`${path} is imported, but it is neither code nor JSON.`);
  try {
    const code = TYPESCRIPT_FILE.test(path) ? stripTypes(source) : source;
    return rewriteImports(path, code, resolve);
  } catch (error) {
    return broken(`${path} cannot be read: ${error instanceof Error ? error.message : 'unknown error'}`);
  }
}

/** Gives every import the absolute path it means and drops its attributes, which the loader refuses. */
function rewriteImports(
  path: string,
  code: string,
  resolve: (specifier: string) => string | undefined,
): Result<PreparedModule, ModulesFault> {
  const [found, exported] = parse(code, path);
  const imports: string[] = [];
  let rewritten = '';
  let copied = 0;
  for (const { n: specifier, s: start, e: end, ss: statementStart, se: statementEnd, d: dynamicStart } of found) {
    if (specifier === undefined || RUNTIME_MODULE.test(specifier)) continue;
    const target = resolve(specifier);
    if (target === undefined)
      return elsewhere(`${path} imports ${JSON.stringify(specifier)}, which is neither one of its files nor a library it may use.`);
    imports.push(target);
    const address = JSON.stringify(`/${target}`);
    const isDynamic = dynamicStart >= 0;
    rewritten += isDynamic ? `${code.slice(copied, statementStart)}import(${address})` : `${code.slice(copied, start - 1)}${address}`;
    copied = statementEnd > end ? statementEnd : end + 1;
  }
  rewritten += code.slice(copied);
  return ok({ module: { js: rewritten }, imports, hasDefaultExport: exported.some((name) => name.n === 'default') });
}

/** What an import means: a library by its bare name, or a file as TypeScript's bundlers find it. */
function resolveImport(from: string, specifier: string, sources: ReadonlyMap<string, string>, libraries: Libraries): string | undefined {
  if (!specifier.startsWith('.') && !specifier.startsWith('/')) {
    const library = Object.hasOwn(libraries.entries, specifier) ? libraries.entries[specifier] : undefined;
    return library === undefined ? undefined : `${LIBRARY_FOLDER}/${library}`;
  }
  const path = absolutePath(from.split('/').slice(0, -1).join('/'), specifier);
  const withoutExtension = path.replace(/\.m?js$/, '');
  return [path, `${withoutExtension}.ts`, `${withoutExtension}.mts`, `${path}.js`, `${path}/index.ts`].find((candidate) =>
    sources.has(candidate),
  );
}

/** Joins and normalises; a path that climbs above the root stays at the root, as in a URL. */
function absolutePath(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${folder}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function parseJson(text: string): Result<unknown, 'invalid'> {
  try {
    const value: unknown = JSON.parse(text);
    return ok(value);
  } catch {
    return fail('invalid');
  }
}
