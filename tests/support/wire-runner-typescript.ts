/**
 * Plays wire cases against TypeScript connectors in processes of their own: over HTTP, with a client of the
 * official SDK. The suite that is generated beside them is not asked, so that one checker looks at the language
 * that is the measure of the others without having been made by it.
 */
import { type ConnectorPlan, languages, type WireCase } from '@mcpoverflow/connectors';
import { startConnector, writeConnector } from './connector-process.ts';
import { playWireCases } from './wire-player.ts';
import type { WireResults, WireRunner } from './wire-runner.ts';

export const typescriptWireRunner: WireRunner = {
  available: async () => true,
  async play(plan: ConnectorPlan, cases: readonly WireCase[]): Promise<WireResults> {
    const { folder, remove } = writeConnector(languages.typescript.connectorFiles(plan));
    try {
      return await playWireCases((variables) => startConnector(folder, variables), cases);
    } finally {
      remove();
    }
  },
};
