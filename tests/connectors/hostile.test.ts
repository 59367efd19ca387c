/**
 * A specification with code in every string stays data: in connectors of every language and target, in their
 * suites and in their documents. Its harmless twin tells what may differ; what is made is parsed, compiled and
 * run; and whatever ran on the way would have left its mark in a file or at a server.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ApiModel,
  buildModel,
  type ConnectorPlan,
  generateDocumentation,
  languages,
  planConnector,
  recogniseConnector,
  type WireCase,
  wireCases,
} from '@mcpoverflow/connectors';
import { type GeneratedFile, type Language, type Runtime, supportedRuntimes } from '@mcpoverflow/types';
import { loadAll } from 'js-yaml';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { parse as parseToml } from 'smol-toml';
import { afterAll, describe, expect, test } from 'vitest';
import { typeCheck, writeConnector } from '../support/connector-process.ts';
import { environment, installedConnector } from '../support/npm-packages.ts';
import type { WireResults } from '../support/wire-runner.ts';
import { wireRunners } from '../support/wire-runners.ts';
import { graphqlOf, introspectionOf } from './fixtures/hostile-graphql.ts';
import { collectionOf, firstCollectionOf } from './fixtures/hostile-postman.ts';
import { payloads, plainWords, specificationOf } from './fixtures/hostile-specification.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
const heard: string[] = [];
const server = createServer((incoming, outgoing) => {
  heard.push(incoming.url ?? '');
  outgoing.end();
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;
const traps = { file: join(folder, 'trapped'), url: `http://127.0.0.1:${port}` };
const hostileTexts = payloads(traps);
const name = hostileTexts.join(' ');

interface Twins {
  readonly format: string;
  readonly hostile: ApiModel;
  readonly harmless: ApiModel;
}

const twinsOf = (format: string, documentOf: (texts: readonly string[]) => unknown): Twins => {
  const modelOf = (texts: readonly string[]): ApiModel => {
    const model = buildModel(documentOf(texts));
    if (!model.ok) throw new Error(model.error.message);
    return model.value;
  };
  return { format, hostile: modelOf(hostileTexts), harmless: modelOf(plainWords(hostileTexts.length)) };
};

const openapi = twinsOf('OpenAPI', specificationOf);
const sdl = twinsOf('GraphQL', graphqlOf);
const postman = twinsOf('Postman 2.1', (texts) => collectionOf(texts, '2.1'));
const others: readonly Twins[] = [
  sdl,
  postman,
  twinsOf('GraphQL introspection', introspectionOf),
  twinsOf('Postman 2.0', (texts) => collectionOf(texts, '2.0')),
  twinsOf('Postman 1', firstCollectionOf),
];

function planOf(model: ApiModel, language: Language, runtime: Runtime, mode: 'list' | 'dynamic'): ConnectorPlan {
  const descriptions = Object.fromEntries(model.operations.map(({ operationId = '' }) => [operationId, name.slice(0, 1000)]));
  const planned = planConnector(model, { name, language, runtime, customizations: { mode, descriptions } });
  if (!planned.ok) throw new Error(planned.error.message);
  return planned.value.plan;
}

const everyLanguage: readonly Language[] = ['typescript', 'python', 'go'];
const modes = ['list', 'dynamic'] as const;
/** Of the other formats one runtime in each language: what differs between runtimes does not know the format. */
const targets = everyLanguage.flatMap((language) =>
  modes.flatMap((mode) => [
    ...supportedRuntimes(language).map((runtime) => ({ ...openapi, language, runtime, mode })),
    ...others.map((twins) => ({ ...twins, language, runtime: 'docker' as const, mode })),
  ]),
);
/** What is compiled and run. */
const suites = [openapi, sdl, postman].flatMap((twins) =>
  everyLanguage.flatMap((language) => modes.map((mode) => ({ ...twins, language, mode }))),
);
const ofSpecification = (path: string): boolean => /^(README\.md|\.env\.example|template\.yaml|.*\/operations\.(ts|json))$/.test(path);

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe.each(targets)('a connector of $format in $language for $runtime, mode $mode', ({ hostile, harmless, language, runtime, mode }) => {
  const plan = planOf(hostile, language, runtime, mode);
  const twin = planOf(harmless, language, runtime, mode);
  const files = languages[language].connectorFiles(plan);
  const twins = languages[language].connectorFiles(twin);
  const contentOf = (path: string, of: readonly GeneratedFile[] = files): string => of.find((file) => file.path === path)?.content ?? '';

  test('has every operation, and a name of plain words', () => {
    expect(plan.operations.size).toBe(hostile.operations.length);
    expect(plan.operations.size).toBeGreaterThanOrEqual(hostileTexts.length);
    expect(plan.api.name).toMatch(/^[a-z0-9-]{1,54}$/);
  });

  test('has the files of its twin, all of them inside its folder', () => {
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(twins.map(({ path }) => path));
    for (const path of paths) expect(path).toMatch(/^(?!.*\.\.)[\w.-]+(\/[\w.-]+)*$/);
  });

  test('differs from its twin in data and words alone', () => {
    const differing = files.filter(({ path, content }) => content !== contentOf(path, twins)).map(({ path }) => path);
    expect(differing.filter((path) => !ofSpecification(path))).toEqual([]);
  });

  test('has manifests and deployment files that parse as one document with the keys of its twin', () => {
    const parse = ({ path, content }: GeneratedFile): unknown => {
      if (path.endsWith('.json')) return JSON.parse(content);
      if (path.endsWith('.toml')) return parseToml(content);
      if (!path.endsWith('.yaml')) return undefined;
      const documents = loadAll(content.replaceAll(/!(Ref|GetAtt) /g, ''));
      expect(documents).toHaveLength(1);
      return documents[0];
    };
    const keysOf = (file: GeneratedFile): unknown => (ofSpecification(file.path) ? parse(file) !== null : Object.keys(parse(file) ?? {}));
    expect(files.map(keysOf)).toEqual(twins.map(keysOf));
  });

  test('has an example of its variables in which no line is more than a name or a comment', () => {
    const lines = contentOf('.env.example').split('\n');
    for (const line of lines) expect(line).toMatch(/^(|# .*|[A-Z][A-Z0-9_]*=)$/);
    expect(lines).toHaveLength(contentOf('.env.example', twins).split('\n').length);
  });

  test('has documents in which nothing of the specification is markup', () => {
    for (const { path, content } of files.filter((file) => file.path.endsWith('.md')))
      expect(tagsOf(content)).toEqual(tagsOf(contentOf(path, twins)));
  });
});

describe.each(targets)('documents of a connector of $format in $language for $runtime, mode $mode', (target) => {
  const { hostile, harmless, language, runtime, mode } = target;
  const documentsOf = (model: ApiModel): readonly GeneratedFile[] => {
    const plan = planOf(model, language, runtime, mode);
    const recognised = recogniseConnector(languages[language].connectorFiles(plan));
    expect(recognised).toEqual({ language, plan });
    return recognised === null ? [] : generateDocumentation(recognised, model);
  };

  test('are those of its twin, and nothing of the specification is markup in them', () => {
    const twins = documentsOf(harmless);
    const documents = documentsOf(hostile);
    expect(documents.map(({ path }) => path)).toEqual(twins.map(({ path }) => path));
    for (const [index, { content }] of documents.entries()) {
      const known = new Set(tagsOf(twins[index]?.content ?? ''));
      expect(tagsOf(content).filter((tag) => !known.has(tag))).toEqual([]);
    }
  });
});

/** Every tag that a reader's browser would get, links and raw HTML included. */
function tagsOf(markdown: string): readonly string[] {
  const html = micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
  return html.match(/<[^>]*>/g) ?? [];
}

const typescriptSuites = suites.filter(({ language }) => language === 'typescript');
describe.each(typescriptSuites)('a TypeScript connector of $format, mode $mode', ({ hostile, mode }) => {
  const plan = planOf(hostile, 'typescript', 'cloudflare-workers', mode);
  const files = languages.typescript.connectorFiles(plan);
  const written = writeConnector(files);
  afterAll(() => written.remove());

  test('is accepted by the compiler', async () => {
    expect(await typeCheck(written.folder)).toBe('');
  });

  test('holds exactly what the specification says, and nothing of it ran when it was loaded', () => {
    const program = `const { api, operations } = await import('./src/operations.ts');
      console.log(JSON.stringify({ api, operations: Object.entries(operations), pwned: globalThis.pwned ?? false }));`;
    const node = spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: written.folder, encoding: 'utf8' });
    expect(node.stderr).toBe('');
    expect(JSON.parse(node.stdout)).toEqual(JSON.parse(JSON.stringify({ api: plan.api, operations: [...plan.operations], pwned: false })));
  });
});

