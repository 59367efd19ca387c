/** TypeScript, on its official MCP SDK: the language whose runtime is the measure of the others. */
import type { ConnectorLanguage } from '../language.ts';
import { connectorFiles } from './connector-files.ts';
import { targets } from './targets.ts';
import { testFiles } from './test-files.ts';

export const typescript: ConnectorLanguage = {
  language: 'typescript',
  runtimes: { 'cloudflare-workers': true, docker: true, vercel: true, lambda: true },
  testFramework: 'vitest',
  connectorFiles,
  testFiles,
  commands: ({ runtime }) => ({
    install: 'npm ci',
    start: 'npm run dev',
    url: targets[runtime].url,
    test: 'npm test',
    deployment: targets[runtime].deployment,
  }),
};
