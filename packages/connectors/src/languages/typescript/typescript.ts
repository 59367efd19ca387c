/** TypeScript, on its official MCP SDK: the language whose runtime is the measure of the others. */
import type { ConnectorLanguage } from '../language.ts';
import { connectorFiles } from './connector-files.ts';

export const typescript: ConnectorLanguage = {
  language: 'typescript',
  runtimes: { 'cloudflare-workers': true, docker: true, vercel: true, lambda: true },
  testFramework: 'vitest',
  connectorFiles: ({ api, operations }) => connectorFiles(api, operations),
  testFiles: () => [],
  commands: () => ({ install: 'npm ci', start: 'npm run dev', url: 'http://localhost:8788/mcp', test: 'npm test' }),
};
