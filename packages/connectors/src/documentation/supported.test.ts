/**
 * The tables of docs/connectors.md, found out by trying: what a format comes to, what a style looks like on the
 * wire, what a scheme sends, what runs where. The page cannot promise what the code does not do.
 *
 * `UPDATE_DOCS=1` writes them into the page.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { languages as allLanguages, runtimes, runtimeVerdicts } from '@mcpoverflow/types';
import { buildASTSchema, introspectionFromSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { planConnector } from '../connector/generate-connector.ts';
import { languages } from '../languages/index.ts';
import type { Operation, Parameter } from '../languages/typescript/runtime/operation.ts';
import { buildRequest } from '../languages/typescript/runtime/request.ts';
import { readSettings } from '../languages/typescript/runtime/settings.ts';
import type { ApiModel } from '../model/model.ts';
import { buildModel } from '../readers/build-model.ts';
import { readModel } from '../readers/read-model.ts';
import { code, table } from './markdown.ts';

const page = new URL('../../../../docs/connectors.md', import.meta.url);

const tables = { formats: formats(), styles: styles(), schemes: schemes(), runtimes: places() };

test.each(Object.entries(tables))('docs/connectors.md tells the supported %s', (name, expected) => {
  const text = readFileSync(page, 'utf8');
  const opening = `<!-- ${name} -->\n`;
  const start = text.indexOf(opening) + opening.length;
  const end = text.indexOf(`<!-- end of ${name} -->`);
  const block = `\n${expected}\n\n`;
  if (process.env.UPDATE_DOCS === undefined) expect(unaligned(text.slice(start, end))).toBe(unaligned(block));
  else writeFileSync(page, text.slice(0, start) + block + text.slice(end));
});

/** The formatter aligns columns and chooses the sign of a list; neither says anything. */
const unaligned = (text: string): string =>
  text
    .replace(/ +\|/g, ' |')
    .replace(/\| +/g, '| ')
    .replace(/-{3,}/g, '---')
    .replace(/^[*-] /gm, '- ');

function formats(): string {
  const openapi = (version: string) => ({
    openapi: version,
    info: { title: 'T', version: '1' },
    servers: [{ url: 'https://a.example' }],
    paths: { '/a': { get: { responses: {} } } },
  });
  const postman = (schema: string) => ({
    info: { name: 'T', schema },
    item: [{ name: 'a', request: { method: 'GET', url: 'https://a.example/a' } }],
  });
  const introspection = introspectionFromSchema(buildASTSchema(parse('type Query { a: Int }')));
  const tried: readonly (readonly [format: string, specType: 'openapi' | 'graphql' | 'postman', document: unknown])[] = [
    [
      'Swagger 2.0',
      'openapi',
      { swagger: '2.0', info: { title: 'T', version: '1' }, host: 'a.example', paths: { '/a': { get: { responses: {} } } } },
    ],
    ['OpenAPI 3.0', 'openapi', openapi('3.0.4')],
    ['OpenAPI 3.1', 'openapi', openapi('3.1.2')],
    ['OpenAPI 3.2', 'openapi', openapi('3.2.0')],
    ['GraphQL, SDL', 'graphql', 'type Query { a: Int }'],
    ['GraphQL, introspection', 'graphql', introspection],
    [
      'Postman v1',
      'postman',
      { id: '1', name: 'T', order: ['2'], requests: [{ id: '2', name: 'a', method: 'GET', url: 'https://a.example/a' }] },
    ],
    ['Postman v2.0', 'postman', postman('https://schema.getpostman.com/json/collection/v2.0.0/collection.json')],
    ['Postman v2.1', 'postman', postman('https://schema.getpostman.com/json/collection/v2.1.0/collection.json')],
  ];
  const rows = tried.map(([format, specType, document]) => {
    const isText = typeof document === 'string';
    const model = readModel({ text: isText ? document : JSON.stringify(document), specType, format: isText ? 'graphql' : 'json' });
    const tools = model.ok ? toolsOf(model.value) : [];
    return [format, code(specType), isText ? 'text' : specType === 'openapi' ? 'JSON, YAML' : 'JSON', tools.length === 1 ? 'yes' : 'no'];
  });
  return table(['format', '`specType`', 'as', 'becomes tools'], rows);
}

function toolsOf(model: ApiModel): readonly string[] {
  const planned = planConnector(model, { name: 't', language: 'typescript', runtime: 'docker' });
  return planned.ok ? planned.value.tools.map(({ name }) => name) : [];
}

