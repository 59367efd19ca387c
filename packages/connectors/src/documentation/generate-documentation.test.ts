import { describe, expect, test } from 'vitest';
import { planConnector } from '../connector/generate-connector.ts';
import { languages } from '../languages/index.ts';
import { buildModel } from '../readers/build-model.ts';
import { generateDocumentation } from './generate-documentation.ts';

/** Markup in a place where a specification's author writes words. */
const hostile = '# <img src=x onerror=y> [a](javascript:b) ![c](https://evil.example) | `d` ``` https://evil.example www.evil.example';

function pagesOf(more: Record<string, unknown> = {}, mode: 'list' | 'dynamic' = 'list') {
  const model = buildModel({
    openapi: '3.1.0',
    info: { title: 'Pets', version: '1' },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{ token: [] }],
    paths: {
      '/pets/{id}': {
        delete: {
          operationId: 'deletePet',
          summary: 'Delete a pet',
          parameters: [{ name: 'id', in: 'path', required: true, description: 'Which pet', schema: { type: 'integer' } }],
          responses: { 204: { description: 'Gone' }, 404: { description: 'No such pet' } },
        },
      },
    },
    ...more,
  });
  const planned = model.ok
    ? planConnector(model.value, { name: 'pets', language: 'python', runtime: 'docker', customizations: { mode } })
    : model;
  if (!model.ok || !planned.ok) throw new Error('The specification cannot be used.');
  const files = generateDocumentation({ language: 'python', plan: planned.value.plan }, model.value);
  return { plan: planned.value.plan, page: (path: string) => files.find((file) => file.path === path)?.content ?? '' };
}

describe('the documentation of a connector', () => {
  const { plan, page } = pagesOf();

  test('is the README of the connector and more, so that one may be unpacked over the other', () => {
    const own = languages.python.connectorFiles(plan).find(({ path }) => path === 'README.md')?.content ?? '';
    expect(page('README.md').startsWith(own.trimEnd())).toBe(true);
    for (const name of ['tools', 'clients', 'deployment', 'troubleshooting']) expect(page('README.md')).toContain(`(docs/${name}.md)`);
  });

  test('says how it is started and what it needs', () => {
    expect(page('README.md')).toContain('.venv/bin/python -m connector');
    expect(page('README.md')).toContain('`TOKEN`');
  });

  test('has every tool with its arguments, an example and how it may fail', () => {
    const tools = page('docs/tools.md');
    expect(tools).toContain('## `deletePet`');
    expect(tools).toContain('| `id` | `integer` | yes | Which pet |');
    expect(tools).toContain('It may change or delete. Calling it again changes nothing more.');
    expect(tools).toContain('"arguments": {\n    "id": 1\n  }');
    expect(tools).toContain('| `404` | No such pet |');
  });

  test('says the operation of a tool that has no words of its own once', () => {
    const tools = pagesOf({ paths: { '/x': { get: { operationId: 'x', responses: {} } } } }).page('docs/tools.md');
    expect(tools.split('GET /x')).toHaveLength(2);
    expect(tools).toContain('`GET /x`. It only reads.\n\nIt takes no arguments.');
  });

  test('has configuration that clients can read', () => {
    const blocks = [...page('docs/clients.md').matchAll(/```json\n([\s\S]*?)\n```/g)].map(([, text]) => JSON.parse(text ?? ''));
    const url = 'http://localhost:3000/mcp';
    expect(blocks).toEqual([
      { mcpServers: { pets: { type: 'http', url, headers: { Authorization: expect.stringContaining('CONNECTOR_TOKEN') } } } },
      { mcpServers: { pets: { command: 'npx', args: expect.arrayContaining([url]), env: expect.anything() } } },
      { mcpServers: { pets: { url, headers: expect.anything() } } },
      { inputs: [expect.objectContaining({ id: 'connector-token' })], servers: { pets: expect.objectContaining({ type: 'http', url }) } },
    ]);
  });

  test('says how it is deployed, and what to do when something fails', () => {
    expect(page('docs/deployment.md')).toContain('docker build');
    expect(page('docs/deployment.md')).toContain('Set `BASE_URL`');
    expect(page('docs/troubleshooting.md')).toContain('“The API could not be reached”');
  });

  test('tells of the three tools of the dynamic mode', () => {
    const tools = pagesOf({}, 'dynamic').page('docs/tools.md');
    expect(tools).toContain('| `search_operations` |');
    expect(tools).toContain('"operation": "deletePet"');
  });
});

test('nothing of a specification is markup in its documentation', () => {
  const operation = {
    summary: hostile,
    description: hostile,
    parameters: [{ name: hostile, in: 'query', description: hostile, schema: { type: 'string', enum: [hostile] } }],
    responses: { 404: { description: hostile } },
  };
  const { page } = pagesOf({ info: { title: hostile, version: hostile }, paths: { [`/${hostile}`]: { get: operation } } });
  for (const path of ['README.md', 'docs/tools.md', 'docs/clients.md', 'docs/deployment.md', 'docs/troubleshooting.md']) {
    // What is code is no markup; what is escaped is none either.
    const prose = page(path)
      .replace(/^(`{3,})[\s\S]*?^\1$/gm, '')
      .replace(/(`+)[^`][\s\S]*?[^`]\1(?!`)/g, '')
      .replace(/\\[!-/:-@[-`{-~]/g, '');
    expect(prose).not.toMatch(/<|javascript:|!\[|:\/\/|www\./);
  }
});
