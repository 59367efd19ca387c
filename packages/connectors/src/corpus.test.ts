/**
 * Real specifications, read in place. Whatever vendors publish must come out as tools that clients
 * accept and whose calls the specification itself would accept.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { analysisSchema, connectorSchema } from '@mcpoverflow/types';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv';
import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/server/validators/cf-worker';
import { describe, expect, test } from 'vitest';
import { type ApiModel, analyze, buildModel, generateConnector, mockUpstream, readSpecification, sampleCalls } from './index.ts';
import { isObject, objectOr } from './json.ts';
import type { Api } from './languages/typescript/runtime/operation.ts';
import { buildRequest } from './languages/typescript/runtime/request.ts';
import { readSettings } from './languages/typescript/runtime/settings.ts';
import { lookUp } from './model/references.ts';
import { buildTools } from './tools/build-tools.ts';

const corpus = new URL('../../../../shared/corpus/', import.meta.url);
const isThere = existsSync(corpus);
if (!isThere) console.warn(`\n!!! ${corpus.pathname} is missing: NO real specification is tested.\n`);

test.runIf(process.env.CI !== undefined)('the corpus is there', () => expect(isThere).toBe(true));

/** An API of 10,000 operations on a machine that is busy with everything else. */
const LARGE_API_MS = 120_000;

const files = isThere ? readdirSync(corpus).filter((name) => /\.(json|yaml|graphql)$/.test(name)) : [];
const manifest = isThere ? readFileSync(new URL('MANIFEST.md', corpus), 'utf8') : '';
const api: Api = { name: 'corpus', title: 'Corpus', version: '1', instructions: '', credentials: {} };
const settings = readSettings({ BASE_URL: 'https://mock.invalid' }, api);

