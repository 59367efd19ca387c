import { expect, it } from 'vitest';
import { parseSettings } from './settings.ts';

it('an empty environment counts as production, with keys and without browsers', () => {
  expect(parseSettings({})).toEqual({
    ok: true,
    value: {
      ENVIRONMENT: 'production',
      AUTH: 'keys',
      CORS_ORIGINS: [],
      ACCEPT_JOBS: true,
      TENANT_MAX_JOBS_IN_FLIGHT: 1_000,
      MAX_BODY_BYTES: 26_214_400,
      DNS_RESOLVER_URL: 'https://cloudflare-dns.com/dns-query',
    },
  });
});

it.each([['25MB'], ['0'], ['-1.5'], ['']])('MAX_BODY_BYTES=%s is refused with what it must be', (MAX_BODY_BYTES) => {
  expect(parseSettings({ MAX_BODY_BYTES })).toEqual({
    ok: false,
    error: 'MAX_BODY_BYTES must be a whole number of bytes above 0, such as 26214400.',
  });
});

it.each([
  [{ ACCEPT_JOBS: 'no' }, 'ACCEPT_JOBS must be "true" or "false".'],
  [{ TENANT_MAX_JOBS_IN_FLIGHT: '0' }, 'TENANT_MAX_JOBS_IN_FLIGHT must be a whole number of jobs above 0, such as 1000.'],
  [{ TENANT_MAX_COST_USD_PER_DAY: '$5' }, 'TENANT_MAX_COST_USD_PER_DAY must be an amount of US dollars above 0, such as 50.'],
])('%o is refused with what it must be', (vars, error) => {
  expect(parseSettings(vars)).toEqual({ ok: false, error });
});

it('a drained engine and a bound on costs are read as such', () => {
  const vars = { ACCEPT_JOBS: 'false', TENANT_MAX_COST_USD_PER_DAY: '2.50' };
  expect(parseSettings(vars)).toMatchObject({ ok: true, value: { ACCEPT_JOBS: false, TENANT_MAX_COST_USD_PER_DAY: 2.5 } });
});

it.each([
  ['null'],
  ['*'],
  ['app.example.com'],
  ['https://app.example.com/'],
  ['https://app.example.com:443'],
  ['ftp://app.example.com'],
  ['https://app.example.com, null'],
])('CORS_ORIGINS=%s is refused with what it must be', (CORS_ORIGINS) => {
  expect(parseSettings({ CORS_ORIGINS })).toEqual({
    ok: false,
    error: 'CORS_ORIGINS must be origins as browsers write them, such as https://app.example.com, separated by commas.',
  });
});

it('CORS_ORIGINS is read as a list', () => {
  const origins = ['https://app.example.com', 'http://localhost:3000'];
  expect(parseSettings({ CORS_ORIGINS: ` ${origins.join(' , ')},` })).toMatchObject({ ok: true, value: { CORS_ORIGINS: origins } });
});

it.each([['1.1.1.1'], ['ftp://resolver.example.com/'], ['']])('DNS_RESOLVER_URL=%s is refused with what it must be', (DNS_RESOLVER_URL) => {
  expect(parseSettings({ DNS_RESOLVER_URL })).toEqual({
    ok: false,
    error: 'DNS_RESOLVER_URL must be an http or https address, such as https://cloudflare-dns.com/dns-query.',
  });
});

it('every variable at fault is named, none is quoted', () => {
  expect(parseSettings({ AUTH: 's3cret', ENVIRONMENT: '' })).toEqual({
    ok: false,
    error: 'ENVIRONMENT must not be empty. AUTH must be "none" or "keys".',
  });
});

it.each([['short'], ['abcdefghijklmnopqrstuvw-']])('OPENHANDS_HOOK_SECRET=%s is refused with what it must be', (OPENHANDS_HOOK_SECRET) => {
  expect(parseSettings({ OPENHANDS_HOOK_SECRET })).toEqual({
    ok: false,
    error: 'OPENHANDS_HOOK_SECRET must be at least 24 letters and digits.',
  });
});

it('an empty OPENHANDS_HOOK_SECRET is none: there is no address for hints', () => {
  for (const OPENHANDS_HOOK_SECRET of ['', ' ']) {
    expect(parseSettings({ OPENHANDS_HOOK_SECRET })).toEqual(parseSettings({}));
  }
});
