/**
 * Where a TypeScript connector runs, and what that takes beside the common runtime: an entry, packages with
 * exact versions, a deployment file. No target has a build step of its own but the platform's.
 */

import type { GeneratedFile, Runtime } from '@mcpoverflow/types';
import { DOCKER_DEPLOYMENT } from '../deployment.ts';
import { LAMBDA_DEPLOYMENT, type LambdaFunction, lambdaTemplate } from '../lambda-template.ts';
import type { ConnectorPlan } from '../language.ts';

/**
 * The platform behaviour a connector is deployed with. Exported, because it is verified with the same:
 * what was tried is what is shipped. No later than the local runtime knows.
 */
export const COMPATIBILITY_DATE = '2026-08-04';
/** Not wrangler's own 8787, which the engine that made the connector listens on. */
const WORKERS_PORT = 8788;
const NODE_VERSION = '24.21.0';

export interface Target {
  /** The runtime's files that only this target needs, by the name they have in `runtime/`. */
  readonly entries: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  /** Types of the platform that the compiler must know. */
  readonly types: readonly string[];
  /** Address of the endpoint after `npm run dev`. */
  readonly url: string;
  /** How it gets where it shall run, as Markdown. */
  readonly deployment: string;
  deploymentFiles(plan: ConnectorPlan): readonly GeneratedFile[];
}

const sdk = { '@modelcontextprotocol/core': '2.4.0', '@modelcontextprotocol/server': '2.4.0', zod: '4.6.7' };
const node = { '@hono/node-server': '2.1.8', '@modelcontextprotocol/node': '2.1.2', hono: '4.13.19' };
const tools = { '@types/node': '24.19.2', typescript: '7.0.2', vitest: '5.1.1' };
const serve = 'node --env-file-if-exists=.env src/node.ts';
const NODE_URL = 'http://localhost:3000/mcp';

const lambdaFunction: LambdaFunction = {
  handler: 'lambda.handler',
  runtime: 'nodejs24.x',
  memoryMegabytes: 512,
  metadata: `      BuildMethod: esbuild
      BuildProperties:
        EntryPoints: [src/lambda.ts]
        Format: esm
        OutExtension: [.js=.mjs]
        Target: es2024
        Minify: false
`,
};

export const targets: Readonly<Record<Runtime, Target>> = {
  'cloudflare-workers': {
    entries: [],
    scripts: { dev: `wrangler dev --port ${WORKERS_PORT}`, deploy: 'wrangler deploy' },
    dependencies: sdk,
    devDependencies: { ...tools, wrangler: '4.164.0' },
    types: [],
    url: `http://localhost:${WORKERS_PORT}/mcp`,
    deployment: 'Secrets are set with `npx wrangler secret put NAME`, then `npm run deploy` brings it to Cloudflare Workers.',
    deploymentFiles: ({ api: { name } }) => [
      {
        path: 'wrangler.toml',
        content: `name = "${name}"
main = "src/worker.ts"
compatibility_date = "${COMPATIBILITY_DATE}"
minify = true
keep_names = false
`,
      },
    ],
  },
  docker: {
    entries: ['node.ts'],
    scripts: { dev: serve, start: 'node src/node.ts' },
    dependencies: { ...sdk, ...node },
    devDependencies: tools,
    types: ['node'],
    url: NODE_URL,
    deployment: DOCKER_DEPLOYMENT,
    deploymentFiles: () => [
      {
        path: 'Dockerfile',
        content: `FROM node:${NODE_VERSION}-alpine
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts
COPY src ./src
USER node
EXPOSE 3000
CMD ["node", "src/node.ts"]
`,
      },
      { path: '.dockerignore', content: 'node_modules\n.env\n.git\n' },
    ],
  },
  vercel: {
    entries: ['node.ts', 'vercel.ts'],
    scripts: { dev: serve, deploy: 'npx vercel@latest deploy --prod' },
    dependencies: { ...sdk, ...node },
    devDependencies: tools,
    types: ['node'],
    url: NODE_URL,
    deployment: 'Variables are set with `npx vercel env add NAME`, then `npm run deploy` brings it to Vercel.',
    deploymentFiles: () => [
      { path: 'api/mcp.ts', content: "export { default } from '../src/vercel.ts';\n" },
      {
        path: 'vercel.json',
        content: json({
          functions: { 'api/mcp.ts': { maxDuration: 60 } },
          rewrites: [{ source: '/(.*)', destination: '/api/mcp' }],
        }),
      },
    ],
  },
  lambda: {
    entries: ['lambda.ts', 'node.ts'],
    scripts: { dev: serve, deploy: 'sam build && sam deploy --guided' },
    dependencies: { ...sdk, ...node },
    devDependencies: { ...tools, esbuild: '0.28.2' },
    types: ['node'],
    url: NODE_URL,
    deployment: `With the AWS SAM command line installed, \`npm run deploy\` ${LAMBDA_DEPLOYMENT}`,
    deploymentFiles: (plan) => [{ path: 'template.yaml', content: lambdaTemplate(plan, lambdaFunction) }],
  },
};

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
