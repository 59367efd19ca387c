/** What was typed: the command, what it is about, and the flags. Nothing is read or sent here. */
import { resolve } from 'node:path';
import {
  type DeadLetterFilter,
  deadLetterFilterSchema,
  fail,
  MAX_SELECTED_IDS,
  ok,
  type Result,
  replayRequestSchema,
} from '@mcpoverflow/types';
import * as z from 'zod';
import { keyFrom, keySchema, urlFrom, urlSchema } from '../engine/access.ts';
import { readCommand } from '../terminal/command-line.ts';

export const usage = `Usage: npm run dlq -- <command> [flags]

  list                 dead letters, the latest death first
  groups               the same by cause, the largest group first
  show ID              everything about one, with its history
  replay               plan, ask, then bring back what the flags select, and watch
  follow REPLAY        watch a replay that was started before
  pause REPLAY         start nothing more for now
  resume REPLAY        go on
  abort REPLAY         start nothing more at all
  discard ID... | FILTER   leave them; the history says so

Filters (list, groups, replay, discard)
  --status STATUS      dead, replaying, recovered, cancelled, discarded
  --kind KIND          job, delivery, message
  --type TYPE          the job's type, or the webhook's event
  --tenant TENANT
  --fingerprint F      one cause, as \`groups\` shows it
  --code CODE          for example needs-openhands
  --since, --until T   by the last death: 90m, 2h or 7d ago, or 2026-11-22T10:00:00Z

Pages (list, groups)
  --limit N            so many at once (20, up to 100)
  --cursor C           the next page, as the last line of a page says
  --all                every page

Replay
  --ids A,B            these; or filters; or
  --plan REPLAY        exactly what a dry run has planned
  --dry-run            print the plan and start nothing
  --rate N             start so many a second (10)
  --canary N           so many must recover before the rest is started
  --stop-on-failure-ratio R   stop when more than this share died again, 0 to 1
  --force              what is in quarantine, too
  --patch FILE         change the submission of a single job first (RFC 6902, JSON)
  --yes                do not ask (discard, too)

Everywhere
  --json               JSON instead of tables
  --url URL            the engine (or MCPOVERFLOW_URL; default http://127.0.0.1 with PORT or 8787)
  The API key comes from MCPOVERFLOW_API_KEY; it needs the scope \`operate\`.

Exit codes: 0 done, all recovered; 1 something died again, or the replay was stopped; 2 not understood,
refused, or no engine; 130 detached by Ctrl-C, the replay goes on.`;

