/** What was typed: the command, what it is about, and the flags. Nothing is read or sent here. */
import { basename, extname, resolve } from 'node:path';
import {
  fail,
  jobStatusSchema,
  jobTypeSchema,
  languageSchema,
  ok,
  type Result,
  runtimeSchema,
  specTypeSchema,
  uuidSchema,
} from '@mcpoverflow/types';
import * as z from 'zod';
import { keyFrom, keySchema, urlFrom, urlSchema } from '../engine/access.ts';
import { splitArguments } from '../terminal/flags.ts';

export const usage = `Usage: npm run jobs -- <command> [flags]

  submit FILE    send a specification, wait, unpack the connector into a folder
  watch ID       wait for a job that was submitted before
  get ID         print a job as JSON
  list           print your jobs (--status STATUS, --limit N)
  cancel ID      stop a job
  download ID    unpack the connector of a finished job

Flags
  --type TYPE             analyze, generate-connector (default), generate-from-description (FILE is the text),
                          or another type (FILE is the JSON body of that call)
  --name NAME             name of the connector (default: from the file's name)
  --spec-type TYPE        openapi, graphql or postman (default: from the content)
  --language LANGUAGE     typescript (default), python, go
  --runtime RUNTIME       cloudflare-workers (default), docker, vercel, lambda
  --idempotency-key KEY   the same key and content give the same job, however often they are sent
  --out DIR               folder to unpack into (default: a new one named after the connector)
  --json                  print the job as JSON instead of sentences
  --url URL               the engine (or MCPOVERFLOW_URL; default http://127.0.0.1 with PORT or 8787)
  --key KEY               API key (or MCPOVERFLOW_API_KEY, which keeps it out of your shell's history)`;

const flags = {
  type: { type: 'string' },
  name: { type: 'string' },
  'spec-type': { type: 'string' },
  language: { type: 'string' },
  runtime: { type: 'string' },
  'idempotency-key': { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
  url: { type: 'string' },
  key: { type: 'string' },
  status: { type: 'string' },
  limit: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const optionsSchema = z.object({
  type: jobTypeSchema.default('generate-connector'),
  name: z.string().min(1).optional(),
  'spec-type': specTypeSchema.optional(),
  language: languageSchema.optional(),
  runtime: runtimeSchema.optional(),
  'idempotency-key': z.string().min(1).optional(),
  out: z.string().min(1).optional(),
  json: z.boolean().default(false),
  url: urlSchema,
  key: keySchema.optional(),
  status: jobStatusSchema.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
export type Options = z.infer<typeof optionsSchema>;

const commandNames = ['submit', 'watch', 'get', 'list', 'cancel', 'download'] as const;
type CommandName = (typeof commandNames)[number];

export interface Invocation {
  readonly command: CommandName;
  /** The absolute path for `submit`, the job's id for the others, empty for `list`. */
  readonly subject: string;
  readonly options: Options;
  /** Where the person is: npm runs scripts in the project's folder and keeps this one in INIT_CWD. */
  readonly directory: string;
}

/** Reads the command line. The error is a sentence for the person who typed it. */
export function parseArguments(
  typed: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<Invocation | { readonly command: 'help' }, string> {
  const split = splitArguments(typed, flags);
  if (!split.ok) return split;
  const { values, positionals } = split.value;
  if (values.help === true || positionals[0] === 'help') return ok({ command: 'help' });

  const command = commandNames.find((name) => name === positionals[0]);
  if (command === undefined) return fail(positionals[0] === undefined ? 'Say what to do.' : `There is no command "${positionals[0]}".`);
  const options = optionsSchema.safeParse({
    ...values,
    url: values.url ?? urlFrom(environment),
    key: values.key ?? keyFrom(environment),
  });
  if (!options.success) {
    const [issue] = options.error.issues;
    return fail(`--${issue?.path.join('.')}: ${issue?.message}.`);
  }
  const directory = environment.INIT_CWD ?? process.cwd();
  const subject = subjectOf(command, positionals.slice(1), directory);
  return subject.ok ? ok({ command, subject: subject.value, options: options.data, directory }) : subject;
}

function subjectOf(command: CommandName, subjects: readonly string[], directory: string): Result<string, string> {
  const [first, second] = subjects;
  if (command === 'list') return first === undefined ? ok('') : fail('`list` takes flags only.');
  if (first === undefined) return fail(command === 'submit' ? 'Name the file to submit.' : `Name the job: ${command} ID.`);
  if (second !== undefined) return fail(`\`${command}\` takes one ${command === 'submit' ? 'file' : 'job'} at a time.`);
  if (command === 'submit') return ok(resolve(directory, first));
  const id = uuidSchema.safeParse(first);
  return id.success ? ok(id.data) : fail(`"${first}" is not the id of a job.`);
}

/** The connector's name when none was given: the file's, without folders and ending. */
export function nameFromFile(file: string): string {
  return basename(file, extname(file)).slice(0, 100) || 'connector';
}
