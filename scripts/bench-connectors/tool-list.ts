/** What a client gets to see of a server's tools, and what is wrong with it. */
import * as z from 'zod';

const toolListSchema = z.object({ tools: z.array(z.looseObject({ name: z.string(), inputSchema: z.looseObject({ type: z.unknown() }) })) });

export interface ToolList {
  readonly tools: number;
  /** About four characters a token. */
  readonly tokens: number;
  /** Names twice, too long or of other characters; inputs that are no object: each makes clients refuse the list. */
  readonly faults: number;
}

/** Judges the result of `tools/list`; null when there is none. */
export function judgeList(result: unknown): ToolList | null {
  const list = toolListSchema.safeParse(result);
  if (!list.success) return null;
  const { tools } = list.data;
  const names = new Set(tools.map(({ name }) => name));
  const faulty = tools.filter(({ name, inputSchema }) => !/^[a-zA-Z0-9_-]{1,64}$/.test(name) || inputSchema.type !== 'object').length;
  return { tools: tools.length, tokens: Math.round(JSON.stringify(tools).length / 4), faults: faulty + tools.length - names.size };
}
