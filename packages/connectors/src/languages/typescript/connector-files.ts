/**
 * The files of a TypeScript connector for Cloudflare Workers: the fixed runtime, the data, and what a
 * person needs to install, read and deploy them. Versions are exact, so that the connector that was
 * verified is the one that is installed.
 */
import type { GeneratedFile } from '@mcpoverflow/types';
import { oneLine, shorten } from '../../json.ts';
import { dataModule } from './data-module.ts';
import type { Api, Credential, Operation } from './runtime/operation.ts';
import { runtimeFiles } from './runtime.generated.ts';

/**
 * The platform behaviour a connector is deployed with. Exported, because it is verified with the same:
 * what was tried is what is shipped. No later than the local runtime knows.
 */
export const COMPATIBILITY_DATE = '2026-08-04';
/** Not wrangler's own 8787, which the engine that made the connector listens on. */
const DEV_PORT = 8788;
/** Tools named in the README; the rest is in the data. */
const LISTED_TOOLS = 100;

/** Every file, in the order a person reads them. `api.name` must be a package name already. */
export function connectorFiles(api: Api, operations: ReadonlyMap<string, Operation>): GeneratedFile[] {
  return [
    { path: 'README.md', content: readme(api, operations) },
    { path: 'package.json', content: packageJson(api) },
    { path: 'wrangler.toml', content: wranglerToml(api) },
    { path: 'tsconfig.json', content: tsconfig },
    { path: '.gitignore', content: 'node_modules/\n.wrangler/\n.dev.vars\n' },
    ...runtimeFiles.map(({ path, content }) => ({ path, content })),
    { path: 'src/operations.ts', content: dataModule(api, operations) },
  ];
}

function packageJson(api: Api): string {
  const content = {
    name: api.name,
    version: '1.0.0',
    private: true,
    type: 'module',
    scripts: { dev: `wrangler dev --port ${DEV_PORT}`, deploy: 'wrangler deploy', typecheck: 'tsc' },
    dependencies: { '@modelcontextprotocol/core': '2.4.0', '@modelcontextprotocol/server': '2.4.0', zod: '4.6.7' },
    devDependencies: { typescript: '7.0.2', wrangler: '4.164.0' },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function wranglerToml(api: Api): string {
  return `name = "${api.name}"
main = "src/worker.ts"
compatibility_date = "${COMPATIBILITY_DATE}"
`;
}

const tsconfig = `${JSON.stringify(
  {
    compilerOptions: {
      target: 'ES2024',
      lib: ['ES2024', 'DOM', 'DOM.Iterable'],
      module: 'ESNext',
      moduleResolution: 'Bundler',
      types: [],
      strict: true,
      verbatimModuleSyntax: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      noEmit: true,
    },
    include: ['src'],
  },
  null,
  2,
)}\n`;

function readme(api: Api, operations: ReadonlyMap<string, Operation>): string {
  const credentials = Object.values(api.credentials).flatMap(describeCredential);
  const listed = [...operations].slice(0, LISTED_TOOLS);
  const more = operations.size - listed.length;
  return [
    `# ${plain(api.title)}: MCP connector`,
    `A Model Context Protocol server that offers ${operations.size} operations of ${plain(api.title)} ${plain(api.version)} as tools. It runs on Cloudflare Workers; \`src/operations.ts\` is the data, everything else in \`src\` is the same for every API.`,
    '## Run',
    `\`\`\`bash\nnpm install\nnpm run dev        # http://localhost:${DEV_PORT}, every path is the MCP endpoint\nnpm run deploy\n\`\`\``,
    '## Variables and secrets',
    'Locally in `.dev.vars` (`NAME=value`, a line each); deployed with `npx wrangler secret put NAME`.',
    [
      '| name | what |',
      '| --- | --- |',
      `| \`BASE_URL\` | address of the API${api.baseUrl === undefined ? '; needed, the specification names none' : `, unless it is ${plain(api.baseUrl)}`} |`,
      ...credentials.map(({ variable, what }) => `| \`${variable}\` | ${what} |`),
      '| `CONNECTOR_TOKEN` | when set, clients must send it as `Authorization: Bearer …`; set it before you deploy |',
      '| `ALLOWED_ORIGINS` | host names of web pages that may call this server, separated by commas |',
      '| `TIMEOUT_MS` | milliseconds the API has to answer (30000) |',
      '| `MAX_ANSWER_LENGTH` | characters of an answer that reach the model (60000) |',
    ].join('\n'),
    '## Tools',
    [
      '| tool | operation | what |',
      '| --- | --- | --- |',
      ...listed.map(([name, { method, path, title }]) => `| \`${name}\` | ${method} ${plain(path)} | ${plain(title ?? '')} |`),
    ].join('\n'),
    ...(more > 0 ? [`And ${more} more in \`src/operations.ts\`.`] : []),
  ]
    .join('\n\n')
    .concat('\n');
}

function describeCredential(credential: Credential): { readonly variable: string; readonly what: string }[] {
  switch (credential.kind) {
    case 'apiKey':
      return [
        { variable: credential.variable, what: `secret; the API key, sent as ${credential.in} parameter ${plain(credential.parameter)}` },
      ];
    case 'bearer':
      return [{ variable: credential.variable, what: 'secret; the access token, sent as bearer token' }];
    case 'basic':
      return [
        { variable: credential.usernameVariable, what: 'secret; the user name' },
        { variable: credential.passwordVariable, what: 'secret; the password' },
      ];
  }
}

/** Text of the specification inside Markdown: one short line in which nothing is markup. */
const plain = (text: string): string => shorten(oneLine(text), 160).replace(/[\\`*_[\]<>|#!]/g, (character) => `\\${character}`);
