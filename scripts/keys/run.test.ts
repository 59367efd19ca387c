/** The whole command over a store in memory, and over HTTP against a server that stands for the engine. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type ApiKeyRecord, fail, isApiKeyLive, ok, parseApiKey } from '@mcpoverflow/types';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recordingTerminal } from '../dlq/testing/recording-terminal.ts';
import type { KeyStore } from './key-store.ts';
import { run } from './run.ts';

const DAY_MS = 86_400_000;
let records: Map<string, ApiKeyRecord>;
/** What was written to expire by itself, in seconds. */
let lifetimes: number[];
let broken: boolean;
let terminal: ReturnType<typeof recordingTerminal>;
let variables: Record<string, string>;

const store: KeyStore = {
  list: async () => ok([...records].map(([id, record]) => ({ id, record }))),
  read: async (id) => ok(records.get(id) ?? null),
  write: async ({ id, record }, ttlSeconds) => {
    if (broken) return fail('Wrangler is not logged in.');
    if (ttlSeconds !== undefined) lifetimes.push(ttlSeconds);
    records.set(id, record);
    return ok(undefined);
  },
};

beforeEach(() => {
  records = new Map();
  lifetimes = [];
  broken = false;
  variables = {};
  terminal = recordingTerminal();
});

const keys = (...typed: string[]) => run(typed, variables, terminal, () => ok(store));
const told = () => terminal.err.join('\n');

/** Makes a key and answers its id. */
async function made(...typed: string[]): Promise<string> {
  expect(await keys('create', '--tenant', 'acme', ...typed)).toBe(0);
  return parseApiKey(terminal.out.at(-1) ?? '')?.id ?? '';
}

describe('create', () => {
  test('prints the key once, on a line of its own, and stores what opens to it', async () => {
    expect(await keys('create', '--tenant', 'acme', '--name', 'CI', '--rate-class', 'high', '--expires', '90d')).toBe(0);
    const [line, ...others] = terminal.out;
    expect(others).toEqual([]);
    const { id = '', secret = '' } = parseApiKey(line ?? '') ?? {};
    expect(records.get(id)).toMatchObject({
      tenant: 'acme',
      scopes: ['submit', 'read'],
      rateClass: 'high',
      name: 'CI',
      expiresAt: new Date(terminal.now() + 90 * DAY_MS).toISOString(),
    });
    expect(JSON.stringify([...records])).not.toContain(secret);
    expect(told()).not.toContain(secret);
  });

  test('of the operator operates and nothing else', async () => {
    expect(await keys('create', '--tenant', '*')).toBe(0);
    expect([...records.values()]).toMatchObject([{ tenant: '*', scopes: ['operate'] }]);
    expect(await keys('create', '--tenant', '*', '--scopes', 'submit,operate')).toBe(2);
  });

  test('says that no key was made when it could not be stored, and prints none', async () => {
    broken = true;
    expect(await keys('create', '--tenant', 'acme')).toBe(1);
    expect(terminal.out).toEqual([]);
    expect(told()).toContain('not logged in');
  });

  test.each([
    [['create'], 'Say whose key it is'],
    [['create', '--tenant', 'a b'], '--tenant: must be'],
    [['create', '--tenant', 'acme', '--scopes', 'admin'], '--scopes: '],
    [['create', '--tenant', 'acme', '--rate-class', 'enormous'], '--rate-class: '],
    [['create', '--tenant', 'acme', '--expires', 'soon'], '--expires: must be a time such as 90d'],
    [['create', '--tenant', 'acme', '--expires', '2001-01-01T00:00:00Z'], '--expires: must lie ahead'],
    [['create', '--tenant', 'acme', '--overlap', '1h'], 'does not take --overlap'],
    [['create', '--tenant', 'acme', '--env', 'prod'], '--env: must be staging or production'],
    [['create', '--tenant', 'acme', '--env', 'staging', '--local'], 'not both'],
    [['revoke'], 'Name a key'],
    [['revoke', 'abcdefgh01234567', '--url', 'http://engine.example.com'], '--url: must begin with https'],
    [['revoke', 'abcdefgh01234567', '--url', 'http://127.0.0.1.example.com'], '--url: must begin with https'],
    [['revoke', '../key'], 'Name a key'],
    [['destroy'], 'There is no command'],
    [[], 'Say what to do'],
  ])('%j is refused with a sentence', async (typed, sentence) => {
    expect(await keys(...typed)).toBe(2);
    expect(told()).toContain(sentence);
    expect(records.size).toBe(0);
  });
});

