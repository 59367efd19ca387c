import type { GeneratedFile } from '@mcpoverflow/types';
import { describe, expect, test } from 'vitest';
import { planConnector } from '../connector/generate-connector.ts';
import type { JsonObject } from '../json.ts';
import { languages } from '../languages/index.ts';
import type { ConnectorPlan } from '../languages/language.ts';
import { buildModel } from '../readers/build-model.ts';
import { readLiteral } from './read-literal.ts';
import { recogniseConnector } from './recognise-connector.ts';

/** Texts that end literals, if anything can. */
const hostile = `'"\`\\ \u2028 \${x} */ __proto__ é`;
const file = { type: 'string', format: 'binary' };

const document = {
  openapi: '3.1.0',
  info: { title: hostile, version: '1' },
  servers: [{ url: 'https://api.example' }],
  security: [{ key: [] }, { [hostile]: [] }],
  components: {
    securitySchemes: { key: { type: 'apiKey', in: 'query', name: hostile }, [hostile]: { type: 'http', scheme: 'basic' } },
  },
  paths: {
    '/a/{id}': {
      get: {
        description: hostile,
        parameters: [
          { name: 'id', in: 'path', required: true, style: 'matrix', explode: true, schema: { enum: [hostile] } },
          { name: hostile, in: 'query', allowReserved: true, schema: { type: 'array', items: { type: 'number' }, minimum: -1.5e-9 } },
          { name: 'j', in: 'header', content: { 'application/json': { schema: {} } } },
        ],
        responses: { 200: { description: '', content: { 'application/json': { schema: { type: 'array', items: {} } } } } },
      },
      put: {
        requestBody: {
          required: true,
          content: {
            'multipart/form-data': {
              schema: { type: 'object', properties: { f: file, g: { type: 'object' } } },
              encoding: { f: { contentType: 'image/png' }, g: { style: 'deepObject', explode: true } },
            },
          },
        },
        'x-mcp-annotations': { openWorldHint: false },
        responses: {},
      },
    },
  },
};

function planOf(mode: 'list' | 'dynamic', runtime: ConnectorPlan['runtime'] = 'docker', described: JsonObject = document): ConnectorPlan {
  const model = buildModel(described);
  if (!model.ok) throw new Error(model.error.message);
  const planned = planConnector(model.value, { name: 'x', language: 'typescript', runtime, customizations: { mode } });
  if (!planned.ok) throw new Error(planned.error.message);
  return planned.value.plan;
}

const filesOf = (plan: ConnectorPlan, language: keyof typeof languages): readonly GeneratedFile[] =>
  languages[language].connectorFiles(plan);

const edited = (change: (content: string) => string): readonly GeneratedFile[] =>
  filesOf(planOf('list'), 'typescript').map((each) =>
    each.path === 'src/operations.ts' ? { ...each, content: change(each.content) } : each,
  );

describe('a connector of this engine', () => {
  test.each(['typescript', 'python', 'go'] as const)('in %s says all of its plan again', (language) => {
    for (const mode of ['list', 'dynamic'] as const) {
      const plan = planOf(mode);
      expect(recogniseConnector(filesOf(plan, language))).toEqual({ language, plan });
    }
  });

  test.each(['cloudflare-workers', 'docker', 'vercel', 'lambda'] as const)('says that it runs on %s', (runtime) => {
    expect(recogniseConnector(filesOf(planOf('list', runtime), 'typescript'))?.plan.runtime).toBe(runtime);
  });

  test('may hold schemas as deep as a specification may', () => {
    let schema: JsonObject = { type: 'object', properties: { last: { type: 'string' } } };
    for (let depth = 0; depth < 80; depth += 1) schema = { type: 'object', properties: { a: schema } };
    const body = { required: true, content: { 'application/json': { schema: { type: 'array', items: schema } } } };
    const deep = { openapi: '3.1.0', info: {}, paths: { '/a': { post: { requestBody: body, responses: {} } } } };
    const plan = planOf('list', 'docker', deep);
    expect(recogniseConnector(filesOf(plan, 'typescript'))).toEqual({ language: 'typescript', plan });
  });

  test('may have been edited by hand', () => {
    const changed = edited((content) => content.replace("runs: 'x'", '').replace("name: 'x',", "name: 'y',"));
    expect(recogniseConnector(changed)?.plan.api.name).toBe('y');
  });
});

describe('a connector of somebody else', () => {
  test.each<[what: string, files: readonly GeneratedFile[]]>([
    ['has other files', [{ path: 'src/index.ts', content: 'export default {};' }]],
    ['has no deployment', filesOf(planOf('list'), 'typescript').filter(({ path }) => path !== 'Dockerfile')],
    ['computes its data', edited((content) => content.replace(/name: 'x'/, "name: ['x'].join()"))],
    [
      'has no operations',
      edited((content) => `${content.slice(0, content.indexOf('export const operations'))}export const operations: Operations = {};`),
    ],
    ['has operations of another form', edited((content) => content.replaceAll("method: 'GET'", 'method: 7'))],
    ['ends in the middle', edited((content) => content.slice(0, -200))],
    ['nests without end', edited(() => `export const api: Api = ${'['.repeat(100_000)}`)],
  ])('%s', (_what, files) => expect(recogniseConnector(files)).toBeNull());
});

test('a literal sets no prototype', () => {
  const read = readLiteral('{ ["__proto__"]: { a: 1 }, \'b\': [1, -2.5e3, true, null,], }', 0);
  expect(Object.keys(read?.value ?? {})).toEqual(['__proto__', 'b']);
  expect(Object.getPrototypeOf(read?.value)).toBe(Object.prototype);
});
