/**
 * What lets a request in: the specification's security schemes, with the values that a test puts into the
 * connector's variables. Schemes that the specification does not know came from the caller's `authConfig`.
 */
import type { Credential } from '../languages/typescript/runtime/operation.ts';
import type { SecurityScheme } from '../model/model.ts';

export type Environment = Readonly<Record<string, string>>;

type Pair = readonly [name: string, value: string];

export interface SentCredentials {
  readonly headers: readonly Pair[];
  readonly query: readonly Pair[];
  readonly cookies: readonly Pair[];
}

export const noCredentials: SentCredentials = { headers: [], query: [], cookies: [] };

/** The variables of a credential. */
export const variablesOf = (credential: Credential): readonly string[] =>
  credential.kind === 'basic' ? [credential.usernameVariable, credential.passwordVariable] : [credential.variable];

/** A value that shows whether it was encoded where it must be, and only there. */
export const sampleSecret = (variable: string): string => `${variable.toLowerCase()}/+=1`;

/** What the scheme puts on a request. */
export function expectedCredentials(scheme: SecurityScheme | undefined, credential: Credential, environment: Environment): SentCredentials {
  const [first = '', second = ''] = variablesOf(credential).map((variable) => environment[variable] ?? '');
  const kind = scheme?.kind ?? credential.kind;
  if (kind === 'basic') return { ...noCredentials, headers: [['authorization', `Basic ${btoa(`${first}:${second}`)}`]] };
  if (kind !== 'apiKey') return { ...noCredentials, headers: [['authorization', `${prefixOf(scheme ?? credential)} ${first}`]] };
  const place = scheme?.kind === 'apiKey' ? scheme : credential;
  if (place.kind !== 'apiKey') return noCredentials;
  const pair: Pair = [place.parameter, first];
  if (place.in === 'header') return { ...noCredentials, headers: [pair] };
  return place.in === 'query' ? { ...noCredentials, query: [pair] } : { ...noCredentials, cookies: [pair] };
}

const prefixOf = (scheme: SecurityScheme | Credential): string => ('prefix' in scheme ? scheme.prefix : undefined) ?? 'Bearer';

/** Several schemes together. */
export const together = (parts: readonly SentCredentials[]): SentCredentials => ({
  headers: parts.flatMap(({ headers }) => headers),
  query: parts.flatMap(({ query }) => query),
  cookies: parts.flatMap(({ cookies }) => cookies),
});
