/**
 * What a language brings so that wire cases can be played against its connectors: one run plays all of them,
 * because building a connector costs more than calling it.
 */
import type { ConnectorPlan, WireCase } from '@mcpoverflow/connectors';

/** True, or what was wrong, by the name of the case. */
export type WireResults = ReadonlyMap<string, true | string>;

export interface WireRunner {
  /** True, or a sentence on what is missing on this machine. */
  available(): Promise<true | string>;
  /** Writes the connector of the plan, plays the cases against it and answers a verdict for each. */
  play(plan: ConnectorPlan, cases: readonly WireCase[]): Promise<WireResults>;
}
