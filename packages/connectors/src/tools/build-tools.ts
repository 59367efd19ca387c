/**
 * Model -> tools: for every operation its name, what a model reads about it, its input schema, and the
 * row of the operations table that says how to call it.
 */
import type { Tool } from '@mcpoverflow/types';
import { oneLine, shorten, textOf } from '../json.ts';
import type { Annotations, Operation } from '../languages/typescript/runtime/operation.ts';
import { type Issues, newIssues } from '../model/issues.ts';
import type { ApiModel, ApiOperation } from '../model/model.ts';
import { projectInput } from './project-schema.ts';
import { toolInput } from './tool-input.ts';
import { toolNames } from './tool-names.ts';

/** What a tool's input schema may take when there are few (reference, rule 3). */
const MAX_SCHEMA_BYTES = 16 * 1024;
/** What all input schemas together may take: a result must fit into one KV value with both its copies. */
const ALL_SCHEMAS_BYTES = 6 * 1024 * 1024;
const ALL_DESCRIPTIONS_LENGTH = 2 * 1024 * 1024;

/**
 * More tools than this fit neither a Worker's code nor a client's list; the largest API that people do
 * connect as a whole has 1,223. What is beyond is skipped and told, and a selection brings it back.
 */
const MAX_TOOLS = 2000;

/** Fetch refuses to send these. */
const unsendableMethods = new Set(['TRACE', 'CONNECT', 'TRACK']);

export interface BuiltTools {
  /** By the name of their tool, in the document's order. */
  readonly operations: ReadonlyMap<string, Operation>;
  readonly skipped: readonly { readonly operation: string; readonly reason: string }[];
  readonly issues: Issues['list'];
}

/** `METHOD /path`, as people write it. */
export const operationLabel = (operation: Pick<ApiOperation, 'method' | 'path'>): string => `${operation.method} ${operation.path}`;

/** Builds the tools of the chosen operations. Names are taken from the whole API, so a selection renames nothing. */
export function buildTools(model: ApiModel, isSelected: (operation: ApiOperation) => boolean): BuiltTools {
  const names = toolNames(model.operations);
  const chosen = model.operations.flatMap((operation, index) => (isSelected(operation) ? [{ operation, name: names[index] ?? '' }] : []));
  const expected = Math.max(1, Math.min(MAX_TOOLS, chosen.length));
  const budget = Math.min(MAX_SCHEMA_BYTES, Math.floor(ALL_SCHEMAS_BYTES / expected));
  const descriptionLength = Math.min(1024, Math.floor(ALL_DESCRIPTIONS_LENGTH / expected));
  const issues = newIssues();
  const operations = new Map<string, Operation>();
  const skipped: { operation: string; reason: string }[] = [];
  for (const { operation, name } of chosen) {
    if (unsendableMethods.has(operation.method) || !/^[A-Z][A-Z-]*$/.test(operation.method)) {
      skipped.push({ operation: operationLabel(operation), reason: `HTTP clients on Workers cannot send the method ${operation.method}.` });
      continue;
    }
    if (operations.size >= MAX_TOOLS) {
      skipped.push({ operation: operationLabel(operation), reason: `A connector has at most ${MAX_TOOLS} tools: select endpoints.` });
      continue;
    }
    const input = toolInput(operation, model);
    const onUnresolved = (message: string) => issues.add('warning', operation.pointer, message);
    const title = textOf(operation.annotations.title) ?? operation.summary;
    operations.set(name, {
      ...(title === undefined ? {} : { title: shorten(oneLine(title), 100) }),
      description: describe(operation, descriptionLength),
      method: operation.method,
      path: operation.path,
      ...(operation.server === undefined ? {} : { server: operation.server }),
      parameters: input.parameters,
      ...(input.body === undefined ? {} : { body: input.body }),
      security: usableSecurity(operation, model),
      inputSchema: projectInput(input.properties, { model, budget, onUnresolved }),
      annotations: annotationsOf(operation),
    });
  }
  return { operations, skipped, issues: issues.list };
}

/** The tool as the job's result tells it. */
export const toTool = (name: string, operation: Operation): Tool => ({
  name,
  description: operation.description,
  method: operation.method,
  path: operation.path,
  inputSchema: operation.inputSchema,
  annotations: { ...(operation.title === undefined ? {} : { title: operation.title }), openWorldHint: true, ...operation.annotations },
});

function describe(operation: ApiOperation, length: number): string {
  const summary = oneLine(operation.summary ?? '');
  const description = (operation.description ?? '').trim();
  const parts = [
    operation.deprecated ? 'Deprecated.' : '',
    summary === '' || /[.!?]$/.test(summary) ? summary : `${summary}.`,
    description === summary ? '' : description,
  ].filter((part) => part !== '');
  return shorten(parts.join(' '), length) || `${operationLabel(operation)}.`;
}

/** Alternatives a connector can fulfil; when it can fulfil none, the API will say so better than we could. */
function usableSecurity(operation: ApiOperation, model: ApiModel): Operation['security'] {
  return operation.security.filter((alternative) =>
    alternative.every((name) => {
      const scheme = model.securitySchemes.get(name);
      return scheme !== undefined && scheme.kind !== 'unsupported';
    }),
  );
}

/** Reading methods only read; other methods may destroy unless the document says otherwise. */
function annotationsOf(operation: ApiOperation): Annotations {
  const reads = ['GET', 'HEAD', 'OPTIONS', 'QUERY'].includes(operation.method);
  const said = (hint: string, fallback: boolean): boolean => {
    const value = operation.annotations[hint];
    return typeof value === 'boolean' ? value : fallback;
  };
  return {
    readOnlyHint: said('readOnlyHint', reads),
    destructiveHint: said('destructiveHint', !reads),
    idempotentHint: said('idempotentHint', reads || operation.method === 'PUT' || operation.method === 'DELETE'),
    ...(said('openWorldHint', true) ? {} : { openWorldHint: false }),
  };
}
