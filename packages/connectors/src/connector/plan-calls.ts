/**
 * One call per operation of a planned connector, the way its clients make it: the operation's own tool, or
 * `call_operation` where the connector is dynamic.
 */
import type { ConnectorPlan } from '../languages/language.ts';
import { type SampleCall, sampleCalls } from '../mock/sample-calls.ts';

/** Deterministic, in the plan's order; each call must reach the API once. */
export function planCalls({ api, operations }: ConnectorPlan): SampleCall[] {
  const calls = sampleCalls([...operations].map(([name, { inputSchema }]) => ({ name, inputSchema })));
  if (api.mode !== 'dynamic') return calls;
  return calls.map((call) => ({ tool: 'call_operation', arguments: { operation: call.tool, arguments: call.arguments } }));
}
