import { fail, ok, type Result } from '@mcpoverflow/types';
import { expect, test } from 'vitest';
import type { McpSession, ToolAnswer } from './mcp-session.ts';
import type { Sighting } from './mock-upstream.ts';
import { Report } from './report.ts';
import { tryDynamicTools } from './try-dynamic.ts';
import { complaintAbout, type Trial, type TriedTool, tryTools } from './try-tools.ts';

const done: Result<ToolAnswer, string> = ok({ failure: null, text: '' });
const sent = (path: string, more: Partial<Sighting> = {}): Sighting => ({
  host: 'api.example.com',
  method: 'GET',
  path,
  astray: false,
  reached: [],
  ...more,
});
const reaching = (path: string): Sighting => sent(path, { reached: [{ method: 'GET', path, unsent: [] }] });

/** A trial of a connector that does `call` for each call, and the session to it; what `arrived` holds has arrived at the API. */
function trialOf(call: (tool: string, arrived: Sighting[]) => Result<ToolAnswer, string>, { fits = true } = {}) {
  const arrived: Sighting[] = [];
  const announced: string[] = [];
  const ending = new AbortController();
  const trial: Trial = {
    report: new Report(),
    traffic: { requests: 0, take: () => arrived.splice(0) },
    judge: async (cases) => cases.map(() => (fits ? null : 'does not fit')),
    knowledge: 'described',
    signal: ending.signal,
    beforeCall: async (tool) => void announced.push(tool),
  };
  const session: McpSession = {
    listTools: async () => ok([]),
    callTool: async (tool) => call(tool, arrived),
  };
  return { trial, session, arrived, announced, ending };
}

const tool = (name: string, path = `/${name}`): TriedTool => ({
  name,
  inputSchema: { type: 'object' },
  operation: { method: 'GET', path },
});

test.each([
  ['/pets/{id}', '/pets/1'],
  ['/pets/{id}', '/v1/pets/1/'],
  ['/pets/{id}', '/pets/'],
  ['/pets/{id}.json?full=true', '/v1/pets/1.json'],
  ['/compare/{base}...{head}', '/compare/main...next'],
  ['/x/{a}{b}', '/x/1'],
])('a refused request of %s at %s is the one of the tool', async (template, path) => {
  const { trial, session } = trialOf((_, arrived) => {
    arrived.push(sent(path), reaching(template));
    return done;
  });
  expect(await complaintAbout(tool('pets', template), { arguments: {} }, session, trial)).toBeNull();
});

test.each([
  ['/pets/{id}', '/pets/1/owners'],
  ['/pets/{id}', '/owners/1'],
  ['/pets/{id}.json', '/pets/1.xml'],
  ['/compare/{base}...{head}', '/compare/main'],
  ['/v1/pets/{id}', '/pets/1'],
  ['/x/{a}{a}{a}{a}{a}{a}{a}{a}{a}z', `/x/${'a'.repeat(100_000)}`],
])('a refused request beside %s is told where its path is another one', async (template, path) => {
  const { trial, session } = trialOf((_, arrived) => {
    arrived.push(sent(path), reaching(template));
    return done;
  });
  expect(await complaintAbout(tool('pets', template), { arguments: {} }, session, trial)).toMatch(/^also sent GET \//);
});

test.each([
  ['whose arguments do not fit is no failure', false, sent('/first'), []],
  ['whose arguments fit fails its tool', true, sent('/first'), [{ tool: 'first', message: 'gave no answer in time' }]],
  [
    'whose arguments do not fit fails its tool where it goes to a stray host',
    false,
    sent('/', { host: 'evil.example.net', astray: true }),
    [{ tool: 'first', message: 'called evil.example.net, which is not a host of the API' }],
  ],
])('a request that arrives after a call that hung and %s', async (_, fits, late, failures) => {
  const { trial, session, arrived } = trialOf(() => fail('gave no answer in time'), { fits });
  await tryTools([tool('first')], session, session, {
    ...trial,
    // The time of the first call is over when the second one is judged.
    judge: async (cases) => {
      if (trial.report.toolsCalled > 0) arrived.push(late);
      return trial.judge(cases);
    },
  });
  expect(trial.report.verification().failures).toEqual(failures);
});

test('nothing is called any more when all was ended before the call', async () => {
  const called: string[] = [];
  const { trial, session, ending } = trialOf((name) => {
    called.push(name);
    return done;
  });
  await tryTools([tool('first'), tool('second')], session, session, { ...trial, beforeCall: async () => ending.abort() });
  expect(called).toEqual([]);
});

test('a call in the dynamic mode is announced with its operation', async () => {
  const { trial, session, announced } = trialOf((name, arrived) => {
    if (name === 'call_operation') arrived.push(reaching('/pets'));
    const found = { operations: [{ operation: 'list_pets', method: 'GET', path: '/pets' }] };
    const text = JSON.stringify(name === 'search_operations' ? found : { inputSchema: { type: 'object' } });
    return ok({ failure: null, text });
  });
  await tryDynamicTools([{ method: 'GET', path: '/pets' }], session, session, trial);
  expect(trial.report.verification()).toMatchObject({ passed: true, toolsCalled: 3 });
  expect(announced).toEqual(['search_operations', 'describe_operation', 'call_operation: list_pets']);
});
