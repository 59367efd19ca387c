/**
 * Files -> the plan they were made from. A connector of this engine is data plus a fixed runtime, so its data
 * file says everything there is to know about it; in whose files no such data is found, that connector was made
 * by somebody else. What is read is checked like any input: people edit files, and strangers write them.
 */
import type { GeneratedFile, Language, Runtime } from '@mcpoverflow/types';
import * as z from 'zod';
import { isObject } from '../json.ts';
import { dynamicTools } from '../languages/dynamic-tools.ts';
import type { ConnectorPlan } from '../languages/language.ts';
import type { Annotations, Api, Body, Field, InputSchema, Operation, Parameter } from '../languages/typescript/runtime/operation.ts';
import { operationsOf } from '../languages/typescript/runtime/rows.ts';
import { parameterPlaces, parameterStyles } from '../model/model.ts';
import { readLiteral } from './read-literal.ts';

export interface RecognisedConnector {
  readonly language: Language;
  readonly plan: ConnectorPlan;
}

/** The connector in these files; null when they are none of this engine's. */
export function recogniseConnector(files: readonly GeneratedFile[]): RecognisedConnector | null {
  const runtime = runtimeOf(files);
  const found = dataOf(files);
  if (runtime === undefined || found === null) return null;
  const data = dataSchema.safeParse(found.data);
  if (!data.success || data.data.operations.size === 0) return null;
  const { api, operations } = data.data;
  // What the dynamic mode lists is the engine's own, wherever a language keeps it.
  const listed = api.mode === 'dynamic' ? { tools: dynamicTools } : {};
  return { language: found.language, plan: { api: { ...api, ...listed }, operations, runtime } };
}

/** Every runtime has a deployment file of its own; a Dockerfile may lie beside another one. */
function runtimeOf(files: readonly GeneratedFile[]): Runtime | undefined {
  const has = (path: string): boolean => files.some((file) => file.path === path);
  if (has('wrangler.toml')) return 'cloudflare-workers';
  if (has('vercel.json')) return 'vercel';
  if (has('template.yaml')) return 'lambda';
  return has('Dockerfile') ? 'docker' : undefined;
}

function dataOf(files: readonly GeneratedFile[]): { readonly language: Language; readonly data: unknown } | null {
  const module = files.find(({ path }) => path === 'src/operations.ts');
  if (module !== undefined) return { language: 'typescript', data: moduleData(module.content) };
  const json = files.find(({ path }) => /(^|\/)operations\.json$/.test(path));
  const isPython = files.some(({ path }) => path.endsWith('.py'));
  const isGo = files.some(({ path }) => path.endsWith('.go'));
  if (json === undefined || (!isPython && !isGo)) return null;
  return { language: isPython ? 'python' : 'go', data: unshared(parsed(json.content)) };
}

/** Operations of the dynamic mode may be rows whose numbers stand for what they share, as in `rows.ts`. */
function unshared(data: unknown): unknown {
  const rows = sharedRowsSchema.safeParse(data);
  if (!rows.success) return data;
  const { api, shared, operations } = rows.data;
  return {
    api,
    operations: withoutRows(
      shared.map((part) => JSON.stringify(part)),
      operations.map(({ name, ...row }) => JSON.stringify([name, row])),
    ),
  };
}

const sharedRowsSchema = z.object({
  api: z.unknown(),
  shared: z.array(z.unknown()),
  operations: z.array(z.looseObject({ name: z.string() })),
});

