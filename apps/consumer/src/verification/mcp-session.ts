/**
 * A Model Context Protocol client of the smallest kind: enough to start a connector, list its tools and
 * call them over Streamable HTTP. It speaks both eras: the handshake of 2025 (`initialize`), which most clients
 * speak today, and the stateless requests of 2026 (`server/discover`), each of which says who asks.
 *
 * The other side is hostile: every answer is bounded in size and time, and every fault is a sentence.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import { readBoundedText } from './bounded-text.ts';

/** The protocol's eras, by the year of their revision. */
export const eras = ['2025', '2026'] as const;
export type Era = (typeof eras)[number];

const revisions = { '2025': '2025-11-25', '2026': '2026-07-28' } as const satisfies Record<Era, string>;
const client = { name: 'mcpoverflow-verification', version: '1' };
/** What every request of 2026 carries in the place of a handshake. */
const envelope = {
  'io.modelcontextprotocol/protocolVersion': revisions['2026'],
  'io.modelcontextprotocol/clientInfo': client,
  'io.modelcontextprotocol/clientCapabilities': {},
};
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
const MAX_VERSION_CHARACTERS = 32;

export interface ListedTool {
  readonly name: string;
  /** An object that may hold anything: it is the connector's text. Undefined when it is no schema of an object. */
  readonly inputSchema?: Readonly<Record<string, unknown>>;
  readonly outputSchema?: Readonly<Record<string, unknown>>;
}

export interface ToolAnswer {
  /** What the tool said of its own failure, as a result or as an error of the protocol; null when it did not fail. */
  readonly failure: string | null;
  /** The texts of the answer, put together. */
  readonly text: string;
  readonly structured?: unknown;
}

export interface McpSession {
  /** Every page of `tools/list`. */
  listTools(): Promise<Result<readonly ListedTool[], string>>;
  /** Fails for an answer that is none: too late, too large, or not of the protocol. */
  callTool(name: string, toolArguments: Readonly<Record<string, unknown>>): Promise<Result<ToolAnswer, string>>;
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
const discoveredSchema = z.looseObject({ supportedVersions: z.array(z.string()).max(100) });
// Items are parsed one by one, and only until the first bad one: a hostile list must not become a million complaints.
const toolsPageSchema = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const listedToolSchema = z.looseObject({ name: z.string(), inputSchema: z.unknown(), outputSchema: z.unknown().optional() });
const objectSchema = z.custom<Readonly<Record<string, unknown>>>(
  (value) => z.looseObject({ type: z.literal('object') }).safeParse(value).success,
);
const toolResultSchema = z.looseObject({
  isError: z.boolean().optional(),
  content: z.array(z.unknown()),
  structuredContent: z.unknown().optional(),
});
const textPartSchema = z.looseObject({ type: z.literal('text'), text: z.string() });

/** Meets a connector as a client of this era does. Fails with what the connector, or the runtime that could not start it, said. */
export async function openSession(connector: Fetcher, era: Era, limits: SessionLimits): Promise<Result<McpSession, string>> {
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  let lastId = 0;

  const post = async (message: object, more: Readonly<Record<string, string>>, signal: AbortSignal) =>
    connector.fetch(ADDRESS, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: JSON.stringify(message),
      redirect: 'manual',
      signal,
    });

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

  const answerTo = (method: string, params: object, name?: string) =>
    bounded<Answer>(async (signal) => {
      lastId += 1;
      const id = lastId;
      const stateless = era === '2026';
      const asked = stateless ? { ...params, _meta: envelope } : params;
      const routing = stateless ? { 'mcp-method': method, ...(name === undefined ? {} : { 'mcp-name': name }) } : {};
      const response = await post({ jsonrpc: '2.0', id, method, params: asked }, routing, signal);
      const sessionId = response.headers.get('mcp-session-id');
      if (sessionId !== null && !stateless) headers['mcp-session-id'] = sessionId;
      return readAnswer(response, id);
    });
  const ask = async <T>(method: string, params: object, schema: z.ZodType<T>): Promise<Result<T, string>> => {
    const answer = await answerTo(method, params);
    if (!answer.ok) return answer;
    return answer.value.error === undefined ? resultOf(method, answer.value.result, schema) : fail(answer.value.error);
  };