describe.each(suites)('a suite of $format in $language, mode $mode', ({ hostile, harmless, language, mode }) => {
  const plan = planOf(hostile, language, 'docker', mode);
  const { cases } = wireCases(plan, hostile);

  test('is the same program as that of its twin', () => {
    const programOf = (model: ApiModel): readonly GeneratedFile[] => {
      const made = planOf(model, language, 'docker', mode);
      // What is read as data may say anything.
      return languages[language].testFiles(made, wireCases(made, model).cases).filter(({ path }) => !/\b(cases|tools)\.json$/.test(path));
    };
    expect(programOf(hostile)).toEqual(programOf(harmless));
  });

  test('passes', async ({ skip }) => {
    const available = await wireRunners[language].available();
    if (available !== true && process.env.CI === undefined) skip(available);
    const verdicts = language === 'typescript' ? vitestVerdict(plan, cases) : await wireRunners[language].play(plan, cases);
    expect([...verdicts].filter(([, verdict]) => verdict !== true)).toEqual([]);
  });
});

/** The runner of TypeScript has a checker of its own; here it is the suite that shall run. */
function vitestVerdict(plan: ConnectorPlan, cases: readonly WireCase[]): WireResults {
  const files = languages.typescript.connectorFiles(plan);
  const written = writeConnector(
    [...files, ...languages.typescript.testFiles(plan, cases)],
    join(installedConnector(files), 'node_modules'),
  );
  const vitest = spawnSync(join(written.folder, 'node_modules/.bin/vitest'), ['run', '--reporter=dot'], {
    cwd: written.folder,
    env: { ...environment, VITEST: '', NO_COLOR: '1' },
    encoding: 'utf8',
  });
  written.remove();
  return new Map([['all', vitest.status === 0 || `${vitest.stdout}${vitest.stderr}`]]);
}

test('no payload ran', () => {
  expect(heard).toEqual([]);
  expect(existsSync(traps.file)).toBe(false);
  expect(Object.hasOwn(globalThis, 'pwned')).toBe(false);
  expect(Object.hasOwn(Object.prototype, 'type')).toBe(false);
});