const flags = {
  status: { type: 'string' },
  kind: { type: 'string' },
  type: { type: 'string' },
  tenant: { type: 'string' },
  fingerprint: { type: 'string' },
  code: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string' },
  cursor: { type: 'string' },
  all: { type: 'boolean' },
  ids: { type: 'string' },
  plan: { type: 'string' },
  'dry-run': { type: 'boolean' },
  rate: { type: 'string' },
  canary: { type: 'string' },
  'stop-on-failure-ratio': { type: 'string' },
  force: { type: 'boolean' },
  patch: { type: 'string' },
  yes: { type: 'boolean' },
  json: { type: 'boolean' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
type Flag = keyof typeof flags;

const filterFlags = ['status', 'kind', 'type', 'tenant', 'fingerprint', 'code', 'since', 'until'] as const satisfies readonly Flag[];
const pageFlags = ['limit', 'cursor', 'all'] as const satisfies readonly Flag[];
/** What a plan keeps from the call that made it. */
const planningFlags = ['rate', 'canary', 'stop-on-failure-ratio', 'force', 'patch'] as const satisfies readonly Flag[];
const everywhere: readonly Flag[] = ['json', 'url'];

type Subject = 'nothing' | 'a dead letter' | 'dead letters' | 'a replay';
const commands = {
  list: { subject: 'nothing', flags: [...filterFlags, ...pageFlags] },
  groups: { subject: 'nothing', flags: [...filterFlags, ...pageFlags] },
  show: { subject: 'a dead letter', flags: [] },
  replay: { subject: 'nothing', flags: [...filterFlags, ...planningFlags, 'ids', 'plan', 'dry-run', 'yes'] },
  follow: { subject: 'a replay', flags: [] },
  pause: { subject: 'a replay', flags: [] },
  resume: { subject: 'a replay', flags: [] },
  abort: { subject: 'a replay', flags: [] },
  discard: { subject: 'dead letters', flags: [...filterFlags, 'yes'] },
} as const satisfies Record<string, { readonly subject: Subject; readonly flags: readonly Flag[] }>;
export type CommandName = keyof typeof commands;

/** Ids become parts of addresses; this form cannot lead to another address. */
const idSchema = z.string().regex(/^[\w-]{1,128}$/);
const deadLetterIdSchema = z.string().regex(/^(job|delivery|message)_[\w-]{1,112}$/);
const idsSchema = z
  .string()
  .transform((list) => list.split(',').map((id) => id.trim()))
  .pipe(z.array(deadLetterIdSchema).min(1).max(MAX_SELECTED_IDS));

const timeError = 'must be an age such as 90m, 2h or 7d, or a time such as 2026-11-22T10:00:00Z';
const typedNumber = z.coerce.number('must be a number');

function optionsSchema(now: number) {
  const { status, kind, type, tenant, fingerprint, code } = deadLetterFilterSchema.shape;
  const { ratePerSecond, canary, stopOnFailureRatio } = replayRequestSchema.shape;
  const time = z.string().transform((text, context) => {
    const at = timeFrom(text, now);
    if (at !== undefined) return at;
    context.addIssue(timeError);
    return z.NEVER;
  });
  return z.object({
    status,
    kind,
    type,
    tenant,
    fingerprint,
    code,
    since: time.optional(),
    until: time.optional(),
    limit: z.coerce.number().int().min(1).max(100).default(20),
    cursor: z.string().max(512).optional(),
    all: z.boolean().default(false),
    ids: idsSchema.optional(),
    plan: idSchema.optional(),
    'dry-run': z.boolean().default(false),
    rate: typedNumber.pipe(ratePerSecond.unwrap()).optional(),
    canary: typedNumber.pipe(canary.unwrap()).optional(),
    'stop-on-failure-ratio': typedNumber.pipe(stopOnFailureRatio.unwrap()).optional(),
    force: z.boolean().optional(),
    patch: z.string().min(1).optional(),
    yes: z.boolean().default(false),
    json: z.boolean().default(false),
    url: urlSchema,
  });
}
export type Options = z.infer<ReturnType<typeof optionsSchema>>;

export interface Invocation {
  readonly command: CommandName;
  /** The ids behind the command; they have the form of ids. */
  readonly subjects: readonly string[];
  readonly options: Options;
  /** What the filter flags say; undefined when there are none. */
  readonly filter: DeadLetterFilter | undefined;
  /** The absolute path of the file `--patch` names. */
  readonly patchFile: string | undefined;
  readonly key: string | undefined;
}

type Typed = { readonly [Name in Flag]?: string | boolean | undefined };

/** Reads the command line; `now` is epoch milliseconds. The error is a sentence for the person who typed it. */
export function parseArguments(
  typed: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  now: number,
): Result<Invocation | { readonly command: 'help' }, string> {
  const read = readCommand<CommandName, typeof flags>(typed, flags, commands, everywhere);
  if (!read.ok) return read;
  if (read.value.command === 'help') return ok({ command: 'help' });
  const { command: name, values, words: subjects } = read.value;
  const options = optionsSchema(now).safeParse({ ...values, url: values.url ?? urlFrom(environment) });
  if (!options.success) {
    const [issue] = options.error.issues;
    return fail(`--${String(issue?.path[0])}: ${issue?.message}.`);
  }
  const key = keySchema.optional().safeParse(keyFrom(environment));
  if (!key.success) return fail('MCPOVERFLOW_API_KEY must be printable ASCII.');
  const fault = faultOf(name, subjects, values);
  if (fault !== undefined) return fail(fault);
  // Not where npm runs, but where the person is.
  const directory = environment.INIT_CWD ?? process.cwd();
  return ok({
    command: name,
    subjects,
    options: options.data,
    filter: filterOf(options.data),
    patchFile: options.data.patch === undefined ? undefined : resolve(directory, options.data.patch),
    key: key.data,
  });
}

/** What does not go together, in a sentence. */
function faultOf(name: CommandName, subjects: readonly string[], given: Typed): string | undefined {
  const filtered = filterFlags.some((flag) => given[flag] !== undefined);
  return subjectFault(name, subjects, filtered) ?? (name === 'replay' ? replayFault(given, filtered) : undefined);
}

function subjectFault(name: CommandName, subjects: readonly string[], filtered: boolean): string | undefined {
  const [first, second] = subjects;
  const { subject } = commands[name];
  if (subject === 'nothing') {
    if (first === undefined) return undefined;
    return name === 'replay' ? '`replay` takes its dead letters as --ids A,B.' : `\`${name}\` takes flags only.`;
  }
  if (subject === 'dead letters' && filtered) return first === undefined ? undefined : `Give \`${name}\` ids or filters, not both.`;
  if (first === undefined) {
    return subject === 'dead letters'
      ? `Say what to ${name}: ids, or filters. Everything that is dead: --status dead.`
      : `Name ${subject}: ${name} ID.`;
  }
  if (subject !== 'dead letters' && second !== undefined) return `\`${name}\` takes one id at a time.`;
  const schema = subject === 'a replay' ? idSchema : deadLetterIdSchema;
  const wrong = subjects.find((id) => !schema.safeParse(id).success);
  return wrong === undefined ? undefined : `"${wrong}" is not the id of a ${subject === 'a replay' ? 'replay' : 'dead letter'}.`;
}

function replayFault(given: Typed, filtered: boolean): string | undefined {
  const selections = [given.ids !== undefined, given.plan !== undefined, filtered].filter(Boolean).length;
  if (selections === 0) return 'Say what to replay: --ids A,B, filters, or --plan ID. Everything that is dead: --status dead.';
  if (selections > 1) return 'Say what to replay in one way: --ids, filters, or --plan.';
  const planned = given.plan === undefined ? undefined : planningFlags.find((flag) => given[flag] !== undefined);
  if (planned !== undefined) return `A plan is executed as it was made: leave out --${planned}, or plan anew.`;
  const single = typeof given.ids === 'string' && !given.ids.includes(',');
  return given.patch === undefined || single ? undefined : '--patch changes one job: name it with --ids.';
}

function filterOf(options: Options): DeadLetterFilter | undefined {
  const given = filterFlags.filter((flag) => options[flag] !== undefined).map((flag) => [flag, options[flag]]);
  return given.length === 0 ? undefined : deadLetterFilterSchema.parse(Object.fromEntries(given));
}

const secondsOf: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 };

/** An ISO time from one, or from an age before `now`; undefined when it is neither. */
function timeFrom(text: string, now: number): string | undefined {
  const [, amount, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (amount !== undefined) return new Date(now - Number(amount) * (secondsOf[unit] ?? 0) * 1000).toISOString();
  return z.iso.datetime({ offset: true }).safeParse(text).data;
}
