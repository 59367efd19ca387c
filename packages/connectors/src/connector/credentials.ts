/**
 * Security schemes -> the variables a connector reads its credentials from.
 *
 * Names come from the schemes' names, reduced to what a variable's name may hold. Values never appear
 * anywhere: neither the specification's examples nor what a caller may have put into `authConfig`.
 */

import { setOwn } from '../json.ts';
import type { Api, Credential } from '../languages/typescript/runtime/operation.ts';
import type { SecurityScheme } from '../model/model.ts';

/** Names the connector itself uses. */
const reserved = ['BASE_URL', 'TIMEOUT_MS', 'MAX_ANSWER_LENGTH', 'CONNECTOR_TOKEN', 'ALLOWED_ORIGINS', 'ALLOWED_HOSTS', 'HOST', 'PORT'];

/** Lambda refuses functions with variables of these names, and Vercel sets its own: nobody could be asked for them. */
const ofPlatforms = /^(AWS|LAMBDA|VERCEL)_/;

/** A credential for every scheme that the operations name and a connector can send. */
export function credentialsOf(schemes: ReadonlyMap<string, SecurityScheme>, used: ReadonlySet<string>): Api['credentials'] {
  const taken = new Set(reserved);
  const variable = (name: string): string => {
    let candidate = name;
    for (let count = 2; taken.has(candidate); count += 1) candidate = `${name}_${count}`;
    taken.add(candidate);
    return candidate;
  };
  const credentials: Record<string, Credential> = {};
  for (const [name, scheme] of schemes) {
    if (!used.has(name)) continue;
    const stem = variableStem(name);
    if (scheme.kind === 'apiKey') {
      const suffixed = /(KEY|TOKEN|SECRET)$/.test(stem) ? stem : `${stem}_KEY`;
      setOwn(credentials, name, { kind: 'apiKey', in: scheme.in, parameter: scheme.parameter, variable: variable(suffixed) });
    } else if (scheme.kind === 'basic') {
      setOwn(credentials, name, {
        kind: 'basic',
        usernameVariable: variable(`${stem}_USERNAME`),
        passwordVariable: variable(`${stem}_PASSWORD`),
      });
    } else if (scheme.kind !== 'unsupported') {
      const prefix = 'prefix' in scheme ? { prefix: scheme.prefix } : {};
      setOwn(credentials, name, { kind: 'bearer', ...prefix, variable: variable(/TOKEN$/.test(stem) ? stem : `${stem}_TOKEN`) });
    }
  }
  return credentials;
}

/** `petstoreAuth` -> `PETSTORE_AUTH`. */
function variableStem(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toUpperCase();
  const isTaken = words === '' || /^[0-9]/.test(words) || ofPlatforms.test(`${words}_`);
  return (isTaken ? `API_${words}`.replace(/_$/, '') : words).slice(0, 48);
}
