/** What was typed: the command, the environment it is about, and the flags. Nothing is read or sent here. */
import { fail, ok, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import { urlSchema } from '../engine/access.ts';
import { readCommand } from '../terminal/command-line.ts';
import { type EnvironmentName, environmentNames } from './wanted.ts';

export const usage = `Usage: ./deploy-cloudflare.sh <command> [flags]

  deploy                   the same as deploy-production
  deploy-staging           create what is missing, deploy the three Workers, try them
  deploy-production
  create [ENVIRONMENT]     create what is missing beside the Workers: queues, KV namespace
  status [ENVIRONMENT]     release and age of each Worker, address, backlog, health, releases to go back to
  doctor [ENVIRONMENT]     what is not as it should be, and how to mend it
  logs [ENVIRONMENT]       follow the logs of api and consumer
  rollback [ENVIRONMENT]   all three Workers back to the release before
  destroy ENVIRONMENT      delete everything of it, after its name was typed
  help

ENVIRONMENT is staging or production; left out, production.

Flags
  --update-secrets   deploy: replace secrets that are set already
  --to RELEASE       rollback: to that release (status shows releases)
  --yes              rollback: do not ask
  --url URL          ask the engine at this address instead of its public one

Environment variables
  CLOUDFLARE_API_TOKEN    or log in with \`npx wrangler login\`
  CLOUDFLARE_ACCOUNT_ID   needed when the token is for more than one account
  ENGINE_DOMAIN           custom domain of the environment that is deployed; without one, workers.dev
  OPENHANDS_API_URL, OPENHANDS_DRIVER, OPENHANDS_API_KEY, OPENHANDS_LLM, LLM_API_KEY, LLM_BASE_URL
                          deploy: secrets of the consumer; without them the embedded agent does the work
  OPENHANDS_HOOK_SECRET   deploy: secret of the api; made up when there is none
  CI                      deploy: set, no first API key is made, for logs of CI are read by many

Exit codes: 0 done, nothing wrong; 1 not done, or something is wrong; 2 not understood; interrupted: 130 by
Ctrl-C, 143 by a kill, 129 by a closed terminal.`;

const flags = {
  'update-secrets': { type: 'boolean' },
  to: { type: 'string' },
  yes: { type: 'boolean' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
type Flag = keyof typeof flags;

const commands = {
  deploy: { environment: 'production', flags: ['update-secrets', 'url'] },
  'deploy-staging': { environment: 'staging', flags: ['update-secrets', 'url'] },
  'deploy-production': { environment: 'production', flags: ['update-secrets', 'url'] },
  create: { environment: 'typed', flags: [] },
  status: { environment: 'typed', flags: ['url'] },
  doctor: { environment: 'typed', flags: ['url'] },
  logs: { environment: 'typed', flags: [] },
  rollback: { environment: 'typed', flags: ['to', 'yes', 'url'] },
  destroy: { environment: 'needed', flags: [] },
} as const satisfies Record<string, { readonly environment: EnvironmentName | 'typed' | 'needed'; readonly flags: readonly Flag[] }>;
type TypedCommand = keyof typeof commands;
export type CommandName = Exclude<TypedCommand, 'deploy-staging' | 'deploy-production'>;

const releaseSchema = z.string().regex(/^[\w.-]{1,64}$/, 'must be a release as `status` shows it');

export interface Invocation {
  readonly command: CommandName;
  readonly environment: EnvironmentName;
  readonly updateSecrets: boolean;
  readonly to: string | undefined;
  readonly yes: boolean;
  /** Without a slash at its end. */
  readonly url: string | undefined;
}

/** Reads the command line. The error is a sentence for the person who typed it. */
export function parseArguments(typed: readonly string[]): Result<Invocation | { readonly command: 'help' }, string> {
  const read = readCommand<TypedCommand, typeof flags>(typed, flags, commands, []);
  if (!read.ok) return read;
  if (read.value.command === 'help') return ok({ command: 'help' });
  const { command: name, values, words } = read.value;
  const environment = environmentOf(name, words);
  if (!environment.ok) return environment;
  const url = urlSchema.optional().safeParse(values.url);
  if (!url.success) return fail('--url must be an http or https address.');
  const to = releaseSchema.optional().safeParse(values.to);
  if (!to.success) return fail('--to must be a release as `status` shows it.');
  return ok({
    command: name === 'deploy-staging' || name === 'deploy-production' ? 'deploy' : name,
    environment: environment.value,
    updateSecrets: values['update-secrets'] === true,
    to: to.data,
    yes: values.yes === true,
    url: url.data?.replace(/\/+$/, ''),
  });
}

function environmentOf(name: TypedCommand, rest: readonly string[]): Result<EnvironmentName, string> {
  const { environment } = commands[name];
  const [typed, ...more] = rest;
  if (environment !== 'typed' && environment !== 'needed')
    return typed === undefined ? ok(environment) : fail(`\`${name}\` takes flags only.`);
  if (typed === undefined)
    return environment === 'typed' ? ok('production') : fail(`Say which environment to ${name}: staging or production.`);
  const found = environmentNames.find((each) => each === typed);
  if (found === undefined || more.length > 0) return fail(`The environment is staging or production, not "${rest.join(' ')}".`);
  return ok(found);
}
