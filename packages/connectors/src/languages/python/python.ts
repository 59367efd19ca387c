/** Python, on its official MCP SDK. */
import type { ConnectorLanguage } from '../language.ts';
import { connectorFiles, LOCAL_URL, pythonRuntime } from './connector-files.ts';
import { targets } from './targets.ts';
import { testFiles } from './test-files.ts';

export const python: ConnectorLanguage = {
  language: 'python',
  runtimes: {
    // Of what the SDK asks for, cryptography and rpds-py have no build for Pyodide on PyPI, so no lockfile could hold.
    'cloudflare-workers': 'The MCP SDK for Python does not run on Cloudflare Workers.',
    docker: true,
    vercel: true,
    lambda: true,
  },
  testFramework: 'pytest',
  connectorFiles,
  testFiles,
  commands: (plan) => ({
    install: 'python3 -m venv .venv && .venv/bin/pip install -r requirements-dev.txt',
    start: '.venv/bin/python -m connector',
    url: LOCAL_URL,
    test: '.venv/bin/python -m pytest',
    deployment: targets[pythonRuntime(plan)].deployment,
  }),
};
