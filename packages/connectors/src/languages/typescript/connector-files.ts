/**
 * The files of a TypeScript connector: the fixed runtime, the data, and what a person needs to install, read
 * and deploy them. Versions are exact and the lockfile is complete, so that the connector that was verified
 * is the one that is installed.
 */
import type { GeneratedFile } from '@mcpoverflow/types';
import { oneLine, shorten } from '../../json.ts';
import type { ConnectorPlan } from '../language.ts';
import { dataModule } from './data-module.ts';
import { lockfiles } from './lockfiles.generated.ts';
import { manifest } from './manifest.ts';
import type { Api, Credential } from './runtime/operation.ts';
import { runtimeFiles } from './runtime.generated.ts';
import { type Target, targets } from './targets.ts';

/** Tools named in the README; the rest is in the data. */
const LISTED_TOOLS = 100;

/** Every file, in the order a person reads them. */
export function connectorFiles(plan: ConnectorPlan): GeneratedFile[] {
  const { api, operations, runtime } = plan;
  const target = targets[runtime];
  const variables = variablesOf(api);
  return [
    { path: 'README.md', content: readme(plan, target, variables) },
    { path: 'package.json', content: json(manifest(api.name, target)) },
    { path: 'package-lock.json', content: json(lockfile(api.name, lockfiles[runtime])) },
    ...target.deploymentFiles(api.name),
    { path: '.env.example', content: variables.map(({ name, what }) => `# ${what}\n${name}=\n`).join('\n') },
    { path: 'tsconfig.json', content: json(compilerOptions(target)) },
    { path: '.gitignore', content: 'node_modules/\n.wrangler/\n.aws-sam/\n.vercel/\n.env\n' },
    ...runtimeFiles.filter(({ path }) => isNeeded(path, target)),
    { path: 'src/operations.ts', content: dataModule(api, operations) },
  ];
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const entries = new Set(Object.values(targets).flatMap((target) => target.entries));

/** Entries of other places stay away; everything else is the same everywhere. */
function isNeeded(path: string, target: Target): boolean {
  const name = path.replace('src/', '');
  return !entries.has(name) || target.entries.includes(name);
}

/** The lockfile depends on the dependencies alone; only the package's name is its own. */
function lockfile(name: string, { packages, ...head }: (typeof lockfiles)[keyof typeof lockfiles]): unknown {
  return { name, ...head, packages: { ...packages, '': { name, ...packages[''] } } };
}

function compilerOptions(target: Target): unknown {
  return {
    compilerOptions: {
      target: 'ES2024',
      lib: ['ES2024', 'DOM', 'DOM.Iterable'],
      module: 'ESNext',
      moduleResolution: 'Bundler',
      types: target.types,
      strict: true,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
      skipLibCheck: true,
      noEmit: true,
    },
    include: ['src', 'api'],
  };
}

interface Variable {
  readonly name: string;
  /** One line, of the specification's text nothing but what `oneLine` leaves. */
  readonly what: string;
}

function variablesOf(api: Api): readonly Variable[] {
  const unless = api.baseUrl === undefined ? '; needed, the specification names none' : `, unless it is ${short(api.baseUrl)}`;
  return [
    { name: 'BASE_URL', what: `address of the API${unless}` },
    ...Object.values(api.credentials).flatMap(credentialVariables),
    { name: 'CONNECTOR_TOKEN', what: 'when set, clients must send it as "Authorization: Bearer …"; set it before you deploy' },
    { name: 'ALLOWED_ORIGINS', what: 'host names of web pages that may call this server, separated by commas' },
    { name: 'ALLOWED_HOSTS', what: 'host names this server answers to, separated by commas' },
    { name: 'TIMEOUT_MS', what: 'milliseconds the API has to answer (30000)' },
    { name: 'MAX_ANSWER_LENGTH', what: 'characters of an answer that reach the model (60000)' },
  ];
}

function credentialVariables(credential: Credential): readonly Variable[] {
  switch (credential.kind) {
    case 'apiKey':
      return [
        { name: credential.variable, what: `secret; the API key, sent as ${credential.in} parameter ${short(credential.parameter)}` },
      ];
    case 'bearer':
      return [{ name: credential.variable, what: 'secret; the access token, sent as bearer token' }];
    case 'basic':
      return [
        { name: credential.usernameVariable, what: 'secret; the user name' },
        { name: credential.passwordVariable, what: 'secret; the password' },
      ];
  }
}

function readme({ api, operations }: ConnectorPlan, target: Target, variables: readonly Variable[]): string {
  const listed = [...operations].slice(0, LISTED_TOOLS);
  const more = operations.size - listed.length;
  const offer =
    api.mode === 'dynamic' ? 'They are too many for a list: three tools search, describe and call them.' : 'Each of them is a tool.';
  return [
    `# ${plain(api.title)}: MCP connector`,
    `A Model Context Protocol server for ${operations.size} operations of ${plain(api.title)} ${plain(api.version)}. ${offer} \`src/operations.ts\` is the data, everything else in \`src\` is the same for every API.`,
    '## Run',
    `\`\`\`bash\nnpm ci\ncp .env.example .env    # and fill in what the API needs\nnpm run dev             # ${target.url}\n\`\`\``,
    '## Deploy',
    target.deployment,
    '## Variables and secrets',
    ['| name | what |', '| --- | --- |', ...variables.map(({ name, what }) => `| \`${name}\` | ${plain(what)} |`)].join('\n'),
    '## Operations',
    [
      '| name | operation | what |',
      '| --- | --- | --- |',
      ...listed.map(([name, { method, path, title }]) => `| \`${name}\` | ${method} ${plain(path)} | ${plain(title ?? '')} |`),
    ].join('\n'),
    ...(more > 0 ? [`And ${more} more in \`src/operations.ts\`.`] : []),
  ]
    .join('\n\n')
    .concat('\n');
}

const short = (text: string): string => shorten(oneLine(text), 160);

/** Text of the specification inside Markdown: one short line in which nothing is markup. */
const plain = (text: string): string => shorten(oneLine(text), 240).replace(/[\\`*_[\]<>|#!]/g, (character) => `\\${character}`);
