import { describe, expect, test } from 'vitest';
import type { ApiOperation } from '../model/model.ts';
import { toolNames } from './tool-names.ts';

const operation = (method: string, path: string, operationId?: string): ApiOperation => ({
  method,
  path,
  pointer: `/paths/${path}/${method}`,
  ...(operationId === undefined ? {} : { operationId }),
  tags: [],
  deprecated: false,
  parameters: [],
  responses: [],
  security: [],
  annotations: {},
});

describe('names of tools', () => {
  const operations = [
    operation('GET', '/a', 'getThing'),
    operation('GET', '/b', 'getthing'),
    operation('GET', '/c', 'getThing'),
    operation('GET', '/things/{id}/parts'),
    operation('POST', '/things/{id}/parts'),
    operation('GET', '/d', 'x'.repeat(80)),
    operation('GET', '/e', `${'x'.repeat(80)}y`),
    operation('GET', '/f', "'); process.exit(); // DROP TABLE"),
    operation('GET', '/g', '日本語'),
    operation('GET', '/日本語'),
  ];

  test('are acceptable and unique without regard to case', () => {
    const names = toolNames(operations);
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,48}$/);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  test('are the operation\u2019s id, or method and path', () => {
    expect(toolNames([operation('GET', '/a', 'repos/list-for-org')])).toEqual(['repos_list-for-org']);
    expect(toolNames(operations)[3]).toBe('get_things_id_parts');
  });

  test('stay the same when operations are reordered or selected', () => {
    const byPath = (list: ApiOperation[]) =>
      Object.fromEntries(list.map((each, index) => [each.method + each.path, toolNames(list)[index]]));
    expect(byPath([...operations].reverse())).toEqual(byPath(operations));
  });

  test('are not those that every object has', () => {
    expect(toolNames([operation('GET', '/a', 'constructor'), operation('PUT', '/b', 'toString')])).toEqual([
      'get_constructor',
      'put_toString',
    ]);
  });
});
