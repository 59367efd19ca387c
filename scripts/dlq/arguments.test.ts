import { expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';

const place = { INIT_CWD: '/home/ada' };
const now = Date.parse('2026-11-22T12:00:00.000Z');
const parse = (...typed: string[]) => parseArguments(typed, place, now);

test('flags become a filter, and an age a time', () => {
  expect(parse('list', '--code', 'agent-unreachable', '--since', '90m', '--until', '2026-11-22T12:00:00+01:00')).toMatchObject({
    ok: true,
    value: {
      command: 'list',
      filter: { code: 'agent-unreachable', since: '2026-11-22T10:30:00.000Z', until: '2026-11-22T12:00:00+01:00' },
      options: { limit: 20, all: false, url: 'http://127.0.0.1:8787' },
    },
  });
  expect(parse('list')).toMatchObject({ ok: true, value: { filter: undefined } });
});

test('a replay takes its ids, its manner and a patch from where the person is', () => {
  expect(
    parse('replay', '--ids', 'job_1', '--rate', '0.5', '--canary', '2', '--stop-on-failure-ratio', '0.2', '--patch', 'p.json'),
  ).toMatchObject({
    ok: true,
    value: { options: { ids: ['job_1'], rate: 0.5, canary: 2, 'stop-on-failure-ratio': 0.2 }, patchFile: '/home/ada/p.json' },
  });
});

test('the local engine is on the port that the environment names, and another address wins', () => {
  const urlOf = (environment: Record<string, string>, ...typed: string[]) => {
    const parsed = parseArguments(['list', ...typed], environment, now);
    return parsed.ok && 'options' in parsed.value ? parsed.value.options.url : parsed;
  };
  expect(urlOf({ PORT: '9000' })).toBe('http://127.0.0.1:9000');
  expect(urlOf({ PORT: '9000', MCPOVERFLOW_URL: 'https://one.example' })).toBe('https://one.example');
  expect(urlOf({ MCPOVERFLOW_URL: 'https://one.example' }, '--url', 'https://two.example')).toBe('https://two.example');
});

test('the key comes from the environment alone, and a wrong one is not repeated', () => {
  const key = 'mcp_secret\nsecond line';
  expect(parseArguments(['list'], { MCPOVERFLOW_API_KEY: 'mcp_secret' }, now)).toMatchObject({ ok: true, value: { key: 'mcp_secret' } });
  expect(parseArguments(['list'], { MCPOVERFLOW_API_KEY: key }, now)).toEqual({
    ok: false,
    error: 'MCPOVERFLOW_API_KEY must be printable ASCII.',
  });
  expect(parse('list', '--key', 'mcp_secret')).toMatchObject({ ok: false });
});

test.each([
  [[], 'Say what to do.'],
  [['lsit'], 'There is no command "lsit".'],
  [['constructor'], 'There is no command "constructor".'],
  [['list', 'job_1'], '`list` takes flags only.'],
  [['list', '--dry-run'], '`list` does not take --dry-run.'],
  [['show'], 'Name a dead letter: show ID.'],
  [['show', 'job_1', 'job_2'], '`show` takes one id at a time.'],
  [['follow'], 'Name a replay: follow ID.'],
  [['follow', '..'], '".." is not the id of a replay.'],
  [['replay'], 'Say what to replay: --ids A,B, filters, or --plan ID. Everything that is dead: --status dead.'],
  [['replay', 'job_1'], '`replay` takes its dead letters as --ids A,B.'],
  [['replay', '--ids', 'job_1', '--code', 'internal'], 'Say what to replay in one way: --ids, filters, or --plan.'],
  [['replay', '--plan', 'p1', '--canary', '1'], 'A plan is executed as it was made: leave out --canary, or plan anew.'],
  [['replay', '--ids', 'job_1,job_2', '--patch', 'p.json'], '--patch changes one job: name it with --ids.'],
  [['replay', '--status', 'dead', '--patch', 'p.json'], '--patch changes one job: name it with --ids.'],
  [['discard'], 'Say what to discard: ids, or filters. Everything that is dead: --status dead.'],
  [['discard', 'job_1', '--status', 'dead'], 'Give `discard` ids or filters, not both.'],
  [['discard', '--status', 'dead', '--dry-run'], '`discard` does not take --dry-run.'],
  [['discard', '.'], '"." is not the id of a dead letter.'],
  [['discard', ''], '"" is not the id of a dead letter.'],
  [['discard', 'job_1/../..'], '"job_1/../.." is not the id of a dead letter.'],
  [['list', '--since', 'yesterday'], '--since: must be an age such as 90m, 2h or 7d, or a time such as 2026-11-22T10:00:00Z.'],
  [['list', '--url', 'ftp://x'], '--url: must be an http or https address.'],
])('%j is refused with a sentence', (typed, error) => {
  expect(parse(...typed)).toEqual({ ok: false, error });
});

test.each([
  ['--status', 'deceased'],
  ['--limit', '1000'],
  ['--limit', 'many'],
])('list %s %s is refused by name', (flag, value) => {
  expect(parse('list', flag, value)).toMatchObject({ ok: false, error: expect.stringContaining(flag) });
});

test.each([
  ['--ids', 'job_1,,job_2'],
  ['--ids', 'someone'],
  ['--rate', '0.009'],
  ['--rate', 'fast'],
  ['--canary', '-1'],
  ['--stop-on-failure-ratio', '2'],
])('replay %s %s is refused by name', (flag, value) => {
  const selection = flag === '--ids' ? [] : ['--status', 'dead'];
  expect(parse('replay', ...selection, `${flag}=${value}`)).toMatchObject({ ok: false, error: expect.stringContaining(flag) });
});
