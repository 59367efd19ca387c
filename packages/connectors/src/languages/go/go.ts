/** Go, on its official MCP SDK. */
import type { ConnectorLanguage } from '../language.ts';
import { connectorFiles, goRuntime, LOCAL_URL } from './connector-files.ts';
import { targets } from './targets.ts';
import { testFiles } from './test-files.ts';

export const go: ConnectorLanguage = {
  language: 'go',
  runtimes: {
    'cloudflare-workers': 'The MCP SDK for Go does not run on Cloudflare Workers.',
    docker: true,
    vercel: true,
    lambda: true,
  },
  testFramework: 'go test',
  connectorFiles,
  testFiles,
  commands: (plan) => ({
    install: 'go mod download',
    start: 'go run .',
    url: LOCAL_URL,
    test: 'go test ./...',
    deployment: targets[goRuntime(plan)].deployment,
  }),
};
