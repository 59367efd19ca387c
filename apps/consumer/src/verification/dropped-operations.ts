/**
 * An agent that is given the engine's own connector to improve must not make it smaller: every operation that was
 * asked for, and that the engine made a tool for, needs a tool in what comes back.
 */
import type { PlannedConnector } from '@mcpoverflow/connectors';
import type { Tool } from '@mcpoverflow/types';
import { WHOLE_CONNECTOR } from './report.ts';
import { dynamicToolNames } from './try-dynamic.ts';
import { isSame } from './try-tools.ts';

/** Enough to see what is meant. */
const MAX_TOLD = 20;

/** A failure per operation that has lost its tool, by the name the tool has in the baseline. */
export function droppedOperations(
  tools: readonly Pick<Tool, 'name' | 'method' | 'path'>[],
  { plan }: PlannedConnector,
): readonly { readonly tool: string; readonly message: string }[] {
  // Three tools call every operation; which of them are in the connector's data, calls will show.
  if (isDynamic(tools)) return [];
  const kept = new Set(tools.map(labelOf));
  const dropped = [...plan.operations].filter(
    ([, operation]) => !kept.has(labelOf(operation)) && !tools.some((tool) => isSame(tool, operation)),
  );
  const told = dropped.slice(0, MAX_TOLD).map(([tool, { method, path }]) => ({
    tool,
    message: `no tool declares ${method} ${path} any more: every operation that was selected and has a tool in the baseline must keep one`,
  }));
  const more = dropped.length - told.length;
  return more === 0 ? told : [...told, { tool: WHOLE_CONNECTOR, message: `${more} more operations have lost their tools` }];
}

const isDynamic = (tools: readonly Pick<Tool, 'name'>[]): boolean =>
  dynamicToolNames.every((name) => tools.some((tool) => tool.name === name));

const labelOf = ({ method, path }: Pick<Tool, 'method' | 'path'>): string => `${method} ${path}`;
