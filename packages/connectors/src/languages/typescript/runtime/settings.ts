/**
 * The variables and secrets this connector reads. They arrive with each request (`env`), so nothing
 * here survives between two of them and no other file knows where values come from.
 */
import type { Api } from './operation.ts';

/** A call may carry files as base64. It stands here because a Worker's entry may export nothing but handlers. */
export const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** Variables of the Worker. Bindings that are no text are ignored. */
export type Env = { readonly [variable: string]: unknown };

export interface Settings {
  /** Replaces the API's own address, for every operation. */
  readonly baseUrl: string | undefined;
  /** Milliseconds until a call to the API is given up. */
  readonly timeoutMs: number;
  /** Characters of an answer that reach the model. */
  readonly maxAnswerLength: number;
  /** When set, callers of this server must send it as `Authorization: Bearer …`. */
  readonly connectorToken: string | undefined;
  /** Host names a browser page may call from; only the local ones unless set. */
  readonly allowedOrigins: readonly string[];
  /** Host names this server answers to; every name unless set. */
  readonly allowedHosts: readonly string[];
  /** The value of a variable; undefined when it is absent or empty. */
  secret(variable: string): string | undefined;
}

/** Reads the settings; numbers that are none fall back to their defaults (30 s, 60,000 characters). */
export function readSettings(env: Env, api: Api): Settings {
  const text = (variable: string): string | undefined => {
    const value = env[variable];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return {
    baseUrl: text('BASE_URL') ?? api.baseUrl,
    timeoutMs: positive(text('TIMEOUT_MS')) ?? 30_000,
    maxAnswerLength: positive(text('MAX_ANSWER_LENGTH')) ?? 60_000,
    connectorToken: text('CONNECTOR_TOKEN'),
    allowedOrigins: list(text('ALLOWED_ORIGINS')),
    allowedHosts: list(text('ALLOWED_HOSTS')),
    secret: text,
  };
}

const list = (text = ''): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

const positive = (text = ''): number | undefined => (/^\d{1,9}$/.test(text.trim()) && Number(text)) || undefined;
