/**
 * The MCP server: lists the operations as tools and calls the API for them.
 *
 * What the model did wrong and what the API refused are results with `isError` and a text to act on;
 * only an unknown tool or cursor is a protocol error. Validators are made when a tool is first called
 * and kept: compiling a thousand schemas per request would cost more than the call.
 */
import { type CallToolResult, ProtocolError, ProtocolErrorCode, Server, type Tool } from '@modelcontextprotocol/server';
import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/server/validators/cf-worker';
import { answerOf, failure } from './answer.ts';
import type { Api, Operation, Operations } from './operation.ts';
import { type Arguments, buildRequest, UnusableArguments } from './request.ts';
import { type Clockwork, RefusedRedirect, send } from './send.ts';
import type { Settings } from './settings.ts';

/** Tools of one `tools/list` answer. */
const PAGE_SIZE = 100;

export interface Catalogue {
  readonly api: Api;
  readonly tools: readonly Tool[];
  readonly byName: ReadonlyMap<string, Operation>;
  /** Answers null when the arguments fit the tool's schema, else what is wrong. */
  complaint(operation: Operation, args: Arguments): string | null;
}

/** Everything about the tools that requests share. */
export function catalogueOf(api: Api, operations: Operations): Catalogue {
  const validators = new Map<Operation, ReturnType<CfWorkerJsonSchemaValidator['getValidator']>>();
  const provider = new CfWorkerJsonSchemaValidator();
  return {
    api,
    tools: Object.entries(operations).map(([name, { title, description, inputSchema, annotations }]) => ({
      name,
      ...(title === undefined ? {} : { title }),
      description,
      inputSchema,
      annotations: { ...(title === undefined ? {} : { title }), openWorldHint: true, ...annotations },
    })),
    byName: new Map(Object.entries(operations)),
    complaint(operation, args) {
      const validate = validators.get(operation) ?? provider.getValidator(operation.inputSchema);
      validators.set(operation, validate);
      const verdict = validate(args);
      return verdict.valid ? null : verdict.errorMessage;
    },
  };
}

/** A server for one request. */
export function createServer(catalogue: Catalogue, settings: Settings, clockwork: Clockwork): Server {
  const { api } = catalogue;
  const server = new Server(
    { name: api.name, title: api.title, version: api.version },
    { capabilities: { tools: {} }, instructions: api.instructions },
  );
  server.setRequestHandler('tools/list', (request) => page(catalogue.tools, request.params?.cursor));
  server.setRequestHandler('tools/call', async (request) => {
    const operation = catalogue.byName.get(request.params.name);
    if (operation === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${request.params.name}`);
    return call(operation, request.params.arguments ?? {}, catalogue, settings, clockwork);
  });
  return server;
}

function page(tools: readonly Tool[], cursor: string | undefined): { tools: Tool[]; nextCursor?: string } {
  const start = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isSafeInteger(start) || start < 0 || start > tools.length)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Unknown cursor');
  const end = start + PAGE_SIZE;
  return { tools: tools.slice(start, end), ...(end < tools.length ? { nextCursor: String(end) } : {}) };
}

async function call(
  operation: Operation,
  args: Arguments,
  catalogue: Catalogue,
  settings: Settings,
  clockwork: Clockwork,
): Promise<CallToolResult> {
  const complaint = catalogue.complaint(operation, args);
  if (complaint !== null) return failure(`The arguments do not fit the tool's schema: ${complaint}`);
  try {
    const { request, missingCredentials } = buildRequest(operation, args, catalogue.api, settings);
    const response = await send(request, settings.timeoutMs, clockwork);
    return await answerOf(response, settings.maxAnswerLength, missingCredentials);
  } catch (error) {
    if (error instanceof UnusableArguments || error instanceof RefusedRedirect) return failure(error.message);
    if (error instanceof Error && error.name === 'TimeoutError') return failure(`The API did not answer within ${settings.timeoutMs} ms.`);
    // The message of a failed fetch can hold the URL, and with it a key.
    return failure('The API could not be reached.');
  }
}
