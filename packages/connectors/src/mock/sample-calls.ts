/**
 * One call per tool with arguments that fit its input schema: what a verifier sends to find out
 * whether a connector works.
 */
import type { Tool } from '@mcpoverflow/types';
import { isObject, objectOr, textOf } from '../json.ts';
import { lookUp } from '../model/references.ts';
import { sampleOf } from './sample-value.ts';

export interface SampleCall {
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
  /** Some of them are known not to fit, or to be what no connector sends: nothing better was found. */
  readonly isUnfit?: true;
}

/** Deterministic: the same tools give the same calls. `required`: with no argument that may be left out. */
export function sampleCalls(tools: readonly Pick<Tool, 'name' | 'inputSchema'>[], which: 'required' | 'all' = 'required'): SampleCall[] {
  return tools.map((tool) => {
    const { value, isUnfit } = sampleOf(tool.inputSchema, {
      optional: which === 'all',
      resolve: (schema) => {
        const reference = textOf(schema.$ref);
        return reference === undefined ? schema : objectOr(lookUp(tool.inputSchema, reference));
      },
    });
    return { tool: tool.name, arguments: isObject(value) ? { ...value } : {}, ...(isUnfit ? { isUnfit } : {}) };
  });
}
