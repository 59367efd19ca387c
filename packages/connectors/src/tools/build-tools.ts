/**
 * Model -> tools: for every operation its name, what a model reads about it, its schemas, and the row of
 * the operations table that says how to call it.
 */
import type { Runtime, Tool } from '@mcpoverflow/types';
import { objectOr, oneLine, shorten, textOf } from '../json.ts';
import type { Annotations, Operation, Parameter } from '../languages/typescript/runtime/operation.ts';
import { type Issues, newIssues } from '../model/issues.ts';
import type { ApiModel, ApiOperation } from '../model/model.ts';
import type { References } from '../model/references.ts';
import { isJsonMedia } from './media-types.ts';
import { isReadOnly, operationLabel } from './operation-facts.ts';
import { plainText } from './plain-text.ts';
import { type KnownProjections, projectInput, projectOutput } from './project-schema.ts';
import { sharing } from './sharing.ts';
import { toolInput, unwritableBody } from './tool-input.ts';
import { toolNames } from './tool-names.ts';

/** What a tool's input schema may take when there are few (reference, rule 3), and what an output schema may. */
const MAX_SCHEMA_BYTES = 16 * 1024;
const MAX_OUTPUT_BYTES = 8 * 1024;
/** However many there are, a schema may say this much. */
const MIN_SCHEMA_BYTES = 256;
/** What all schemas of a kind together may take: a result must fit into one KV value with both its copies. */
const ALL_SCHEMAS_BYTES = 3 * 1024 * 1024;
const ALL_DESCRIPTIONS_LENGTH = 1.5 * 1024 * 1024;

/** Method and path of an operation that is skipped. */
const MAX_LABEL = 500;

/** Nobody fills in more, and what a suite tries of an operation grows with their square. */
const MAX_PARAMETERS = 1000;

/** Fetch refuses to send these. */
const unsendableMethods = new Set(['TRACE', 'CONNECT', 'TRACK']);

/** Workers refuse to send any other (workerd, `KJ_HTTP_FOR_EACH_METHOD` of kj/compat/http.h). */
const workersMethods = new Set(
  'GET HEAD POST PUT DELETE PATCH PURGE OPTIONS COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH UNLOCK ACL REPORT MKACTIVITY CHECKOUT MERGE M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE QUERY BAN'.split(
    ' ',
  ),
);

/** Whether a connector that runs on Workers can send the method. */
export const isSentByWorkers = (method: string): boolean => workersMethods.has(method);

export interface BuiltTools {
  /** By the name of their tool, in the document's order. */
  readonly operations: ReadonlyMap<string, Operation>;
  readonly skipped: readonly { readonly operation: string; readonly reason: string }[];
  readonly issues: Issues['list'];
}

/** What a connector's data can hold, and still be loaded by a Worker. */
export const MAX_OPERATIONS = 20_000;

export interface ToolShape {
  /** Operations beyond this many are skipped and told. */
  readonly maxOperations: number;
  readonly outputSchemas: boolean;
  readonly refs: 'inline' | 'defs';
  /** Names and descriptions of a caller's own, by the operation's pointer. */
  readonly names: ReadonlyMap<string, string>;
  readonly descriptions: ReadonlyMap<string, string>;
  /** Operations that cannot be sent from there are skipped and told. */
  readonly runtime?: Runtime;
}

const unshaped: ToolShape = {
  maxOperations: MAX_OPERATIONS,
  outputSchemas: true,
  refs: 'inline',
  names: new Map(),
  descriptions: new Map(),
};

/**
 * Builds the tools of the chosen operations. Names are taken from the whole API, so a selection renames
 * nothing but what it asks to rename.
 */
