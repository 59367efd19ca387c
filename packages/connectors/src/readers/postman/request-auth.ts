/**
 * The `auth` of a request -> a security scheme and its name. Only the kind of credential is read: a
 * collection may hold real secrets, and none of them may reach a connector.
 */
import { isObject, type JsonObject, objectOr, textOf } from '../../json.ts';
import type { SecurityScheme } from '../../model/model.ts';
import { isHeaderName } from '../merge-parameters.ts';
import type { CollectionRequest } from './collection.ts';
import { showable, type Variables } from './variables.ts';

/** The scheme a request asks for: `none` when it says so or nobody said anything. */
export function requestAuth({ auth, headers }: CollectionRequest, variables: Variables): SecurityScheme | undefined {
  const type = textOf(auth?.type);
  if (auth !== undefined && type !== undefined && type !== 'noauth') return schemeOf(type, settingsOf(auth[type]), variables);
  const header = headers.find(({ key, isDisabled }) => !isDisabled && /^(authorization|x-api-key|api-key|apikey)$/i.test(key));
  if (header === undefined) return undefined;
  if (header.key.toLowerCase() !== 'authorization') return { name: header.key, kind: 'apiKey', in: 'header', parameter: header.key };
  const [kind = ''] = (header.value ?? '').trim().toLowerCase().split(/\s+/);
  if (kind === 'basic' || kind === 'bearer') return { name: kind, kind };
  if (/^(digest|oauth|hawk|ntlm|negotiate|aws4-hmac-sha256)$/.test(kind)) return { name: kind, kind: 'unsupported', what: kind };
  return { name: 'authorization', kind: 'apiKey', in: 'header', parameter: 'Authorization' };
}

/** Version 2.1 lists keys and values, the others have an object. */
const settingsOf = (value: unknown): JsonObject =>
  Array.isArray(value) ? Object.fromEntries(value.filter(isObject).map((each) => [String(each.key), each.value])) : objectOr(value);

/** A token goes where the settings say: into the query, or into the header behind a word of its own or none. */
function tokenScheme(
  bearer: { readonly name: string; readonly kind: 'bearer' | 'oauth2' },
  { addTokenTo, headerPrefix }: JsonObject,
  parameter: string,
  variables: Variables,
): SecurityScheme {
  const { name } = bearer;
  if (/^query/.test(String(addTokenTo))) return { name, kind: 'apiKey', in: 'query', parameter };
  const written = typeof headerPrefix === 'string' ? headerPrefix : undefined;
  const prefix = (showable('headerPrefix', written, variables) ?? written)?.trim();
  if (prefix === undefined || prefix === 'Bearer') return bearer;
  if (prefix === '') return { name, kind: 'apiKey', in: 'header', parameter: 'Authorization' };
  return isHeaderName(prefix) ? { ...bearer, prefix } : { name, kind: 'unsupported', what: `${name} behind ${prefix}`.slice(0, 40) };
}

function schemeOf(type: string, settings: JsonObject, variables: Variables): SecurityScheme {
  switch (type) {
    case 'basic':
    case 'bearer':
      return { name: type, kind: type };
    case 'jwt':
      return tokenScheme({ name: 'jwt', kind: 'bearer' }, settings, textOf(settings.queryParamKey) ?? 'token', variables);
    case 'oauth2':
      return tokenScheme({ name: 'oauth2', kind: 'oauth2' }, settings, 'access_token', variables);
    case 'apikey': {
      const parameter = textOf(settings.key) ?? 'X-API-Key';
      const place = settings.in === 'query' ? 'query' : 'header';
      // Tables of schemes are objects, and those have a `constructor` and a `toString` of their own.
      const name = parameter in Object.prototype ? `apikey ${parameter}` : parameter;
      if (place === 'query' || isHeaderName(parameter)) return { name, kind: 'apiKey', in: place, parameter };
      return { name: 'apikey', kind: 'unsupported', what: 'apikey' };
    }
    default:
      return { name: type.slice(0, 40), kind: 'unsupported', what: type.slice(0, 40) };
  }
}