describe('list', () => {
  test('shows every key with where it stands, and no hash', async () => {
    const live = await made('--name', 'CI');
    const expired = await made('--expires', '1h');
    await keys('create', '--tenant', 'other');
    terminal.out.length = 0;
    await terminal.wait(2 * 3_600_000);
    expect(await keys('list')).toBe(0);
    const page = terminal.out.join('\n');
    expect(page).toMatch(new RegExp(`${live} +acme +live +submit,read`));
    expect(page).toMatch(new RegExp(`${expired} +acme +expired 1 h ago`));
    expect(page).toContain('other');
    for (const { hash } of records.values()) expect(page).not.toContain(hash);
  });

  test('of one tenant, for machines', async () => {
    const id = await made();
    await keys('create', '--tenant', 'other');
    terminal.out.length = 0;
    expect(await keys('list', '--tenant', 'acme', '--json')).toBe(0);
    const [shown, ...others] = JSON.parse(terminal.out.join('\n'));
    expect(shown).toMatchObject({ id, tenant: 'acme' });
    expect(shown).not.toHaveProperty('hash');
    expect(others).toEqual([]);
  });
});

describe('rotate', () => {
  test('makes a key with the same rights and life, and lets the old one end after the overlap', async () => {
    const old = await made('--scopes', 'submit', '--rate-class', 'high', '--name', 'CI', '--expires', '30d');
    await terminal.wait(DAY_MS);
    expect(await keys('rotate', old, '--overlap', '2h')).toBe(0);
    const fresh = parseApiKey(terminal.out.at(-1) ?? '')?.id ?? '';
    expect(fresh).not.toBe(old);
    const now = terminal.now();
    expect(records.get(fresh)).toMatchObject({ tenant: 'acme', scopes: ['submit'], rateClass: 'high', name: 'CI' });
    expect(records.get(fresh)?.expiresAt).toBe(new Date(now + 30 * DAY_MS).toISOString());
    expect(records.get(old)?.expiresAt).toBe(new Date(now + 7_200_000).toISOString());
  });

  test('never prolongs the old one', async () => {
    const old = await made('--expires', '1h');
    const before = records.get(old)?.expiresAt;
    await keys('rotate', old, '--overlap', '2h');
    expect(records.get(old)?.expiresAt).toBe(before);
  });

  test('twice, because the first new key was lost, makes a key that lives as long as the first was meant to', async () => {
    const old = await made();
    await keys('rotate', old, '--overlap', '2h');
    await terminal.wait(3_600_000);
    expect(await keys('rotate', old, '--overlap', '2h')).toBe(0);
    const fresh = parseApiKey(terminal.out.at(-1) ?? '')?.id ?? '';
    expect(records.get(fresh)).not.toHaveProperty('expiresAt');
    expect(records.get(old)?.expiresAt).toBe(new Date(terminal.now() + 3_600_000).toISOString());
  });

  test.each([
    ['was revoked', ['revoke']],
    ['has expired', []],
  ])('of a key that %s makes a new one, and leaves the old one ended', async (_how, command) => {
    variables = { MCPOVERFLOW_URL: 'http://127.0.0.1:9' };
    const old = await made('--scopes', 'submit', '--name', 'CI', '--expires', '1h');
    for (const each of command) expect(await keys(each, old)).toBe(0);
    await terminal.wait(DAY_MS);
    const before = records.get(old);
    expect(await keys('rotate', old)).toBe(0);
    const fresh = parseApiKey(terminal.out.at(-1) ?? '')?.id ?? '';
    const expiresAt = new Date(terminal.now() + 3_600_000).toISOString();
    expect(records.get(fresh)).toMatchObject({ tenant: 'acme', scopes: ['submit'], name: 'CI', expiresAt });
    expect(records.get(old)).toEqual(before);
    expect(told()).toContain(`The old key, ${old}, has ended already`);
  });
});

