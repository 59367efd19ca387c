/**
 * The records of API keys in KV, read and written by the project's own wrangler, which knows how to reach the
 * account and the state folder of this machine. Slower than the API by a second a call, and nothing to
 * configure beside what deploying needs anyway.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { type ApiKeyRecord, apiKeyName, apiKeyRecordSchema, fail, ok, parseJson, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import type { Environment } from './arguments.ts';
import { kvEntryOf } from './new-key.ts';

export interface StoredKey {
  readonly id: string;
  readonly record: ApiKeyRecord;
}

/** Every error is a sentence, or wrangler's own last words. */
export interface KeyStore {
  /** Every record that can be read, in no order. */
  list(): Promise<Result<readonly StoredKey[], string>>;
  /** Null when there is no such key. */
  read(id: string): Promise<Result<ApiKeyRecord | null, string>>;
  /** `ttlSeconds` (at least 60) for a record that goes by itself. */
  write(key: StoredKey, ttlSeconds?: number): Promise<Result<undefined, string>>;
}

/** What one call for values takes. */
const MAX_READ = 100;
const LAST_LINES = 12;
const KEY_PREFIX = apiKeyName('');

const namesSchema = z.array(z.object({ name: z.string() }));
const valueSchema = z.union([z.string(), z.null(), z.object({ value: z.string().nullable() }).transform(({ value }) => value)]);
const valuesSchema = z.record(z.string(), valueSchema);

export interface StoreSurroundings {
  readonly project: string;
  readonly environment: Environment;
  /** Where `npm start` keeps the state of this machine's engine. */
  readonly persistDirectory: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** The store of an environment. */
export function wranglerKeyStore({ project, environment, persistDirectory, variables }: StoreSurroundings): KeyStore {
  const program = join(dirname(createRequire(import.meta.url).resolve('wrangler/package.json')), 'bin', 'wrangler.js');
  const place = environment === 'local' ? ['--local', '--persist-to', persistDirectory] : ['--remote', '--env', environment];
  const where = ['--binding', 'AI_JOBS', '--config', join(project, 'wrangler.api.toml'), ...place];

  async function wrangler(parameters: readonly string[]): Promise<Result<string, string>> {
    const child = spawn(process.execPath, [program, 'kv', ...parameters, ...where], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...variables,
        PATH: [dirname(process.execPath), variables.PATH].join(delimiter),
        NO_COLOR: '1',
        FORCE_COLOR: '0',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_HIDE_BANNER: 'true',
        // A quieter or a louder one would not print what is read here, or more; and another environment has other keys.
        WRANGLER_LOG: 'log',
        CLOUDFLARE_ENV: undefined,
        WRANGLER_WRITE_LOGS: 'false',
        ...(environment === 'local' ? { CLOUDFLARE_CF_FETCH_ENABLED: 'false' } : {}),
      },
    });
    const ended = new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(null)).once('close', resolve);
    });
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return code === 0 ? ok(out) : fail(lastWordsOf(`${out}\n${err}`));
  }

  async function parsed<T>(schema: z.ZodType<T>, parameters: readonly string[]): Promise<Result<T, string>> {
    const said = await wrangler(parameters);
    if (!said.ok) return said;
    const json = parseJson(said.value.slice(Math.max(0, said.value.search(/^[[{]/m))));
    const value = schema.safeParse(json.ok ? json.value : undefined);
    return value.success ? ok(value.data) : fail('Wrangler answered in a form that this version of the command does not know.');
  }

  /** The records among so many names. */
  async function records(names: readonly string[]): Promise<Result<readonly StoredKey[], string>> {
    const folder = mkdtempSync(join(tmpdir(), 'mcpoverflow-keys-'));
    try {
      const found: StoredKey[] = [];
      for (let start = 0; start < names.length; start += MAX_READ) {
        const file = join(folder, 'names.json');
        writeFileSync(file, JSON.stringify(names.slice(start, start + MAX_READ)));
        const values = await parsed(valuesSchema, ['bulk', 'get', file]);
        if (!values.ok) return values;
        found.push(...Object.entries(values.value).flatMap(([name, value]) => storedKeyOf(name, value)));
      }
      return ok(found);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  return {
    list: async () => {
      const names = await parsed(namesSchema, ['key', 'list', '--prefix', KEY_PREFIX]);
      return names.ok ? records(names.value.map(({ name }) => name)) : names;
    },
    read: async (id) => {
      const found = await records([apiKeyName(id)]);
      return found.ok ? ok(found.value[0]?.record ?? null) : found;
    },
    write: async (key, ttlSeconds) => {
      const { name, value } = kvEntryOf(key);
      const written = await wrangler(['key', 'put', name, value, ...(ttlSeconds === undefined ? [] : ['--ttl', String(ttlSeconds)])]);
      return written.ok ? ok(undefined) : written;
    },
  };
}

/** A record that cannot be read opens nothing; it is not this command's to show. */
function storedKeyOf(name: string, value: string | null): StoredKey[] {
  const json = value === null ? undefined : parseJson(value);
  const record = apiKeyRecordSchema.safeParse(json?.ok ? json.value : undefined);
  return record.success ? [{ id: name.slice(KEY_PREFIX.length), record: record.data }] : [];
}

function lastWordsOf(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const error = lines.findIndex((line) => line.includes('[ERROR]'));
  return lines.slice(Math.max(error, 0)).slice(-LAST_LINES).join('\n') || 'Wrangler said nothing.';
}
