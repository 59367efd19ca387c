import { expect, test } from 'vitest';
import { buildModel } from '../readers/build-model.ts';
import { planConnector } from './generate-connector.ts';
import { planCalls } from './plan-calls.ts';

test('an operation is called by its own tool, or through the one that calls any', () => {
  const parameters = [{ name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 3 } }];
  const paths = { '/a/{id}': { get: { operationId: 'getA', parameters, responses: {} } } };
  const model = buildModel({ openapi: '3.1.0', info: { title: 'T', version: '1' }, paths });
  const calls = (mode: 'list' | 'dynamic') => {
    const options = { name: 'a', language: 'typescript', runtime: 'docker', customizations: { mode } } as const;
    const planned = model.ok ? planConnector(model.value, options) : model;
    return planned.ok ? planCalls(planned.value.plan) : [];
  };
  expect(calls('list')).toEqual([{ tool: 'getA', arguments: { id: 3 } }]);
  expect(calls('dynamic')).toEqual([{ tool: 'call_operation', arguments: { operation: 'getA', arguments: { id: 3 } } }]);
});
