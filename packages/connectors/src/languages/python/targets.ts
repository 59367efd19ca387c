/**
 * Where a Python connector runs, and what that takes beside the common runtime: an entry, packages with exact
 * versions, a deployment file.
 */

import type { GeneratedFile, Runtime } from '@mcpoverflow/types';
import { DOCKER_DEPLOYMENT, VERCEL_DEPLOYMENT } from '../deployment.ts';
import { LAMBDA_DEPLOYMENT, type LambdaFunction, lambdaTemplate } from '../lambda-template.ts';
import type { ConnectorPlan } from '../language.ts';

/** What connectors are deployed on; older ones down to 3.12 run them, too. */
const PYTHON_IMAGE = 'python:3.14.7-slim-trixie';
export const PYTHON_VERSION = '3.14';
export const OLDEST_PYTHON_VERSION = '3.12';

export type PythonRuntime = Exclude<Runtime, 'cloudflare-workers'>;
export const pythonRuntimes = ['docker', 'vercel', 'lambda'] as const satisfies readonly PythonRuntime[];

export interface Target {
  /** Files of the runtime that only this target needs. */
  readonly entries: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
  /** Whether packages are taken from `pyproject.toml`, so that every version must be told there. */
  readonly readsManifest: boolean;
  /** How it gets where it shall run, as Markdown. */
  readonly deployment: string;
  deploymentFiles(plan: ConnectorPlan): readonly GeneratedFile[];
}

const common = {
  httpx2: '2.16.2',
  jsonschema: '4.26.0',
  mcp: '2.3.0',
  'python-dotenv': '1.2.4',
  starlette: '1.10.0',
  uvicorn: '0.54.0',
};

/** What the suite beside a connector needs. */
export const testDependencies = { pytest: '9.2.0' };

/** Dependencies as pip writes them. */
export const exactly = (dependencies: Readonly<Record<string, string>>): string[] =>
  Object.entries(dependencies).map(([name, version]) => `${name}==${version}`);

const lambdaFunction: LambdaFunction = {
  handler: 'connector.function_url.handler',
  runtime: `python${PYTHON_VERSION}`,
  memoryMegabytes: 512,
};

export const targets: Readonly<Record<PythonRuntime, Target>> = {
  docker: {
    entries: [],
    dependencies: common,
    readsManifest: false,
    deployment: DOCKER_DEPLOYMENT,
    deploymentFiles: () => [
      {
        path: 'Dockerfile',
        content: `FROM ${PYTHON_IMAGE}
WORKDIR /app
ENV HOST=0.0.0.0 PORT=3000 PYTHONUNBUFFERED=1
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY connector ./connector
RUN python -m compileall -q connector
USER nobody
EXPOSE 3000
CMD ["python", "-m", "connector"]
`,
      },
      { path: '.dockerignore', content: '.venv\n.env\n.git\n__pycache__\n' },
    ],
  },
  vercel: {
    entries: ['api/index.py'],
    dependencies: common,
    readsManifest: true,
    deployment: VERCEL_DEPLOYMENT,
    deploymentFiles: () => [
      { path: '.python-version', content: `${PYTHON_VERSION}\n` },
      {
        path: 'vercel.json',
        content: `${JSON.stringify(
          {
            // Otherwise a framework among the packages would be taken for what is to be deployed.
            framework: null,
            functions: { 'api/index.py': { maxDuration: 60 } },
            rewrites: [{ source: '/(.*)', destination: '/api' }],
          },
          null,
          2,
        )}\n`,
      },
    ],
  },
  lambda: {
    entries: ['connector/function_url.py'],
    dependencies: { ...common, mangum: '0.22.0' },
    readsManifest: false,
    deployment: `With the AWS SAM command line installed, \`sam build && sam deploy --guided\` ${LAMBDA_DEPLOYMENT}`,
    deploymentFiles: (plan) => [{ path: 'template.yaml', content: lambdaTemplate(plan, lambdaFunction) }],
  },
};
