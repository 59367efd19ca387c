import { gzipSync } from 'node:zlib';
import { agentResultSchemas, jobTypes } from '@mcpoverflow/types';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { JobInput } from '../job/job.ts';
import { baselineFiles, schemaFile } from './aids.ts';

const inputOf = (paths: object): JobInput => ({
  parameters: { specType: 'openapi', name: 'pets' },
  files: [
    {
      path: 'specification.json',
      format: 'json',
      gzip: gzipSync(JSON.stringify({ openapi: '3.1.0', info: { title: 'Pets', version: '1' }, paths })),
    },
  ],
});
const pets = inputOf({ '/pets': { get: { operationId: 'listPets', responses: {} } } });
const schemaOf = (type: (typeof jobTypes)[number]) => z.fromJSONSchema(JSON.parse(schemaFile(type).content));

test('every kind of job has a JSON Schema of its result, of the 2020-12 draft, that says what its fields mean', () => {
  for (const type of jobTypes) {
    const { path, content } = schemaFile(type);
    expect(path).toBe('result.schema.json');
    expect(JSON.parse(content)).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
    expect(content).toContain('"description"');
    expect(content).not.toContain('verification');
    expect(schemaOf(type).safeParse({}).success).toBe(false);
  }
});

test('the baseline of a connector is a whole answer once its folder is copied', async () => {
  const files = new Map((await baselineFiles('generate-connector', pets)).map(({ path, content }) => [path, content]));
  const baseline: unknown = JSON.parse(files.get('baseline.json') ?? '');
  const result = agentResultSchemas['generate-connector'].parse(baseline);
  expect(result.tools).toMatchObject([{ method: 'GET', path: '/pets' }]);
  expect(result.files.every(({ path, content }) => content === undefined && files.has(`baseline/${path}`))).toBe(true);
  expect(files.size).toBe(result.files.length + 1);
  expect(schemaOf('generate-connector').safeParse(baseline).success).toBe(true);
});

test('the baseline of an analysis is the engine’s own, with every endpoint', async () => {
  const [file, ...others] = await baselineFiles('analyze', pets);
  expect(others).toEqual([]);
  const baseline: unknown = JSON.parse(file?.content ?? '');
  expect(agentResultSchemas.analyze.parse(baseline).endpoints).toMatchObject([{ method: 'GET', path: '/pets', operationId: 'listPets' }]);
  expect(schemaOf('analyze').safeParse(baseline).success).toBe(true);
});

test('a specification that cannot be read, and work without one, have no baseline', async () => {
  const broken = { ...pets, files: [{ path: 'specification.json', format: 'json' as const, gzip: gzipSync('{') }] };
  expect(await baselineFiles('analyze', broken)).toEqual([]);
  expect(await baselineFiles('generate-connector', inputOf({}))).toEqual([]);
  expect(await baselineFiles('generate-tests', pets)).toEqual([]);
});