describe('revoke', () => {
  let engine: Server;
  let calls: { readonly call: string; readonly authorization: string | undefined }[];
  let answer: { status: number; body?: unknown };

  beforeEach(async () => {
    calls = [];
    answer = { status: 200 };
    engine = createServer((request, response) => {
      calls.push({ call: `${request.method} ${request.url}`, authorization: request.headers.authorization });
      const body = answer.body ?? { keyId: request.url?.split('/').at(-2), revoked: true, effectiveWithinSeconds: 30 };
      response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    });
    engine.listen(0, '127.0.0.1');
    await once(engine, 'listening');
    const address = engine.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    variables = { MCPOVERFLOW_URL: `http://127.0.0.1:${address.port}` };
  });
  afterEach(async () => {
    engine.closeAllConnections();
    engine.close();
    await once(engine, 'close');
  });

  test('writes it down, tells the engine with a key for this one call, and says when it holds', async () => {
    const id = await made();
    expect(await keys('revoke', id)).toBe(0);
    expect(records.get(id)?.revokedAt).toBe(new Date(terminal.now()).toISOString());
    expect(told()).toContain('within 30 seconds');
    const [call, ...others] = calls;
    expect(others).toEqual([]);
    expect(call?.call).toBe(`POST /api/keys/${id}/revoke`);
    const messenger = parseApiKey(call?.authorization?.replace('Bearer ', '') ?? '')?.id ?? '';
    expect(records.get(messenger)).toMatchObject({ tenant: 'acme', scopes: ['operate'] });
    expect(lifetimes).toEqual([120]);
  });

  test('can be repeated, and takes the whole key from who found one', async () => {
    await made();
    const key = terminal.out.at(-1) ?? '';
    const { id = '', secret = '' } = parseApiKey(key) ?? {};
    await keys('revoke', key);
    const first = records.get(id)?.revokedAt;
    await terminal.wait(DAY_MS);
    expect(await keys('revoke', key)).toBe(0);
    expect(records.get(id)?.revokedAt).toBe(first);
    expect(told()).toContain('and was before');
    expect(told()).not.toContain(secret);
  });

  test('says so when the engine was not told, and does not call it done', async () => {
    const id = await made();
    const error = 'There is no such API key';
    answer = { status: 404, body: { type: 'about:blank', title: error, status: 404, detail: '', code: 'key-not-found', error } };
    expect(await keys('revoke', id, '--env', 'production')).toBe(1);
    expect(records.get(id)?.revokedAt).toBeDefined();
    expect(told()).toContain('is it the engine of this environment?');
  });

  test.each([
    { effectiveWithinSeconds: 0 },
    { keyId: 'another0123456789', revoked: true, effectiveWithinSeconds: 30 },
    { keyId: undefined, revoked: true, effectiveWithinSeconds: 0 },
  ])('does not believe whatever else answers at the address: %j', async (body) => {
    const id = await made();
    answer = { status: 200, body: 'revoked' in body ? { ...body, keyId: body.keyId ?? id } : body };
    expect(await keys('revoke', id)).toBe(1);
    expect(told()).toContain('is not this engine');
    expect(told()).not.toContain('Nothing opens to it');
  });

  test('goes as the runbook of a leaked key has it, command by command', async () => {
    const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const [, chapter = ''] = page.split('### A key leaked\n');
    const lines = /```sh\n([^`]+)```/.exec(chapter)?.[1]?.trim().split('\n') ?? [];
    const id = await made();
    const typed = lines.map((line) =>
      line
        .replace(/ *#.*/, '')
        .replace(/^npm run keys -- /, '')
        .replace(/\bID\b/, id)
        .replace('$URL', variables.MCPOVERFLOW_URL ?? '')
        .split(' '),
    );
    expect(typed.map(([command]) => command)).toEqual(['revoke', 'rotate', 'list']);
    for (const each of typed) expect(await keys(...each)).toBe(0);
    const states = [...records.values()].filter(({ name }) => name === undefined).map((record) => isApiKeyLive(record, terminal.now()));
    expect(states).toEqual([false, true]);
  });

  test('without an engine on this machine there is nobody to tell', async () => {
    const id = await made();
    variables = { MCPOVERFLOW_URL: 'http://127.0.0.1:9' };
    expect(await keys('revoke', id)).toBe(0);
    expect(told()).toContain('No engine runs at');
  });

  test('elsewhere, without an address, says what KV alone is worth and how to be certain', async () => {
    const id = await made();
    variables = {};
    expect(await keys('revoke', id, '--env', 'production')).toBe(0);
    expect(told()).toContain(`npm run keys -- revoke ${id} --env production --url URL`);
  });

  test('of a key that is none is refused', async () => {
    expect(await keys('revoke', 'nobody0123456789')).toBe(1);
    expect(told()).toContain('There is no key nobody0123456789 in local');
    expect(calls).toEqual([]);
  });
});
