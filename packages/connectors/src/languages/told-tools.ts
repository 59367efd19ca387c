/**
 * What a connector must list, as data of its suite: names in their order, schemas and hints. Titles and descriptions
 * are words of the connector's owner and are compared with nothing.
 */
import { dynamicTools } from './dynamic-tools.ts';
import type { ConnectorPlan } from './language.ts';
import type { Annotations, InputSchema } from './typescript/runtime/operation.ts';

/** Characters of all tools together; of a longer list the schemas stay away. */
const MAX_LENGTH = 2 * 1024 * 1024;

interface ToldTool {
  readonly name: string;
  readonly hints: Required<Annotations>;
  readonly inputSchema?: InputSchema;
  /** Null where there is none. */
  readonly outputSchema?: InputSchema | null;
}

/** The tools as JSON, a line each. */
export function toldTools({ api, operations }: ConnectorPlan): string {
  const tools = api.mode === 'dynamic' ? dynamicTools.map(told) : [...operations].map(([name, operation]) => told({ name, ...operation }));
  const text = written(tools);
  return text.length <= MAX_LENGTH ? text : written(tools.map(({ name, hints }) => ({ name, hints })));
}

function told(tool: {
  readonly name: string;
  readonly inputSchema: InputSchema;
  readonly outputSchema?: InputSchema;
  readonly annotations: Annotations;
}): ToldTool {
  const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint = true } = tool.annotations;
  const hints = { readOnlyHint, destructiveHint, idempotentHint, openWorldHint };
  return { name: tool.name, hints, inputSchema: tool.inputSchema, outputSchema: tool.outputSchema ?? null };
}

const written = (tools: readonly ToldTool[]): string => `[\n${tools.map((tool) => `  ${JSON.stringify(tool)}`).join(',\n')}\n]\n`;
