/**
 * The tools of an API with more operations than a model can read through: one to search them, one to
 * describe one, one to call it. They are data of such a connector, and connectors that list their operations do
 * not carry them.
 */
import type { ListedTool } from './typescript/runtime/operation.ts';
import { DEFAULT_LIMIT, MAX_LIMIT } from './typescript/runtime/operation-search.ts';

const reading = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

/** Listed instead of the operations. */
export const dynamicTools = [
  {
    name: 'search_operations',
    title: 'Search operations',
    description:
      'Finds operations of the API by words of their name, path and description, best first. Start here, then use describe_operation and call_operation.',
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'What the operation does, in a few words, such as "list open issues".' },
        limit: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
      },
      required: ['query'],
      additionalProperties: false,
    },
    annotations: { title: 'Search operations', ...reading },
  },
  {
    name: 'describe_operation',
    title: 'Describe an operation',
    description: 'Tells what an operation does and the JSON Schema of its arguments.',
    inputSchema: {
      type: 'object',
      properties: { operation: { type: 'string', description: 'A name from search_operations.' } },
      required: ['operation'],
      additionalProperties: false,
    },
    annotations: { title: 'Describe an operation', ...reading },
  },
  {
    name: 'call_operation',
    title: 'Call an operation',
    description: 'Calls an operation of the API with arguments that fit the schema from describe_operation.',
    inputSchema: {
      type: 'object',
      properties: {
        operation: { type: 'string', description: 'A name from search_operations.' },
        arguments: { type: 'object', description: 'What describe_operation says.' },
      },
      required: ['operation'],
      additionalProperties: false,
    },
    annotations: {
      title: 'Call an operation',
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: false,
      openWorldHint: true,
    },
  },
] as const satisfies readonly ListedTool[];
