/**
 * A Model Context Protocol client of the smallest kind: enough to start a connector, list its tools and
 * call them over Streamable HTTP. It speaks the 2025 handshake, because that is what most clients speak
 * today and what a server of the 2026 revision still answers.
 *
 * The other side is hostile: every answer is bounded in size and time, and every fault is a sentence.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import { readBoundedText } from './bounded-text.ts';

const PROTOCOL_VERSION = '2025-11-25';
/** Local host names pass the Host checks that a connector makes against DNS rebinding. */
const ADDRESS = 'http://localhost/mcp';
/** A whole list of tools may come as one page; what is parsed takes many times its text's memory. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** A list that goes on for longer is taken for an endless one. */
const MAX_PAGES = 200;
const MAX_TOOLS = 10_000;
/** An answer is one event, after a few notifications at most. */
const MAX_EVENTS = 100;
const MAX_LINES_PER_EVENT = 1000;
/** What a tool says of its failure stands at the beginning. */
const MAX_PARTS_READ = 10;

export interface ListedTool {
  readonly name: string;
  readonly hasObjectInput: boolean;
}

export interface McpSession {
  /** Every page of `tools/list`. */
  listTools(): Promise<Result<readonly ListedTool[], string>>;
  /** What the tool said of its own failure (`isError`), null when it did not fail. Fails for an answer that is none. */
  callTool(name: string, toolArguments: Readonly<Record<string, unknown>>): Promise<Result<string | null, string>>;
}

export interface SessionLimits {
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** For one request and its answer. */
  readonly requestTimeoutMs: number;
}

const responseSchema = z.looseObject({
  id: z.union([z.number(), z.string(), z.null()]).optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
});
const initializedSchema = z.looseObject({ protocolVersion: z.string() });
// Items are parsed one by one, and only until the first bad one: a hostile list must not become a million complaints.
const toolsPageSchema = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const listedToolSchema = z.looseObject({ name: z.string(), inputSchema: z.unknown() });
const objectInputSchema = z.looseObject({ type: z.literal('object') });
const toolResultSchema = z.looseObject({ isError: z.boolean().optional(), content: z.array(z.unknown()) });
const textPartSchema = z.looseObject({ type: z.literal('text'), text: z.string() });

/** Shakes hands with a connector. Fails with what the connector, or the runtime that could not start it, said. */
export async function openSession(connector: Fetcher, limits: SessionLimits): Promise<Result<McpSession, string>> {
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  let lastId = 0;

  const post = async (message: object, signal: AbortSignal) =>
    connector.fetch(ADDRESS, { method: 'POST', headers, body: JSON.stringify(message), redirect: 'manual', signal });

  const bounded = async <T>(work: (signal: AbortSignal) => Promise<Result<T, string>>): Promise<Result<T, string>> => {
    const request = new AbortController();
    const stop = () => request.abort();
    const timer = setTimeout(stop, limits.requestTimeoutMs);
    limits.signal.addEventListener('abort', stop, { once: true });
    if (limits.signal.aborted) stop();
    try {
      return await Promise.race([work(request.signal), rejectedOn(request.signal)]);
    } catch (error) {
      return fail(request.signal.aborted ? 'gave no answer in time' : error instanceof Error ? error.message : 'failed without a reason');
    } finally {
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', stop);
    }
  };

  const ask = <T>(method: string, params: object, schema: z.ZodType<T>) =>
    bounded<T>(async (signal) => {
      lastId += 1;
      const id = lastId;
      const response = await post({ jsonrpc: '2.0', id, method, params }, signal);
      const sessionId = response.headers.get('mcp-session-id');
      if (sessionId !== null) headers['mcp-session-id'] = sessionId;
      const answer = await readAnswer(response, id);
      if (!answer.ok) return answer;
      const result = schema.safeParse(answer.value);
      return result.success ? ok(result.data) : fail(`answered ${method} with something else: ${z.prettifyError(result.error)}`);
    });

  const initialized = await ask(
    'initialize',
    { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo: { name: 'mcpoverflow-verification', version: '1' } },
    initializedSchema,
  );
  if (!initialized.ok) return initialized;
  headers['mcp-protocol-version'] = initialized.value.protocolVersion;
  const acknowledged = await bounded<void>(async (signal) => {
    const response = await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, signal);
    await response.body?.cancel();
    return ok(undefined);
  });
  if (!acknowledged.ok) return acknowledged;

  return ok({
    async listTools() {
      const listed: ListedTool[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const answer = await ask('tools/list', cursor === undefined ? {} : { cursor }, toolsPageSchema);
        if (!answer.ok) return answer;
        for (const item of answer.value.tools) {
          const tool = listedToolSchema.safeParse(item);
          if (!tool.success) return fail('lists a tool without a name');
          if (listed.length === MAX_TOOLS) return fail(`lists more than ${MAX_TOOLS} tools`);
          listed.push({ name: tool.data.name, hasObjectInput: objectInputSchema.safeParse(tool.data.inputSchema).success });
        }
        cursor = answer.value.nextCursor;
        if (cursor === undefined) return ok(listed);
      }
      return fail(`lists its tools on more than ${MAX_PAGES} pages`);
    },

    async callTool(name, toolArguments) {
      const answer = await ask('tools/call', { name, arguments: toolArguments }, toolResultSchema);
      if (!answer.ok) return answer;
      if (answer.value.isError !== true) return ok(null);
      const said = answer.value.content.slice(0, MAX_PARTS_READ).flatMap(textOf).join(' ');
      return ok(said === '' ? 'answered with an error and no words' : said);
    },
  });
}

/** The result of the request with this id, out of a JSON body or an event stream. */
async function readAnswer(response: Response, id: number): Promise<Result<unknown, string>> {
  const text = await readBoundedText(response.body, MAX_ANSWER_BYTES);
  if (!text.ok) return fail(`answered with more than ${MAX_ANSWER_BYTES} bytes`);

  const isStream = response.headers.get('content-type')?.includes('text/event-stream') === true;
  const messages = (isStream ? eventData(text.value) : [text.value]).flatMap(parseMessage);
  const answer = messages.find((message) => message.id === id) ?? messages.find((message) => message.error !== undefined);
  if (answer === undefined) return fail(`answered HTTP ${response.status} with no JSON-RPC response: ${text.value.slice(0, 200)}`);
  if (answer.error !== undefined) return fail(`answered with error ${answer.error.code}: ${answer.error.message}`);
  return ok(answer.result);
}

function textOf(part: unknown): string[] {
  const text = textPartSchema.safeParse(part);
  return text.success ? [text.data.text] : [];
}

/** The data of each server-sent event. */
function eventData(stream: string): string[] {
  return stream
    .split(/\r?\n\r?\n/, MAX_EVENTS)
    .map((event) =>
      event
        .split(/\r?\n/, MAX_LINES_PER_EVENT)
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice('data:'.length).trimStart())
        .join('\n'),
    )
    .filter((data) => data !== '');
}

/** One message or none: what is not JSON-RPC is not an answer. */
function parseMessage(text: string): z.infer<typeof responseSchema>[] {
  try {
    const message = responseSchema.safeParse(JSON.parse(text));
    return message.success ? [message.data] : [];
  } catch {
    return [];
  }
}

/** Rejects when the signal fires, because the runtime of a stuck connector need not heed it. */
function rejectedOn(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
