import { describe, expect, test } from 'vitest';
import type { Operation } from './operation.ts';
import { operationSearch } from './operation-search.ts';

const operation = (method: string, path: string, title: string, description = ''): Operation => ({
  title,
  description,
  method,
  path,
  parameters: [],
  security: [],
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
});
const search = operationSearch(
  new Map([
    ['issues_list', operation('GET', '/issues', 'List issues')],
    ['issuesListComments', operation('GET', '/issues/{id}/comments', 'List comments of an issue')],
    ['pulls_create', operation('POST', '/pulls', 'Create a pull request', 'Closes an issue when it is merged.')],
    ['größe', operation('GET', '/größe', 'Größe')],
  ]),
);
const found = (query: string, limit?: number) => search(query, limit).operations.map((each) => each.operation);

describe('the search', () => {
  test('puts what matches more words, and more of them whole, first', () => {
    expect(found('list comments')).toEqual(['issuesListComments', 'issues_list']);
    expect(found('pull')).toEqual(['pulls_create']);
  });

  test('looks into descriptions last, and takes a plural for its singular', () => {
    expect(found('issues')).toEqual(['issues_list', 'issuesListComments', 'pulls_create']);
  });

  test('tells the shorter label first where points are equal, and how many there were', () => {
    expect(search('LIST', 1)).toMatchObject({ operations: [{ operation: 'issues_list', method: 'GET', path: '/issues' }], total: 2 });
  });

  test('reads words of every script, and finds nothing for nothing', () => {
    expect(found('GRÖSSE größe')).toEqual(['größe']);
    expect(found(' -- ')).toEqual([]);
    expect(found('zebra')).toEqual([]);
  });
});