export function buildTools(model: ApiModel, isSelected: (operation: ApiOperation) => boolean, wanted: Partial<ToolShape> = {}): BuiltTools {
  const shape = { ...unshaped, ...wanted };
  const names = toolNames(model.operations, shape.names);
  const chosen = model.operations.flatMap((operation, index) => (isSelected(operation) ? [{ operation, name: names[index] ?? '' }] : []));
  const expected = Math.max(1, Math.min(shape.maxOperations, chosen.length));
  const inputBudget = sharedBudget(expected, MAX_SCHEMA_BYTES);
  const outputBudget = sharedBudget(expected, MAX_OUTPUT_BYTES);
  const descriptionLength = Math.min(1024, Math.floor(ALL_DESCRIPTIONS_LENGTH / expected));
  const shareParameter = sharing<Parameter>();
  const known: KnownProjections = new Map();
  const shareAnnotations = sharing<Annotations>();
  const issues = newIssues();
  const operations = new Map<string, Operation>();
  const skipped: { operation: string; reason: string }[] = [];
  const skip = (operation: ApiOperation, reason: string): void => {
    skipped.push({ operation: shorten(oneLine(operationLabel(operation)), MAX_LABEL), reason });
  };
  for (const { operation, name } of chosen) {
    const refusal = unsendable(operation, model.references) ?? unsendableFrom(shape.runtime, operation);
    if (refusal !== undefined) {
      skip(operation, refusal);
      continue;
    }
    if (operations.size >= shape.maxOperations) {
      const reason = `This connector has at most ${shape.maxOperations} tools: select endpoints, or let it be dynamic.`;
      skip(operation, reason);
      continue;
    }
    const input = toolInput(operation, model);
    for (const loss of input.losses) issues.add('info', operation.pointer, loss);
    const security = usableSecurity(operation, model);
    const closed = closedBy(security, model);
    if (closed !== undefined) issues.add('warning', operation.pointer, closed);
    const context = {
      model,
      known,
      ...(shape.refs === 'defs' ? { references: 'define' as const } : {}),
      onUnresolved: (message: string) => issues.add('warning', operation.pointer, message),
    };
    const inputSchema = inputBudget((budget) => projectInput(input.properties, { ...context, budget }));
    const answer = shape.outputSchemas ? successSchema(operation) : undefined;
    const outputSchema = answer === undefined ? undefined : outputBudget((budget) => projectOutput(answer, { ...context, budget }));
    const title = textOf(operation.annotations.title) ?? operation.summary;
    operations.set(name, {
      ...(title === undefined ? {} : { title: shorten(oneLine(title), 100) }),
      description: shape.descriptions.get(operation.pointer) ?? describe(operation, descriptionLength),
      method: operation.method,
      path: operation.path,
      ...(operation.server === undefined ? {} : { server: operation.server }),
      parameters: input.parameters.map(shareParameter),
      ...(input.body === undefined ? {} : { body: input.body }),
      security,
      inputSchema,
      ...(outputSchema === undefined ? {} : { outputSchema }),
      annotations: shareAnnotations(annotationsOf(operation)),
    });
  }
  return { operations, skipped, issues: issues.list };
}

/** Why no connector can send the operation, however few there are; undefined when one can. */
export function unsendable(operation: ApiOperation, references: References): string | undefined {
  if (unsendableMethods.has(operation.method) || !/^[A-Z][A-Z-]*$/.test(operation.method))
    return `HTTP clients cannot send the method ${shorten(oneLine(operation.method), 40)}.`;
  const parameters = operation.parameters.length + countVariables(operation);
  if (parameters > MAX_PARAMETERS) return `It has ${parameters} parameters, and a tool takes at most ${MAX_PARAMETERS}.`;
  if (climbs(operation.path)) return 'Its path has the segment "." or "..", which clients resolve before they send it.';
  return unwritableBody(operation, references);
}

const unsendableFrom = (runtime: Runtime | undefined, { method }: ApiOperation): string | undefined =>
  runtime !== 'cloudflare-workers' || isSentByWorkers(method)
    ? undefined
    : `Workers cannot send the method ${shorten(oneLine(method), 40)}; connectors for other runtimes can.`;

/** A variable of GraphQL is an argument of its own, however many there are. */
const countVariables = ({ graphql, body }: ApiOperation): number =>
  graphql === undefined ? 0 : Object.keys(objectOr(objectOr(body?.media[0]?.schema).properties)).length;

