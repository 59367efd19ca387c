/**
 * Puts credentials on a request, for operations that ask for them and for no others.
 */
import type { Api, Credential, Operation } from './operation.ts';
import type { Settings } from './settings.ts';
import type { Pair } from './style.ts';

export interface Credentials {
  readonly headers: readonly Pair[];
  /** Not yet encoded. */
  readonly query: readonly Pair[];
  /** Not yet encoded. */
  readonly cookies: readonly Pair[];
  /** Variables that would have helped and are not set. */
  readonly missing: readonly string[];
}

/**
 * The first of the operation's alternatives whose variables are all set. When there is none, the
 * request goes out without credentials: some APIs answer anyway, and the others say what they miss.
 */
export function credentialsFor({ security }: Operation, api: Api, settings: Settings): Credentials {
  const missing = new Set<string>();
  for (const alternative of security) {
    const credentials = alternative.flatMap((scheme) => (Object.hasOwn(api.credentials, scheme) ? (api.credentials[scheme] ?? []) : []));
    const absent = credentials.flatMap(variablesOf).filter((variable) => settings.secret(variable) === undefined);
    if (alternative.length > 0 && absent.length === 0 && credentials.length === alternative.length)
      return inTheirPlaces(credentials, settings, []);
    for (const variable of absent) missing.add(variable);
  }
  const isOpen = security.length === 0 || security.some((alternative) => alternative.length === 0);
  return inTheirPlaces([], settings, isOpen ? [] : [...missing]);
}

const variablesOf = (credential: Credential): readonly string[] =>
  credential.kind === 'basic' ? [credential.usernameVariable, credential.passwordVariable] : [credential.variable];

function inTheirPlaces(credentials: readonly Credential[], settings: Settings, missing: readonly string[]): Credentials {
  const placed = credentials.map((credential) => {
    const [first = '', second = ''] = variablesOf(credential).map(settings.secret);
    if (credential.kind === 'apiKey') return { place: credential.in, pair: [credential.parameter, first] as const };
    const value =
      credential.kind === 'bearer'
        ? `${credential.prefix ?? 'Bearer'} ${first}`
        : `Basic ${base64(new TextEncoder().encode(`${first}:${second}`))}`;
    return { place: 'header', pair: ['Authorization', value] as const };
  });
  const inPlace = (wanted: string): readonly Pair[] => placed.flatMap(({ place, pair }) => (place === wanted ? [pair] : []));
  return { headers: inPlace('header'), query: inPlace('query'), cookies: inPlace('cookie'), missing };
}

/** Base64 of bytes, in slices: spreading a large array would overflow the stack. */
export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += 8192) binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
  return btoa(binary);
}
