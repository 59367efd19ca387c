/**
 * Plays every case of `cases.json` against this connector: calls the tool over MCP, with a stand-in for the
 * API that is told what to answer, and compares what went out and what came back. The cases were made from the
 * API's specification, not from the code they test.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import connector from '../runtime/worker.ts';
import { type Answer, type SeenRequest, startUpstream, type Upstream } from './upstream.ts';

interface Part {
  readonly name: string;
  readonly filename?: true;
  readonly contentType?: string;
  /** Base64. */
  readonly data: string;
}

type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'base64'; readonly data: string }
  | { readonly kind: 'multipart'; readonly parts: readonly Part[] };

interface Case {
  readonly name: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly answers: readonly Answer[];
  readonly requests: readonly {
    readonly method: string;
    readonly target: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly absentHeaders?: readonly string[];
    readonly body?: Body;
  }[];
  readonly result: {
    readonly isError: boolean;
    readonly contains?: readonly string[];
    readonly excludes?: readonly string[];
    readonly contentType?: string;
    readonly structured?: unknown;
  };
}

interface ToolResult {
  readonly isError?: boolean;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: unknown;
}

interface Tool {
  readonly name: string;
  readonly hints: Readonly<Record<string, boolean>>;
  readonly inputSchema?: object;
  readonly outputSchema?: object | null;
}

const tools: readonly Tool[] = JSON.parse(readFileSync(new URL('tools.json', import.meta.url), 'utf8'));
const cases: readonly Case[] = JSON.parse(readFileSync(new URL('cases.json', import.meta.url), 'utf8'));

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

for (const each of cases) {
  test(each.name, async () => {
    upstream.expect(each.answers);
    const environment = Object.entries(each.environment ?? {}).map(([name, value]) => [name, value.replace('{upstream}', upstream.url)]);
    const result = await call(each.tool, each.arguments, { BASE_URL: upstream.url, ...Object.fromEntries(environment) });
    const text = result.content.map((part) => part.text ?? '').join('\n');
    expect(result.isError ?? false, text).toBe(each.result.isError);
    for (const part of each.result.contains ?? []) expect(text).toContain(part);
    for (const part of each.result.excludes ?? []) expect(text).not.toContain(part);
    if (each.result.contentType !== undefined) expect(result.content[0]?.type).toBe(each.result.contentType);
    if (each.result.structured !== undefined) expect(result.structuredContent).toEqual(each.result.structured);

    expect(upstream.seen.map(({ method, target }) => `${method} ${target}`)).toEqual(
      each.requests.map(({ method, target }) => `${method} ${target}`),
    );
    for (const [index, { headers = {}, absentHeaders = [], body }] of each.requests.entries()) {
      const seen = upstream.seen[index];
      if (seen === undefined) continue;
      for (const [name, value] of Object.entries(headers)) expect(seen.headers[name], name).toBe(value);
      for (const name of absentHeaders) expect(seen.headers, name).not.toHaveProperty([name]);
      if (body !== undefined) compareBody(seen, body);
    }
  });
}

test('the tools that it lists are those of its API, with their schemas and hints', async () => {
  const listed = await list();
  expect(listed.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
  for (const [index, { name, hints, inputSchema, outputSchema }] of tools.entries()) {
    const tool = listed[index];
    // What is not said is as MCP has it.
    const said = { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true, ...tool?.annotations };
    expect(said, name).toMatchObject(hints);
    expect(tool?.description, name).toBeTruthy();
    if (inputSchema !== undefined) expect(tool?.inputSchema, name).toEqual(inputSchema);
    if (outputSchema !== undefined) expect(tool?.outputSchema ?? null, name).toEqual(outputSchema);
  }
});

test('CONNECTOR_TOKEN closes the connector to whoever does not send it', async () => {
  const statusFor = async (headers: Readonly<Record<string, string>>): Promise<number> =>
    (await connector.fetch(requestOf('tools/list', {}, headers), { CONNECTOR_TOKEN: 'token' })).status;
  expect(await statusFor({})).toBe(401);
  expect(await statusFor({ Authorization: 'Bearer another' })).toBe(401);
  expect(await statusFor({ Authorization: 'Bearer token' })).toBe(200);
});

/** A request as a client of MCP makes it. */
const requestOf = (method: string, params: object, headers: Readonly<Record<string, string>> = {}): Request =>
  new Request('http://localhost/mcp', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': '2025-11-25',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });

interface ListedTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: object;
  readonly outputSchema?: object;
  readonly annotations?: object;
}

/** Every page of the list. */
async function list(): Promise<readonly ListedTool[]> {
  const listed: ListedTool[] = [];
  let cursor: string | undefined;
  do {
    const page = await answerTo('tools/list', cursor === undefined ? {} : { cursor }, {});
    listed.push(...page.tools);
    cursor = page.nextCursor;
  } while (cursor !== undefined && listed.length <= tools.length);
  return listed;
}

const call = (tool: string, args: object, environment: Readonly<Record<string, string>>): Promise<ToolResult> =>
  answerTo('tools/call', { name: tool, arguments: args }, environment);

async function answerTo(method: string, params: object, environment: Readonly<Record<string, string>>) {
  const response = await connector.fetch(requestOf(method, params), environment);
  const text = await response.text();
  // No `.`: JSON may hold what it takes for the end of a line.
  const data = /(?:^|\n)data: ([^\r\n]*)/.exec(text)?.[1] ?? text;
  const answer = JSON.parse(data);
  if (answer.result === undefined) throw new Error(`The call was refused: ${data}`);
  return answer.result;
}

function compareBody(seen: SeenRequest, expected: Body): void {
  switch (expected.kind) {
    case 'none':
      expect(seen.body.toString()).toBe('');
      break;
    case 'json':
      expect(JSON.parse(seen.body.toString())).toEqual(expected.value);
      break;
    case 'text':
      expect(seen.body.toString()).toBe(expected.text);
      break;
    case 'base64':
      expect(seen.body.toString('base64')).toBe(expected.data);
      break;
    case 'multipart':
      compareParts(partsOf(seen), expected.parts);
      break;
  }
}

function compareParts(seen: readonly Part[], expected: readonly Part[]): void {
  const told = ({ name, filename, data }: Part): Part => ({ name, ...(filename ? { filename } : {}), data });
  expect(seen.map(told)).toEqual(expected.map(told));
  for (const [index, { contentType }] of expected.entries())
    if (contentType !== undefined) expect(seen[index]?.contentType).toBe(contentType);
}

/** By hand: `formData` forgets the media type of what is no file. Read as Latin-1, every byte is a character. */
function partsOf({ headers, body }: SeenRequest): readonly Part[] {
  const boundary = /boundary="?([^";]+)/.exec(headers['content-type'] ?? '')?.[1] ?? '';
  const pieces = `\r\n${body.toString('latin1')}`.split(`\r\n--${boundary}`).slice(1, -1);
  return pieces.map((piece) => {
    const end = piece.indexOf('\r\n\r\n');
    const head = Buffer.from(piece.slice(0, end), 'latin1').toString();
    const contentType = /^content-type: *(.*)$/im.exec(head)?.[1]?.trim();
    return {
      name: /[; ]name="([^"]*)"/.exec(head)?.[1] ?? '',
      ...(/; filename=/.test(head) ? { filename: true } : {}),
      ...(contentType === undefined ? {} : { contentType }),
      data: Buffer.from(piece.slice(end + 4), 'latin1').toString('base64'),
    };
  });
}
