/**
 * A caller's `authConfig`: how to be let in when the specification forgot to say. It can only describe
 * a scheme; whatever looks like a value is not read, because a connector's files are no place for secrets.
 */
import type { Issue, Parameters } from '@mcpoverflow/types';
import * as z from 'zod';
import type { Api } from '../languages/typescript/runtime/operation.ts';
import type { ApiModel, SecurityScheme } from '../model/model.ts';

const SCHEME = 'api';

const authConfigSchema = z.object({
  type: z.enum(['bearer', 'oauth2', 'basic', 'apiKey', 'api_key', 'apikey']),
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
  in: z.enum(['header', 'query', 'cookie']).optional(),
});

/** The model with the described scheme on every operation that asks for none; an issue when the description cannot be used. */
export function withAuthConfig(
  model: ApiModel,
  authConfig: Parameters['authConfig'],
): { readonly model: ApiModel; readonly issues: readonly Issue[] } {
  if (authConfig === undefined || Object.keys(authConfig).length === 0) return { model, issues: [] };
  const parsed = authConfigSchema.safeParse(authConfig);
  if (!parsed.success) {
    const message = 'The authConfig was not applied: it needs "type" (bearer, oauth2, basic or apiKey) and may have "name" and "in".';
    return { model, issues: [{ severity: 'warning', pointer: '/authConfig', message }] };
  }
  return { model: withScheme(model, schemeOf(parsed.data)), issues: [] };
}

/** The model as the `authConfig` made it that a finished connector was given; itself when there was none. */
export function asAuthorized(model: ApiModel, credentials: Api['credentials']): ApiModel {
  const credential = Object.hasOwn(credentials, SCHEME) ? credentials[SCHEME] : undefined;
  if (credential === undefined || model.securitySchemes.has(SCHEME)) return model;
  const { kind } = credential;
  return withScheme(
    model,
    kind === 'apiKey' ? { name: SCHEME, kind, in: credential.in, parameter: credential.parameter } : { name: SCHEME, kind },
  );
}

function withScheme(model: ApiModel, scheme: SecurityScheme): ApiModel {
  const operations = model.operations.map((operation) =>
    operation.security.length > 0 ? operation : { ...operation, security: [[SCHEME]] },
  );
  return { ...model, operations, securitySchemes: new Map([...model.securitySchemes, [SCHEME, scheme]]) };
}

function schemeOf(config: z.infer<typeof authConfigSchema>): SecurityScheme {
  switch (config.type) {
    case 'bearer':
    case 'oauth2':
    case 'basic':
      return { name: SCHEME, kind: config.type };
    default:
      return { name: SCHEME, kind: 'apiKey', in: config.in ?? 'header', parameter: config.name ?? 'X-API-Key' };
  }
}
