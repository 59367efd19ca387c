/**
 * A caller's `authConfig`: how to be let in when the specification forgot to say, or asks for what no connector can
 * send. It can only describe a scheme; whatever looks like a value is not read, because a connector's files are no
 * place for secrets. Credentials go to the operations that ask for some and to nobody else, so one that says it is
 * open never gets them.
 */
import type { Issue, Parameters } from '@mcpoverflow/types';
import * as z from 'zod';
import { oneLine, shorten } from '../json.ts';
import type { Api } from '../languages/typescript/runtime/operation.ts';
import type { ApiModel, ApiOperation, SecurityScheme } from '../model/model.ts';
import { canSend } from '../tools/build-tools.ts';

const authConfigSchema = z.object({
  type: z.enum(['bearer', 'oauth2', 'basic', 'apiKey', 'api_key', 'apikey']),
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
  in: z.enum(['header', 'query', 'cookie']).optional(),
});

/** The model with the described scheme on every operation that it helps; an issue when it helps none or cannot be used. */
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
  const unread = unreadFields(authConfig);
  const authorized = withScheme(model, schemeOf(parsed.data, freeName(model)));
  if (authorized.operations.some((operation, index) => operation !== model.operations[index])) return { model: authorized, issues: unread };
  const message = 'The authConfig was not applied: every operation says how it is let in, or that it is open.';
  return { model, issues: [...unread, { severity: 'warning', pointer: '/authConfig', message }] };
}

/** What nobody reads, by its name: of its value nothing is told, which may be a secret. */
function unreadFields(authConfig: object): readonly Issue[] {
  const unread = Object.keys(authConfig).filter((field) => !Object.hasOwn(authConfigSchema.shape, field));
  if (unread.length === 0) return [];
  const names = unread.slice(0, MAX_TOLD_FIELDS).map((field) => `"${shorten(oneLine(field), 40)}"`);
  const message = `The authConfig has fields that nothing reads (${names.join(', ')}): it may have "type", "name" and "in".`;
  return [{ severity: 'warning', pointer: '/authConfig', message }];
}

const MAX_TOLD_FIELDS = 5;

/** The model as the `authConfig` made it that a finished connector was given; itself when there was none. */
export function asAuthorized(model: ApiModel, credentials: Api['credentials']): ApiModel {
  const name = freeName(model);
  const credential = Object.hasOwn(credentials, name) ? credentials[name] : undefined;
  if (credential === undefined) return model;
  const { kind } = credential;
  return withScheme(model, kind === 'apiKey' ? { name, kind, in: credential.in, parameter: credential.parameter } : { name, kind });
}

/** What the scheme is called: `api`, or `api_2` and so on beside one of that name that a connector can send. */
function freeName(model: ApiModel): string {
  let name = 'api';
  for (let count = 2; canSend(name, model); count += 1) name = `api_${count}`;
  return name;
}

function withScheme(model: ApiModel, scheme: SecurityScheme): ApiModel {
  const isSilent = model.operations.every(({ security }) => security.length === 0);
  const operations = model.operations.map((operation) => {
    const security = withSchemeOf(operation, scheme.name, model, isSilent);
    return security === operation.security ? operation : { ...operation, security };
  });
  return { ...model, operations, securitySchemes: new Map([...model.securitySchemes, [scheme.name, scheme]]) };
}

/** Where the document asks nobody for anything, who says nothing is taken for forgotten; else for open, as OpenAPI has it. */
function withSchemeOf({ security, isOpen }: ApiOperation, scheme: string, model: ApiModel, isSilent: boolean): ApiOperation['security'] {
  if (security.length === 0) return isSilent && !isOpen ? [[scheme]] : security;
  if (security.some((alternative) => alternative.every((name) => canSend(name, model)))) return security;
  const filled = security.map((alternative) => [...new Set(alternative.map((name) => (canSend(name, model) ? name : scheme)))]);
  return [...new Map(filled.map((alternative) => [JSON.stringify(alternative), alternative])).values()];
}

function schemeOf(config: z.infer<typeof authConfigSchema>, name: string): SecurityScheme {
  switch (config.type) {
    case 'bearer':
    case 'oauth2':
    case 'basic':
      return { name, kind: config.type };
    default:
      return { name, kind: 'apiKey', in: config.in ?? 'header', parameter: config.name ?? 'X-API-Key' };
  }
}
