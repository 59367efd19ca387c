/**
 * Security schemes of OpenAPI 3 and Swagger 2.0 -> the kinds of credential a connector can send. What it cannot send
 * (digest, mutual TLS, …) stays in the model as `unsupported`, so that the analysis can tell.
 */
import { objectOr, pointerTo, textOf } from '../json.ts';
import type { Issues } from '../model/issues.ts';
import type { SecurityScheme } from '../model/model.ts';
import { describeUnresolved, type References } from '../model/references.ts';

/** Every scheme of the document by the name operations use; `at` is where they stand. */
export function readSecuritySchemes(
  value: unknown,
  at: string,
  reader: { readonly references: References; readonly issues: Issues },
): ReadonlyMap<string, SecurityScheme> {
  const schemes = new Map<string, SecurityScheme>();
  for (const [name, scheme] of Object.entries(objectOr(value))) {
    const pointer = pointerTo(at, name);
    // Tables of schemes are objects, and those have a `constructor` and a `toString` of their own.
    if (name in Object.prototype) {
      reader.issues.add('warning', pointer, 'A scheme cannot have this name; it was left out.');
      continue;
    }
    const resolved = reader.references.resolve(scheme);
    if (resolved.kind !== 'found') {
      reader.issues.add('warning', pointer, describeUnresolved(resolved));
      continue;
    }
    const description = textOf(resolved.value.description);
    const read: SecurityScheme = { name, ...(description === undefined ? {} : { description }), ...kindOf(resolved.value) };
    if (read.kind === 'unsupported') reader.issues.add('info', pointer, `A connector cannot send credentials of the kind "${read.what}".`);
    schemes.set(name, read);
  }
  return schemes;
}

type Kind =
  | { kind: 'apiKey'; in: 'header' | 'query' | 'cookie'; parameter: string }
  | { kind: 'basic' | 'bearer' | 'oauth2' | 'openIdConnect' }
  | { kind: 'unsupported'; what: string };

function kindOf(scheme: { readonly [key: string]: unknown }): Kind {
  const type = textOf(scheme.type) ?? '';
  if (type === 'oauth2' || type === 'openIdConnect') return { kind: type };
  // Swagger 2.0 knows no other way of HTTP's own.
  if (type === 'basic') return { kind: 'basic' };
  if (type === 'http') {
    const http = (textOf(scheme.scheme) ?? '').toLowerCase();
    return http === 'basic' || http === 'bearer' ? { kind: http } : { kind: 'unsupported', what: `http ${http}`.slice(0, 40) };
  }
  const parameter = textOf(scheme.name);
  const place = scheme.in;
  if (type === 'apiKey' && parameter !== undefined && (place === 'header' || place === 'query' || place === 'cookie')) {
    // A header that is no token would make every request of the connector throw.
    if (place === 'query' || /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(parameter)) return { kind: 'apiKey', in: place, parameter };
  }
  return { kind: 'unsupported', what: type.slice(0, 40) };
}
