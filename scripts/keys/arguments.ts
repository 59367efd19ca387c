/** What was typed: the command, what it is about, and the flags. Nothing is read or sent here. */
import { apiKeyScopeSchema, fail, OPERATOR_TENANT, ok, parseApiKey, type Result, rateClassSchema } from '@mcpoverflow/types';
import * as z from 'zod';
import { urlFrom, urlSchema } from '../engine/access.ts';
import { readCommand } from '../terminal/command-line.ts';

export const usage = `Usage: npm run keys -- <command> [flags]

  create               make a key; it is printed once and kept nowhere
    --tenant TENANT      whose jobs it sees: 1 to 128 letters, digits, dots, dashes, underscores;
                         '*' is who operates the engine: everybody's dead letters, no jobs
    --scopes A,B         submit, read, operate (default submit,read; for '*' operate)
    --rate-class CLASS   standard (default) or high
    --expires WHEN       after so long (90d, 12h, 30m), or at a time (2027-01-01T00:00:00Z); default never
    --name TEXT          where it is used, or by whom; \`list\` shows it
  list                 every key there is (--tenant TENANT), without what would open a door
  revoke ID            end a key now and for ever; ID is the part between its two underscores
  rotate ID            make a new key with the same rights; the old one ends after an overlap, or has ended
    --overlap TIME       how long the old one goes on (24h)
    --expires WHEN       of the new one (default: it lives as long as the old one was meant to)

Where
  --local              the engine on this machine (default)
  --env NAME           staging or production, as wrangler reaches it: log in, or set CLOUDFLARE_API_TOKEN
  --url URL            the engine to tell of a revocation (or MCPOVERFLOW_URL; with --local the one on this machine)
  --json               JSON instead of sentences

Exit codes: 0 done; 1 not done, or only in part; 2 not understood.`;

const flags = {
  tenant: { type: 'string' },
  scopes: { type: 'string' },
  'rate-class': { type: 'string' },
  expires: { type: 'string' },
  name: { type: 'string' },
  overlap: { type: 'string' },
  local: { type: 'boolean' },
  env: { type: 'string' },
  url: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
type Flag = keyof typeof flags;

const everywhere: readonly Flag[] = ['local', 'env', 'url', 'json'];
const commands = {
  create: { takesKey: false, flags: ['tenant', 'scopes', 'rate-class', 'expires', 'name'] },
  list: { takesKey: false, flags: ['tenant'] },
  revoke: { takesKey: true, flags: [] },
  rotate: { takesKey: true, flags: ['overlap', 'expires'] },
} as const satisfies Record<string, { readonly takesKey: boolean; readonly flags: readonly Flag[] }>;
export type CommandName = keyof typeof commands;

const DAY_MS = 86_400_000;
const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: DAY_MS };
const durationSchema = z
  .string()
  .regex(/^\d{1,5}[mhd]$/, 'must be a time such as 30m, 12h or 90d')
  .transform((text) => Number(text.slice(0, -1)) * (unitMs[text.slice(-1)] ?? 0));

const tenantSchema = z
  .string()
  .regex(/^(\*|[A-Za-z0-9._-]{1,128})$/, `must be "${OPERATOR_TENANT}" or 1 to 128 letters, digits, dots, dashes and underscores`);
const scopesSchema = z
  .string()
  .transform((list) => [...new Set(list.split(',').map((scope) => scope.trim()))])
  .pipe(z.array(apiKeyScopeSchema, 'must be a list of submit, read and operate'));
const idSchema = z.string().regex(/^[A-Za-z0-9]{16,64}$/);

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether nobody on the way can read what is sent there. */
function isProtected(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || loopback.test(hostname);
}

/** `now` is epoch milliseconds; moments become ISO times. */
const optionsSchema = (now: number) =>
  z.object({
    tenant: tenantSchema.optional(),
    scopes: scopesSchema.optional(),
    'rate-class': rateClassSchema.optional(),
    expires: z
      .union(
        [
          durationSchema.transform((ms) => new Date(now + ms).toISOString()),
          z.iso.datetime({ offset: true }).transform((at) => new Date(at).toISOString()),
        ],
        'must be a time such as 90d, or a moment such as 2027-01-01T00:00:00Z',
      )
      .refine((at) => Date.parse(at) > now, 'must lie ahead')
      .optional(),
    name: z.string().min(1).max(100).optional(),
    overlap: durationSchema.default(DAY_MS),
    env: z.enum(['staging', 'production'], 'must be staging or production').optional(),
    url: urlSchema.refine(isProtected, 'must begin with https: a key goes there, and only this machine may be asked without').optional(),
    json: z.boolean().default(false),
  });
export type Environment = 'local' | 'staging' | 'production';

export interface Invocation {
  readonly command: CommandName;
  readonly environment: Environment;
  /** The key that the command is about; empty where it is about none. */
  readonly keyId: string;
  readonly options: z.infer<ReturnType<typeof optionsSchema>>;
}

/** Reads the command line; `now` is epoch milliseconds. The error is a sentence for the person who typed it. */
export function parseArguments(
  typed: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  now: number,
): Result<Invocation | { readonly command: 'help' }, string> {
  const read = readCommand<CommandName, typeof flags>(typed, flags, commands, everywhere);
  if (!read.ok) return read;
  if (read.value.command === 'help') return ok({ command: 'help' });
  const { command: name, values, words } = read.value;
  const [subject, ...others] = words;
  if (values.local === true && values.env !== undefined) return fail('Give --local or --env, not both.');

  // Elsewhere an address is not guessed: a revocation must not be told to another engine.
  const usual = values.env === undefined ? urlFrom(environment) : environment.MCPOVERFLOW_URL || undefined;
  const url = values.url ?? (name === 'revoke' ? usual : undefined);
  const options = optionsSchema(now).safeParse({ ...values, url });
  if (!options.success) {
    const [issue] = options.error.issues;
    return fail(`--${String(issue?.path[0])}: ${issue?.message}.`);
  }
  if (others.length > 0 || (!commands[name].takesKey && subject !== undefined))
    return fail(`\`${name}\` takes ${commands[name].takesKey ? 'one key at a time' : 'flags only'}.`);
  const keyId = commands[name].takesKey ? keyIdOf(subject) : '';
  if (keyId === undefined) return fail(`Name a key: ${name} ID. \`list\` shows the ids.`);
  if (name === 'create' && options.data.tenant === undefined) return fail('Say whose key it is: --tenant TENANT.');
  if (options.data.tenant === OPERATOR_TENANT && options.data.scopes?.some((scope) => scope !== 'operate')) {
    return fail("The engine's operator has no jobs to submit or read: leave --scopes out.");
  }
  return ok({ command: name, environment: options.data.env ?? 'local', keyId, options: options.data });
}

/** An id; or that of a whole key, which is all that somebody has who found one where it does not belong. */
function keyIdOf(subject: string | undefined): string | undefined {
  return idSchema.safeParse(parseApiKey(subject ?? '')?.id ?? subject).data;
}