/** Null when a row is no JSON, or names a part that is not there. */
function withoutRows(shared: readonly string[], rows: readonly string[]): unknown {
  try {
    return operationsOf(shared, rows);
  } catch {
    return null;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const API = 'export const api: Api = ';
const OPERATIONS = 'export const operations: Operations = ';
const ROWS = 'operationsOf(';

/** Both values of a data module: literals, or the rows of the dynamic mode. */
function moduleData(text: string): unknown {
  const api = literalAfter(text, API);
  const start = text.indexOf(OPERATIONS);
  if (api === undefined || start < 0) return null;
  if (!text.startsWith(ROWS, start + OPERATIONS.length)) return { api, operations: literalAfter(text, OPERATIONS) };
  const shared = readLiteral(text, start + OPERATIONS.length + ROWS.length);
  const comma = shared === null ? -1 : text.indexOf(',', shared.end);
  const rows = comma < 0 ? null : readLiteral(text, comma + 1);
  const lists = z.tuple([textsSchema, textsSchema]).safeParse([shared?.value, rows?.value]);
  if (!lists.success) return null;
  return { api, operations: withoutRows(...lists.data) };
}

function literalAfter(text: string, declaration: string): unknown {
  const start = text.indexOf(declaration);
  return start < 0 ? undefined : readLiteral(text, start + declaration.length)?.value;
}

const textsSchema = z.array(z.string());

const credentialSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('apiKey'), in: z.enum(['header', 'query', 'cookie']), parameter: z.string(), variable: z.string() }),
  z.object({ kind: z.literal('bearer'), prefix: z.string().exactOptional(), variable: z.string() }),
  z.object({ kind: z.literal('basic'), usernameVariable: z.string(), passwordVariable: z.string() }),
]);

/** One schema for every key of the type: a key that was added there and forgotten here would not compile. */
type ShapeOf<T> = { readonly [Key in keyof Required<T>]: z.ZodType };

const apiSchema: z.ZodType<Omit<Api, 'tools'>> = z.object({
  name: z.string(),
  title: z.string(),
  version: z.string(),
  baseUrl: z.string().exactOptional(),
  instructions: z.string(),
  mode: z.literal('dynamic').exactOptional(),
  credentials: z.record(z.string(), credentialSchema),
} satisfies ShapeOf<Omit<Api, 'tools'>>);

const objectSchema = z.custom<InputSchema>((value) => isObject(value) && value.type === 'object');
const styleSchema = z.enum(parameterStyles).exactOptional();
const explodeSchema = z.boolean().exactOptional();

const parameterSchema = z.object({
  argument: z.string(),
  name: z.string().exactOptional(),
  in: z.enum(parameterPlaces),
  style: styleSchema,
  explode: explodeSchema,
  allowReserved: z.boolean().exactOptional(),
  json: z.boolean().exactOptional(),
} satisfies ShapeOf<Parameter>);

const fieldSchema = z.object({
  argument: z.string(),
  name: z.string().exactOptional(),
  style: styleSchema,
  explode: explodeSchema,
  contentType: z.string().exactOptional(),
  file: z.boolean().exactOptional(),
} satisfies ShapeOf<Field>);

const bodySchema = z.object({
  mediaType: z.string(),
  kind: z.enum(['json', 'form', 'multipart', 'text', 'binary', 'graphql']),
  required: z.boolean().exactOptional(),
  document: z.string().exactOptional(),
  argument: z.string().exactOptional(),
  fields: z.array(fieldSchema).exactOptional(),
} satisfies ShapeOf<Body>);

const operationSchema: z.ZodType<Operation> = z.object({
  title: z.string().exactOptional(),
  description: z.string(),
  method: z.string(),
  path: z.string(),
  server: z.string().exactOptional(),
  parameters: z.array(parameterSchema),
  body: bodySchema.exactOptional(),
  security: z.array(z.array(z.string())),
  inputSchema: objectSchema,
  outputSchema: objectSchema.exactOptional(),
  annotations: z.object({
    readOnlyHint: z.boolean(),
    destructiveHint: z.boolean(),
    idempotentHint: z.boolean(),
    openWorldHint: z.boolean().exactOptional(),
  } satisfies ShapeOf<Annotations>),
} satisfies ShapeOf<Operation>);

const named = z.intersection(z.object({ name: z.string() }), operationSchema);

/** Operations by name, or as a list in which each has its name. */
const operationsSchema = z.union([
  z.array(named).transform((list): ReadonlyMap<string, Operation> => new Map(list.map(({ name, ...operation }) => [name, operation]))),
  z
    .custom<object>(isObject)
    .transform((object) => new Map<string, unknown>(Object.entries(object)))
    .pipe(z.map(z.string(), operationSchema)),
]);

const dataSchema = z.object({ api: apiSchema, operations: operationsSchema });
