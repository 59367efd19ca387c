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
export function credentialsFor(operation: Operation, api: Api, settings: Settings): Credentials {
  const none = { headers: [], query: [], cookies: [], missing: [] };
  const missing = new Set<string>();
  let anonymous = operation.security.length === 0;
  for (const alternative of operation.security) {
    if (alternative.length === 0) {
      anonymous = true;
      continue;
    }
    const credentials = alternative.flatMap((scheme) => {
      const credential = Object.hasOwn(api.credentials, scheme) ? api.credentials[scheme] : undefined;
      return credential === undefined ? [] : [credential];
    });
    const absent = credentials.flatMap(variablesOf).filter((variable) => settings.secret(variable) === undefined);
    if (absent.length === 0 && credentials.length === alternative.length) return combined(credentials.map((each) => sent(each, settings)));
    for (const variable of absent) missing.add(variable);
  }
  return anonymous ? none : { ...none, missing: [...missing] };
}

const variablesOf = (credential: Credential): readonly string[] =>
  credential.kind === 'basic' ? [credential.usernameVariable, credential.passwordVariable] : [credential.variable];

function sent(credential: Credential, settings: Settings): Omit<Credentials, 'missing'> {
  const nothing = { headers: [], query: [], cookies: [] };
  switch (credential.kind) {
    case 'bearer':
      return { ...nothing, headers: [['Authorization', `Bearer ${settings.secret(credential.variable) ?? ''}`]] };
    case 'basic': {
      const pair = `${settings.secret(credential.usernameVariable) ?? ''}:${settings.secret(credential.passwordVariable) ?? ''}`;
      return { ...nothing, headers: [['Authorization', `Basic ${base64(new TextEncoder().encode(pair))}`]] };
    }
    case 'apiKey': {
      const pair: Pair = [credential.parameter, settings.secret(credential.variable) ?? ''];
      if (credential.in === 'header') return { ...nothing, headers: [pair] };
      return credential.in === 'query' ? { ...nothing, query: [pair] } : { ...nothing, cookies: [pair] };
    }
  }
}

function combined(parts: readonly Omit<Credentials, 'missing'>[]): Credentials {
  return {
    headers: parts.flatMap((part) => part.headers),
    query: parts.flatMap((part) => part.query),
    cookies: parts.flatMap((part) => part.cookies),
    missing: [],
  };
}

/** Base64 of bytes, in slices: spreading a large array would overflow the stack. */
export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += 8192) binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
  return btoa(binary);
}
