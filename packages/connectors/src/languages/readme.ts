/**
 * What every connector says about itself, in whatever language it is: its variables, its operations, how it is
 * run and deployed. Text of the specification stands in it as one short line each, in which nothing is markup.
 */

import { plain } from '../documentation/markdown.ts';
import { oneLine, shorten } from '../json.ts';
import type { ConnectorPlan } from './language.ts';
import type { Credential } from './typescript/runtime/operation.ts';

/** Operations named in the README; the rest is in the data. */
const LISTED_OPERATIONS = 100;

/** A variable or secret a connector reads. */
export interface Variable {
  readonly name: string;
  /** One line, of the specification's text nothing but what `oneLine` leaves. */
  readonly what: string;
}

/** Every variable of a connector, in the order a person sets them. */
export function variablesOf({ api, basePath }: Pick<ConnectorPlan, 'api' | 'basePath'>): readonly Variable[] {
  const known =
    basePath === undefined ? 'the specification names none' : `the specification names only its path ${short(basePath)}, include that`;
  const unless = api.baseUrl === undefined ? `; needed, ${known}` : `, unless it is ${short(api.baseUrl)}`;
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
      return [{ name: credential.variable, what: `secret; the access token, sent ${sentAs(credential.prefix)}` }];
    case 'basic':
      return [
        { name: credential.usernameVariable, what: 'secret; the user name' },
        { name: credential.passwordVariable, what: 'secret; the password' },
      ];
  }
}

const sentAs = (prefix: string | undefined): string => (prefix === undefined ? 'as bearer token' : `behind the word ${short(prefix)}`);

/** `.env.example`: every variable with what it is, and no value. What stands in single quotes is read alike by all languages. */
export const environmentExample = (plan: ConnectorPlan): string =>
  [
    '# A value with #, blanks or quotes belongs in single quotes.\n',
    ...variablesOf(plan).map(({ name, what }) => `# ${what}\n${name}=\n`),
  ].join('\n');

export interface ReadmeParts {
  /** Commands that bring the connector up on this machine. */
  readonly run: string;
  /** How it gets where it shall run, as Markdown. */
  readonly deployment: string;
  /** Where the data lies, and what lies beside it. */
  readonly data: string;
  readonly rest: string;
}

/** `README.md` of a connector. */
export function connectorReadme(plan: ConnectorPlan, { run, deployment, data, rest }: ReadmeParts): string {
  const { api, operations } = plan;
  const listed = [...operations].slice(0, LISTED_OPERATIONS);
  const more = operations.size - listed.length;
  const offer =
    api.mode === 'dynamic' ? 'They are too many for a list: three tools search, describe and call them.' : 'Each of them is a tool.';
  return [
    `# ${plain(api.title)}: MCP connector`,
    `A Model Context Protocol server for ${operations.size} operations of ${plain(api.title)} ${plain(api.version)}. ${offer} \`${data}\` is the data, ${rest} is the same for every API.`,
    '## Run',
    `\`\`\`bash\n${run}\n\`\`\``,
    '## Deploy',
    deployment,
    '## Variables and secrets',
    ['| name | what |', '| --- | --- |', ...variablesOf(plan).map(({ name, what }) => `| \`${name}\` | ${plain(what)} |`)].join('\n'),
    ...closedOperations(plan),
    '## Operations',
    [
      '| name | operation | what |',
      '| --- | --- | --- |',
      ...listed.map(([name, { method, path, title }]) => `| \`${name}\` | ${method} ${plain(path)} | ${plain(title ?? '')} |`),
    ].join('\n'),
    ...(more > 0 ? [`And ${more} more in \`${data}\`.`] : []),
  ]
    .join('\n\n')
    .concat('\n');
}

/** Operations told by name of those whose credentials cannot be sent. */
const TOLD_CLOSED = 10;

/** What is said when the API asks for credentials that no connector can send, such as digest or certificates. */
function closedOperations({ api, operations }: ConnectorPlan): readonly string[] {
  const canSend = (scheme: string): boolean => Object.hasOwn(api.credentials, scheme);
  const closed = [...operations].filter(
    ([, { security }]) => security.length > 0 && security.every((alternative) => !alternative.every(canSend)),
  );
  if (closed.length === 0) return [];
  const schemes = [...new Set(closed.flatMap(([, { security }]) => security.flat()))].filter((scheme) => !canSend(scheme));
  const more = closed.length - TOLD_CLOSED;
  const names = closed.slice(0, TOLD_CLOSED).map(([name]) => `\`${name}\``);
  return [
    `Credentials of ${schemes.length === 1 ? 'this scheme' : 'these schemes'} cannot be sent: ${schemes
      .slice(0, TOLD_CLOSED)
      .map((scheme) => plain(short(scheme)))
      .join(', ')}. Called without credentials, because they take no others: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
  ];
}

const short = (text: string): string => shorten(oneLine(text), 160);
