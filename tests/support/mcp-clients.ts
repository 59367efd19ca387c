/**
 * Both client SDKs of MCP behind one face: what either of them sees is what users' clients see. Version 1
 * speaks the protocol of 2025, version 2 that of 2026 with the older one as its fallback.
 */
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as z from 'zod';

export interface ListedTool {
  readonly name: string;
  readonly inputSchema: object;
  readonly outputSchema?: object | undefined;
}

/** The SDKs' own types of a result differ; these are the parts that tests look at. */
const toolResultSchema = z.object({
  isError: z.boolean().optional(),
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  structuredContent: z.unknown().optional(),
});
export type ToolResult = z.infer<typeof toolResultSchema>;

export interface McpClient {
  listTools(): Promise<readonly ListedTool[]>;
  callTool(name: string, args: Record<string, unknown>): Promise<ToolResult>;
  close(): Promise<void>;
}

/** A client of SDK v1. `listTools` reads every page. */
export async function clientV1(url: string): Promise<McpClient> {
  const client = new ClientV1({ name: 'connector-test', version: '1.0.0' });
  const transport = new TransportV1(new URL(url));
  // The SDK's own types disagree about an absent session id under exactOptionalPropertyTypes.
  await Reflect.apply(client.connect, client, [transport]);
  return {
    listTools: () => everyPage((cursor) => client.listTools(cursor === undefined ? {} : { cursor })),
    callTool: async (name, args) => toolResultSchema.parse(await client.callTool({ name, arguments: args })),
    close: () => client.close(),
  };
}

/** A client of SDK v2. `listTools` reads every page. */
export async function clientV2(url: string): Promise<McpClient> {
  const client = new ClientV2({ name: 'connector-test', version: '1.0.0' });
  await client.connect(new TransportV2(new URL(url)));
  return {
    listTools: () => everyPage((cursor) => client.listTools(cursor === undefined ? {} : { cursor })),
    callTool: async (name, args) => toolResultSchema.parse(await client.callTool({ name, arguments: args })),
    close: () => client.close(),
  };
}

async function everyPage(
  page: (cursor: string | undefined) => Promise<{ readonly tools: readonly ListedTool[]; readonly nextCursor?: string | undefined }>,
): Promise<readonly ListedTool[]> {
  const tools = new Map<string, ListedTool>();
  let cursor: string | undefined;
  let listed = 0;
  do {
    const answer = await page(cursor);
    for (const tool of answer.tools) tools.set(tool.name, tool);
    listed += answer.tools.length;
    cursor = answer.nextCursor;
  } while (cursor !== undefined);
  if (tools.size !== listed) throw new Error(`${listed - tools.size} tools were listed twice.`);
  return [...tools.values()];
}

/** The text of a result's first item. */
export const textOf = (result: ToolResult): string => result.content[0]?.text ?? '';
