/**
 * Real specifications, read in place. Whatever vendors publish must come out as tools that clients
 * accept and whose calls the specification itself would accept.
 */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { analysisSchema, connectorSchema } from '@mcpoverflow/types';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv';
import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/server/validators/cf-worker';
import { describe, expect, test } from 'vitest';
import { type ApiModel, analyze, buildModel, generateConnector, mockUpstream, readSpecification, sampleCalls } from './index.ts';
import type { Api } from './languages/typescript/runtime/operation.ts';
import { buildRequest } from './languages/typescript/runtime/request.ts';
import { readSettings } from './languages/typescript/runtime/settings.ts';
import { lookUp } from './model/references.ts';
import { buildTools } from './tools/build-tools.ts';

const corpus = new URL('../../../../shared/corpus/', import.meta.url);
const isThere = existsSync(corpus);
if (!isThere) console.warn(`\n!!! ${corpus.pathname} is missing: NO real specification is tested.\n`);

test.runIf(process.env.CI !== undefined)('the corpus is there', () => expect(isThere).toBe(true));

const files = isThere ? readdirSync(corpus).filter((name) => /\.(json|yaml)$/.test(name)) : [];
const api: Api = { name: 'corpus', title: 'Corpus', version: '1', instructions: '', credentials: {} };
const settings = readSettings({ BASE_URL: 'https://mock.invalid' }, api);

describe.each(files.filter(isOpenApi3))('%s', (name) => {
  const model = modelOf(name);
  const { operations } = buildTools(model, () => true);

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

function isOpenApi3(name: string): boolean {
  const head = Buffer.alloc(4000);
  const file = openSync(new URL(name, corpus), 'r');
  readSync(file, head);
  closeSync(file);
  return /^\s*(\{\s*)?"?openapi"?\s*:\s*["']?3\./m.test(head.toString());
}

function modelOf(name: string): ApiModel {
  const text = readFileSync(new URL(name, corpus), 'utf8');
  const document = readSpecification({ text, specType: 'openapi', format: name.endsWith('.json') ? 'json' : 'yaml' });
  if (!document.ok) throw new Error(document.error.message);
  const model = buildModel(document.value);
  if (!model.ok) throw new Error(model.error.message);
  return model.value;
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (key === '$ref' && typeof item === 'string' ? [item] : referencesIn(item)));
}
