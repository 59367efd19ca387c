/**
 * The MCP server: lists the operations as tools and calls the API for them.
 *
 * What the model did wrong and what the API refused are results with `isError` and a text to act on;
 * only an unknown tool or cursor is a protocol error. Validators are made when a tool is first called
 * and kept: compiling a thousand schemas per request would cost more than the call.
 */
import { type CallToolResult, ProtocolError, ProtocolErrorCode, Server, type Tool } from '@modelcontextprotocol/server';
import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/server/validators/cf-worker';
import { answerOf, failure, told } from './answer.ts';
import { nextPage } from './next-page.ts';
import type { Api, InputSchema, Operation, Operations } from './operation.ts';
import { operationSearch } from './operation-search.ts';
import { type Arguments, buildRequest, isRounded, UnusableArguments } from './request.ts';
import { type Clockwork, RefusedRedirect, send } from './send.ts';
import type { Settings } from './settings.ts';
import { isRecord } from './style.ts';

/** Tools of one `tools/list` answer. */
const PAGE_SIZE = 100;

export interface Catalogue {
  readonly api: Api;
  /** What is listed. */
  readonly tools: readonly Tool[];
  readonly byName: ReadonlyMap<string, Operation>;
  readonly search: ReturnType<typeof operationSearch>;
  /** The value's fault in words, or null when it fits the schema. */
  complaint(schema: InputSchema, value: unknown): string | null;
}

/** Everything about the tools that requests share. */
export function catalogueOf(api: Api, operations: Operations): Catalogue {
  const validators = new Map<InputSchema, ReturnType<CfWorkerJsonSchemaValidator['getValidator']>>();
  const provider = new CfWorkerJsonSchemaValidator();
  const byName = new Map(Object.entries(operations));
  return {
    api,
    tools: api.tools ?? [...byName].map(([name, operation]) => toolOf(name, operation)),
    byName,
    search: operationSearch(byName),
    complaint(schema, value) {
      const validate = validators.get(schema) ?? provider.getValidator(withoutFormats(schema));
      validators.set(schema, validate);
      const verdict = validate(withoutPrototypes(value));
      // The library says "at least" where there are too many, too.
      return verdict.valid ? null : verdict.errorMessage.replace(/does not have at least (\d+ p)/g, 'has fewer or more than $1');
    },
  };
}

function toolOf(name: string, { title, description, inputSchema, outputSchema, annotations }: Operation): Tool {
  return {
    name,
    title,
    description,
    inputSchema,
    outputSchema,
    annotations: { title, openWorldHint: true, ...annotations },
  };
}

/** Formats are for the API to judge: what vendors call a date or an address is often more, and no two validators agree. */
const withoutFormats = (schema: InputSchema): InputSchema =>
  JSON.parse(
    JSON.stringify(schema, function (this: object, keyword, value) {
      // Without a type beside it, it is a member of a value that is listed.
      return keyword === 'format' && typeof value === 'string' && 'type' in this ? undefined : value;
    }),
  );

/** The validator asks for members with `in`, and would find an argument `constructor` that nobody gave. */
const withoutPrototypes = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, item) => (isRecord(item) ? Object.setPrototypeOf(item, null) : item));

/** What calls of tools share. */
interface Context {
  readonly catalogue: Catalogue;
  readonly settings: Settings;
  readonly clockwork: Clockwork;
}

/** A server for one request. */
export function createServer(catalogue: Catalogue, settings: Settings, clockwork: Clockwork): Server {
  const { api } = catalogue;
  const server = new Server(
    { name: api.name, title: api.title, version: api.version },
    { capabilities: { tools: {} }, instructions: api.instructions },
  );
  const context: Context = { catalogue, settings, clockwork };
  const handle = api.mode === 'dynamic' ? useDynamicTool : useOperation;
  server.setRequestHandler('tools/list', (request) => page(catalogue.tools, request.params?.cursor));
  server.setRequestHandler('tools/call', async ({ params: { name, arguments: args = {} } }) =>
    isRounded(args) ? failure('A whole number beyond 9007199254740991 cannot be sent exactly.') : handle(name, args, context),
  );
  return server;
}