  const met = era === '2025' ? await shakeHands() : await discover();
  if (!met.ok) return met;

  async function shakeHands(): Promise<Result<void, string>> {
    const initialized = await ask(
      'initialize',
      { protocolVersion: revisions['2025'], capabilities: {}, clientInfo: client },
      initializedSchema,
    );
    if (!initialized.ok) return initialized;
    headers['mcp-protocol-version'] = initialized.value.protocolVersion.slice(0, MAX_VERSION_CHARACTERS);
    return bounded<void>(async (signal) => {
      const response = await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, {}, signal);
      await response.body?.cancel();
      return ok(undefined);
    });
  }

  async function discover(): Promise<Result<void, string>> {
    headers['mcp-protocol-version'] = revisions['2026'];
    const discovered = await ask('server/discover', {}, discoveredSchema);
    if (!discovered.ok) return discovered;
    const { supportedVersions } = discovered.value;
    return supportedVersions.includes(revisions['2026']) ? ok(undefined) : fail(`does not support the revision ${revisions['2026']}`);
  }

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
          const [inputSchema, outputSchema] = [tool.data.inputSchema, tool.data.outputSchema].map(
            (schema) => objectSchema.safeParse(schema).data,
          );
          listed.push({
            name: tool.data.name,
            ...(inputSchema === undefined ? {} : { inputSchema }),
            ...(outputSchema === undefined ? {} : { outputSchema }),
          });
        }
        cursor = answer.value.nextCursor;
        if (cursor === undefined) return ok(listed);
      }
      return fail(`lists its tools on more than ${MAX_PAGES} pages`);
    },

    async callTool(name, toolArguments) {
      const answer = await answerTo('tools/call', { name, arguments: toolArguments }, name);
      if (!answer.ok) return answer;
      if (answer.value.error !== undefined) return ok({ failure: answer.value.error, text: '' });
      const result = resultOf('tools/call', answer.value.result, toolResultSchema);
      if (!result.ok) return result;
      const { content, isError, structuredContent } = result.value;
      const text = content.slice(0, MAX_PARTS_READ).flatMap(textOf).join(' ');
      const failure = isError === true ? text || 'answered with an error and no words' : null;
      return ok({ failure, text, ...(structuredContent === undefined ? {} : { structured: structuredContent }) });
    },
  });
}

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}

function resultOf<T>(method: string, result: unknown, schema: z.ZodType<T>): Result<T, string> {
  const read = schema.safeParse(result);
  return read.success ? ok(read.data) : fail(`answered ${method} with something else: ${z.prettifyError(read.error)}`);
}

/** The answer to the request with this id, out of a JSON body or an event stream. */
async function readAnswer(response: Response, id: number): Promise<Result<Answer, string>> {
  const text = await readBoundedText(response.body, MAX_ANSWER_BYTES);
  if (!text.ok) return fail(`answered with more than ${MAX_ANSWER_BYTES} bytes`);

  const isStream = response.headers.get('content-type')?.includes('text/event-stream') === true;
  const messages = (isStream ? eventData(text.value) : [text.value]).flatMap(parseMessage);
  const answer = messages.find((message) => message.id === id) ?? messages.find((message) => message.error !== undefined);
  if (answer === undefined) return fail(`answered HTTP ${response.status} with no JSON-RPC response: ${text.value.slice(0, 200)}`);
  if (answer.error !== undefined) return ok({ error: `answered with error ${answer.error.code}: ${answer.error.message}` });
  return ok({ result: answer.result });
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