/** Escaped or not, such a segment would lead to another operation (RFC 3986, section 5.2.4). */
const climbs = (path: string): boolean => /(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path.split(/[?#]/)[0] ?? '');

/**
 * Hands out budgets that together stay within the bound: an operation may take several times its equal share
 * of what is left, because most take less.
 */
function sharedBudget(expected: number, most: number) {
  let bytesLeft = ALL_SCHEMAS_BYTES;
  let operationsLeft = expected;
  return <Schema>(project: (budget: number) => Schema): Schema => {
    const share = Math.floor((4 * bytesLeft) / Math.max(1, operationsLeft));
    const schema = project(Math.min(most, Math.max(MIN_SCHEMA_BYTES, share)));
    bytesLeft = Math.max(0, bytesLeft - (JSON.stringify(schema)?.length ?? 0));
    operationsLeft -= 1;
    return schema;
  };
}

/** The schema of the first success that is JSON; the answer of a GraphQL operation is in the document's own words. */
function successSchema(operation: ApiOperation): unknown {
  const successes = operation.responses.filter(({ status }) => /^2(\d\d|XX)$/i.test(status));
  return successes.flatMap(({ media }) => media).find(({ mediaType }) => isJsonMedia(mediaType))?.schema;
}

/** The tool as the job's result tells it. */
export const toTool = (name: string, operation: Operation): Tool => ({
  name,
  description: operation.description,
  method: operation.method,
  path: operation.path,
  inputSchema: operation.inputSchema,
  ...(operation.outputSchema === undefined ? {} : { outputSchema: operation.outputSchema }),
  annotations: { ...(operation.title === undefined ? {} : { title: operation.title }), openWorldHint: true, ...operation.annotations },
});

function describe(operation: ApiOperation, length: number): string {
  const label = operationLabel(operation);
  const summary = oneLine(plainText(operation.summary ?? ''));
  const description = plainText(operation.description ?? '').trim();
  const parts = [
    isName(`${summary}${description === summary ? '' : description}`, operation) ? `${label}.` : '',
    operation.deprecated ? 'Deprecated.' : '',
    summary === '' || /[.!?]$/.test(summary) ? summary : `${summary}.`,
    description === summary ? '' : description,
  ].filter((part) => part !== '');
  return shorten(parts.join(' '), length) || `${label}.`;
}

/** Whether a text is one word, and that the operation's name, which says nothing of what it does. */
function isName(text: string, { operationId = '' }: ApiOperation): boolean {
  const letters = (word: string): string => word.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
  return text !== '' && !/\s/.test(text) && letters(text) === letters(operationId);
}

/**
 * Alternatives a connector can fulfil; when it can fulfil none, what the first one lacks: an operation that wants
 * what cannot be sent is not one that wants nothing.
 */
export function usableSecurity({ security }: ApiOperation, model: ApiModel): Operation['security'] {
  const usable = security
    .filter((alternative) => alternative.every((name) => canSend(name, model)))
    .map((alternative) => withOneAuthorization(alternative, model));
  const [first] = security;
  return usable.length > 0 || first === undefined ? usable : [first.filter((name) => !canSend(name, model))];
}

/** A request has one `Authorization`: of schemes that share it, such as two flows of OAuth for one token, the first fills it. */
function withOneAuthorization(alternative: readonly string[], { securitySchemes }: ApiModel): readonly string[] {
  const fillsIt = (name: string): boolean => {
    const scheme = securitySchemes.get(name);
    return scheme?.kind !== 'apiKey' || (scheme.in === 'header' && scheme.parameter.toLowerCase() === 'authorization');
  };
  const first = alternative.find(fillsIt);
  return alternative.filter((name) => name === first || !fillsIt(name));
}

/** Whether a connector can send what the scheme asks for. */
export function canSend(name: string, model: ApiModel): boolean {
  const scheme = model.securitySchemes.get(name);
  return scheme !== undefined && scheme.kind !== 'unsupported';
}

/** What is told of an operation whose credentials cannot be sent; undefined when they can, or it asks for none. */
function closedBy(security: Operation['security'], model: ApiModel): string | undefined {
  const [lacking = []] = security;
  if (lacking.every((name) => canSend(name, model))) return undefined;
  const schemes = lacking.map((name) => `"${shorten(oneLine(name), 60)}"`).join(', ');
  return `A connector cannot send what this asks for (${schemes}): it is called without credentials.`;
}

/** What clients are told before they let a model call: reading methods only read; other methods may destroy unless the document says otherwise. */
export function annotationsOf(operation: ApiOperation): Annotations {
  const reads = isReadOnly(operation);
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
