/**
 * Which secrets a deployment hands to which Worker. Their values come from the environment and go to Cloudflare; what is
 * deployed can be listed by name but never read, so a secret that exists is left alone unless asked.
 */
import { randomBytes } from 'node:crypto';
import type { Role } from './wanted.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What only the consumer may know: it alone calls OpenHands and pays for models. */
export const consumerSecrets = [
  'OPENHANDS_API_URL',
  'OPENHANDS_DRIVER',
  'OPENHANDS_API_KEY',
  'OPENHANDS_LLM',
  'LLM_API_KEY',
  'LLM_BASE_URL',
] as const;

const HOOK_SECRET = 'OPENHANDS_HOOK_SECRET';
/** The same count of random bytes as an API key. */
const HOOK_SECRET_BYTES = 32;

const ownedBy: Readonly<Record<Role, readonly string[]>> = { agent: [], consumer: consumerSecrets, api: [HOOK_SECRET] };

/** The secrets of that Worker which are set in the environment. */
export function givenSecrets(role: Role, environment: Environment): Readonly<Record<string, string>> {
  const given: Record<string, string> = {};
  for (const name of ownedBy[role]) {
    const value = environment[name];
    if (value !== undefined && value.trim() !== '') given[name] = value;
  }
  return given;
}

/** The values that nobody may see. The names of a driver and a model are words of every other output. */
export const confidential = (secrets: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(secrets).flatMap(([name, value]) => (name === 'OPENHANDS_DRIVER' || name === 'OPENHANDS_LLM' ? [] : [value]));

/** What has to be sent: what is not there, or all of it with `update`. Required ones that nobody gave are made up. */
export function secretsToSet(
  role: Role,
  {
    environment,
    existing,
    required,
    update,
  }: { environment: Environment; existing: ReadonlySet<string>; required: readonly string[]; update: boolean },
): Readonly<Record<string, string>> {
  const given = Object.entries(givenSecrets(role, environment)).filter(([name]) => update || !existing.has(name));
  const missing = required.filter((name) => !existing.has(name) && !given.some(([each]) => each === name));
  return Object.fromEntries([...given, ...missing.map((name) => [name, randomBytes(HOOK_SECRET_BYTES).toString('hex')] as const)]);
}