describe.each(files)('%s', { timeout: LARGE_API_MS }, (name) => {
  const document = documentOf(name);
  const model = modelOf(document);
  const { operations } = buildTools(model, () => true);

  test('has every operation that its manifest counts', () => {
    expect(model.operations).toHaveLength(countedIn(manifest, name));
    expect(new Set(model.operations.map(({ pointer }) => pointer)).size).toBe(model.operations.length);
  });

  test('has every parameter and body field that it declares', () => {
    const lost = model.operations.flatMap((operation) => {
      const read = new Set(operation.parameters.map((parameter) => `${parameter.in}:${parameter.name}`));
      const fields = operation.body?.media.flatMap(({ schema }) => Object.keys(objectOr(objectOr(schema).properties))) ?? [];
      if (operation.body !== undefined) read.add('body');
      for (const field of fields) read.add(`formData:${field}`);
      return declaredIn(document, operation.pointer)
        .filter((declared) => !read.has(declared))
        .map((declared) => `${operation.pointer} ${declared}`);
    });
    expect(lost).toEqual([]);
  });

  test.runIf(operations.size > 0)('has tools that take every parameter and body', () => {
    const sendable = model.operations.filter(({ method }) => method !== 'TRACE');
    const lost = [...operations].flatMap(([tool, operation], index) => {
      const source = sendable[index];
      const isLess =
        operation.parameters.length !== source?.parameters.length || (operation.body === undefined) !== (source.body === undefined);
      return isLess ? [tool] : [];
    });
    expect(lost).toEqual([]);
  });

  test('has an analysis of the declared shape', () => {
    expect(analysisSchema.safeParse(analyze(model)).error).toBeUndefined();
  });

  test.runIf(operations.size > 0)('has a connector of the declared shape, with acceptable names', () => {
    const connector = generateConnector(model, { name, language: 'typescript', runtime: 'cloudflare-workers' });
    expect(connector.ok).toBe(true);
    if (!connector.ok) return;
    expect(connectorSchema.omit({ verification: true }).safeParse(connector.value).error).toBeUndefined();
    const names = connector.value.tools.map((tool) => tool.name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });

  test.runIf(operations.size > 0)('has input schemas that compile, lead nowhere else and accept their sample call', () => {
    const validators = [new CfWorkerJsonSchemaValidator(), ...(operations.size > 50 ? [] : [new AjvJsonSchemaValidator()])];
    const complaints: string[] = [];
    const tools = [...operations].map(([tool, { inputSchema }]) => ({ name: tool, inputSchema }));
    for (const [index, call] of sampleCalls(tools).entries()) {
      const schema = tools[index]?.inputSchema ?? { type: 'object' };
      for (const reference of referencesIn(schema))
        if (lookUp(schema, reference) === undefined) complaints.push(`${call.tool}: ${reference}`);
      for (const validator of validators) {
        const verdict = validator.getValidator(schema)(call.arguments);
        if (!verdict.valid) complaints.push(`${call.tool} ${JSON.stringify(call.arguments)}: ${verdict.errorMessage}`);
      }
    }
    expect(complaints).toEqual([]);
  });

  test.runIf(operations.size > 0)('is called as it wants to be called', async () => {
    const upstream = mockUpstream(model);
    const complaints: string[] = [];
    const calls = sampleCalls([...operations].map(([tool, { inputSchema }]) => ({ name: tool, inputSchema })));
    for (const { tool, arguments: args } of calls) {
      const operation = operations.get(tool);
      if (operation === undefined) continue;
      const { request } = buildRequest(operation, args, api, settings);
      const body = request.body === null ? null : await request.text();
      const response = upstream.respond({ method: request.method, url: request.url, headers: Object.fromEntries(request.headers), body });
      if (response.status >= 400) complaints.push(`${tool} ${JSON.stringify(args)} ${request.url}: ${response.body}`);
    }
    expect(complaints).toEqual([]);
  });
});

function documentOf(name: string): unknown {
  const text = readFileSync(new URL(name, corpus), 'utf8');
  const format = name.endsWith('.json') ? 'json' : name.endsWith('.yaml') ? 'yaml' : 'graphql';
  const document = readSpecification({ text, specType: 'openapi', format });
  if (!document.ok) throw new Error(document.error.message);
  return document.value;
}

function modelOf(document: unknown): ApiModel {
  const model = buildModel(document);
  if (!model.ok) throw new Error(model.error.message);
  return model.value;
}

/** The column "ops" of the manifest's table. */
function countedIn(table: string, name: string): number {
  const row = table.split('\n').find((line) => line.startsWith(`| ${name} |`)) ?? '';
  return Number(row.split('|')[5]?.trim());
}

/** Parameters and bodies an OpenAPI or Swagger operation declares, read once more and as simply as can be. */
function declaredIn(document: unknown, pointer: string): string[] {
  if (typeof document === 'string' || !/^\/paths\//.test(pointer)) return [];
  const operation = objectOr(lookUp(document, `#${pointer}`));
  const pathItem = objectOr(lookUp(document, `#${pointer.slice(0, pointer.lastIndexOf('/'))}`));
  const lists = [pathItem.parameters, operation.parameters].filter(Array.isArray).flat();
  const declared = lists.map((parameter: unknown) => {
    const reference = isObject(parameter) ? parameter.$ref : undefined;
    return objectOr(typeof reference === 'string' ? lookUp(document, reference) : parameter);
  });
  const ignored = /^header:(accept|content-type|authorization)$/i;
  const names = declared
    .map((parameter) => (parameter.in === 'body' ? 'body' : `${parameter.in}:${parameter.name}`))
    .filter((name) => !ignored.test(name));
  // HTTP gives a body no meaning with these.
  if (/\/(get|head)$/.test(pointer)) return names.filter((name) => name !== 'body' && !name.startsWith('formData:'));
  return operation.requestBody === undefined ? names : [...names, 'body'];
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (key === '$ref' && typeof item === 'string' ? [item] : referencesIn(item)));
}