function styles(): string {
  const values = ['a b', ['a', 'b c'], { x: 1, y: 'b&c' }];
  const places: readonly (readonly [place: Parameter['in'], style: Parameter['style'], explode: boolean])[] = [
    ...(['simple', 'label', 'matrix'] as const).flatMap((style) => [['path', style, false] as const, ['path', style, true] as const]),
    ['query', 'form', true],
    ['query', 'form', false],
    ['query', 'spaceDelimited', false],
    ['query', 'pipeDelimited', false],
    ['query', 'deepObject', true],
    ['header', 'simple', false],
    ['header', 'simple', true],
    ['cookie', 'form', true],
    ['cookie', 'form', false],
  ];
  const rows = places.map(([place, style = 'form', explode]) => [
    place,
    style,
    explode ? 'yes' : 'no',
    ...values.map((value) => code(sent({ argument: 'v', in: place, style, explode }, value))),
  ]);
  return table(['place', 'style', 'explode', ...values.map((value) => code(JSON.stringify(value)))], rows);
}

/** What of a parameter `v` is on the wire. */
function sent(parameter: Parameter, value: unknown): string {
  const operation: Operation = {
    description: '',
    method: 'GET',
    path: parameter.in === 'path' ? '/{v}' : '/',
    parameters: [parameter],
    security: [],
    inputSchema: { type: 'object' },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
  };
  const api = { name: 't', title: 'T', version: '1', baseUrl: 'https://a.example', instructions: '', credentials: {} };
  const { request } = buildRequest(operation, { v: value }, api, readSettings({}, api));
  const url = new URL(request.url);
  if (parameter.in === 'header') return request.headers.get('v') ?? '';
  return parameter.in === 'cookie' ? (request.headers.get('cookie') ?? '') : `${url.pathname}${url.search}`;
}

function schemes(): string {
  const tried: readonly (readonly [name: string, scheme: Record<string, unknown>])[] = [
    ['API key in a header', { type: 'apiKey', in: 'header', name: 'X-Key' }],
    ['API key in the query', { type: 'apiKey', in: 'query', name: 'key' }],
    ['API key in a cookie', { type: 'apiKey', in: 'cookie', name: 'key' }],
    ['HTTP basic', { type: 'http', scheme: 'basic' }],
    ['HTTP bearer', { type: 'http', scheme: 'bearer' }],
    ['OAuth 2.0', { type: 'oauth2', flows: {} }],
    ['OpenID Connect', { type: 'openIdConnect', openIdConnectUrl: 'https://a.example' }],
    ['HTTP digest', { type: 'http', scheme: 'digest' }],
    ['Mutual TLS', { type: 'mutualTLS' }],
  ];
  const rows = tried.map(([name, scheme]) => {
    const model = buildModel({
      openapi: '3.1.0',
      info: { title: 'T', version: '1' },
      servers: [{ url: 'https://a.example' }],
      components: { securitySchemes: { auth: scheme } },
      security: [{ auth: [] }],
      paths: { '/': { get: { operationId: 'a', responses: {} } } },
    });
    const planned = model.ok ? planConnector(model.value, { name: 't', language: 'typescript', runtime: 'docker' }) : model;
    const operation = planned.ok ? planned.value.plan.operations.get('a') : undefined;
    if (!planned.ok || operation === undefined) return [name, 'no', ''];
    const { api } = planned.value.plan;
    const variables = Object.values(api.credentials).flatMap(({ kind: _, ...rest }) =>
      Object.entries(rest).flatMap(([key, value]) => (/variable$/i.test(key) ? [value] : [])),
    );
    const environment = Object.fromEntries(variables.map((variable) => [variable, `<${variable}>`]));
    const { request } = buildRequest(operation, {}, api, readSettings(environment, api));
    const headers = ['authorization', 'x-key', 'cookie'].flatMap((header) => {
      const value = request.headers.get(header);
      return value === null ? [] : [`${header}: ${decodeURIComponent(value)}`];
    });
    const whole = [...headers, decodeURIComponent(new URL(request.url).search)].filter((part) => part !== '').join(' ');
    return [
      name,
      variables.map((variable) => code(variable)).join(', ') || 'none',
      whole === '' ? 'nothing: the API will refuse' : code(whole),
    ];
  });
  return table(['scheme, here called `auth`', 'variables', 'sent'], rows);
}

function places(): string {
  const rows = allLanguages.map((language) => [
    language,
    languages[language].testFramework,
    ...runtimes.map((runtime) => (runtimeVerdicts[language][runtime] === true ? 'yes' : 'no')),
  ]);
  const reasons = allLanguages.flatMap((language) =>
    runtimes.map((runtime) => runtimeVerdicts[language][runtime]).filter((verdict) => verdict !== true),
  );
  return [table(['language', 'tests', ...runtimes], rows), reasons.map((reason) => `* ${reason}`).join('\n')].join('\n\n');
}