function page(tools: readonly Tool[], cursor: string | undefined): { tools: Tool[]; nextCursor: string | undefined } {
  const start = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isSafeInteger(start) || start < 0 || start > tools.length)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Unknown cursor');
  const end = start + PAGE_SIZE;
  return { tools: tools.slice(start, end), nextCursor: end < tools.length ? String(end) : undefined };
}

async function useOperation(name: string, args: Arguments, context: Context): Promise<CallToolResult> {
  const operation = context.catalogue.byName.get(name);
  if (operation === undefined) throw unknownTool(name);
  return call(operation, args, context);
}

async function useDynamicTool(name: string, args: Arguments, context: Context): Promise<CallToolResult> {
  const { catalogue } = context;
  const tool = catalogue.api.tools?.find((each) => each.name === name);
  if (tool === undefined) throw unknownTool(name);
  const complaint = catalogue.complaint(tool.inputSchema, args);
  if (complaint !== null) return unfit(complaint);
  if (tool.name === 'search_operations') {
    const limit = typeof args.limit === 'number' ? args.limit : undefined;
    return told(JSON.stringify(catalogue.search(String(args.query), limit)));
  }
  const operation = catalogue.byName.get(String(args.operation));
  if (operation === undefined) return failure('There is no such operation. Find its name with search_operations.');
  if (tool.name === 'call_operation') return call(operation, isRecord(args.arguments) ? args.arguments : {}, context);
  const { title, description, method, path, inputSchema, annotations } = operation;
  return told(JSON.stringify({ operation: args.operation, title, description, method, path, inputSchema, annotations }));
}

const unknownTool = (name: string) => new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${name}`);
const unfit = (complaint: string) => failure(`The arguments do not fit the tool's schema: ${complaint}`);

async function call(operation: Operation, args: Arguments, { catalogue, settings, clockwork }: Context): Promise<CallToolResult> {
  const complaint = catalogue.complaint(operation.inputSchema, args);
  if (complaint !== null) return unfit(complaint);
  try {
    const { request, missingCredentials } = buildRequest(operation, args, catalogue.api, settings);
    const response = await send(request, settings.timeoutMs, clockwork);
    const answer = await answerOf(response, {
      maxLength: settings.maxAnswerLength,
      missingCredentials,
      method: operation.method,
      graphql: operation.body?.kind === 'graphql',
    });
    if (answer.result.isError === true) return answer.result;
    const next = nextPage(response.headers.get('Link'), operation, args);
    if (next !== undefined) answer.result.content.push(...told(next).content);
    if (catalogue.api.mode === 'dynamic' || operation.outputSchema === undefined) return answer.result;
    return { ...answer.result, structuredContent: conforming(answer.json, operation.outputSchema, catalogue) };
  } catch (error) {
    if (error instanceof UnusableArguments || error instanceof RefusedRedirect) return failure(error.message);
    if (error instanceof Error && error.name === 'TimeoutError') return failure(`The API did not answer within ${settings.timeoutMs} ms.`);
    // The message of a failed fetch can hold the URL, and with it a key.
    return failure('The API could not be reached.');
  }
}

/**
 * The answer as the output schema promises it. What an API answers beyond its specification is no reason to
 * fail a good answer: fields and items of lists that do not fit are left out here and still stand in the text beside.
 */
function conforming(answer: unknown, schema: InputSchema, catalogue: Catalogue): Record<string, unknown> {
  if (answer === undefined) return {};
  const value = isRecord(answer) ? answer : { result: answer };
  const fits = (part: object): boolean => catalogue.complaint(schema, part) === null;
  if (fits(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, item]): [string, unknown] => [
        name,
        Array.isArray(item) && !fits({ [name]: item }) ? item.filter((each) => fits({ [name]: [each] })) : item,
      ])
      .filter(([name, item]) => fits({ [name]: item })),
  );
}
