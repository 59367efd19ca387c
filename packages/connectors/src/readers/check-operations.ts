/**
 * What is wrong between operations, however they were described: names given twice, paths that no
 * server could tell apart, credentials that nobody declared. All of it is read and kept.
 */
import { oneLine, shorten } from '../json.ts';
import type { Issues } from '../model/issues.ts';
import type { ApiModel, ApiOperation } from '../model/model.ts';

/** Adds an issue at the operation for each of these. */
export function checkOperations(operations: readonly ApiOperation[], securitySchemes: ApiModel['securitySchemes'], issues: Issues): void {
  if (operations.length === 0) issues.add('warning', '', 'The document describes no operations.');
  const ids = new Map<string, number>();
  const shapes = new Map<string, string>();
  for (const operation of operations) {
    const { method, path, pointer, operationId } = operation;
    if (operationId !== undefined) {
      const count = (ids.get(operationId) ?? 0) + 1;
      ids.set(operationId, count);
      if (count > 1)
        issues.add('warning', pointer, `The operationId "${quoted(operationId)}" is given more than once; every operation was kept.`);
    }
    const shape = `${method} ${path.replace(/\{[^{}]*\}/g, '{}')}`;
    const twin = shapes.get(shape);
    if (twin === undefined) shapes.set(shape, path);
    else if (twin !== path)
      issues.add('warning', pointer, `The path differs from "${quoted(twin)}" in the names of its placeholders only.`);
    for (const name of operation.security.flat()) {
      if (!securitySchemes.has(name))
        issues.add('warning', pointer, `The security scheme "${quoted(name)}" is asked for and declared nowhere.`);
    }
  }
}

const quoted = (text: string): string => shorten(oneLine(text), 80);
