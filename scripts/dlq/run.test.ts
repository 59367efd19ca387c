/** The whole command against a server that answers in the engine's shapes, over real HTTP. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from './run.ts';
import { exampleGroup, exampleItem, exampleLetter, exampleReplay, now } from './testing/examples.ts';
import { type RecordingTerminal, recordingTerminal } from './testing/recording-terminal.ts';

const KEY = 'mcp_a-secret-key';
const { id } = exampleLetter();
const empty = { status: 200, body: { items: [] } };

interface Answer {
  readonly status: number;
  readonly body: unknown;
}
interface Call {
  readonly call: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

let server: Server;
let url: string;
let calls: Call[];
/** What is answered to `METHOD path`, one after the other; the last one again and again. */
let answers: Record<string, readonly Answer[]>;
beforeEach(async () => {
  calls = [];
  answers = {};
  server = createServer(async (request, response) => {
    const call = `${request.method} ${request.url}`;
    const body = await text(request);
    const before = calls.filter((earlier) => earlier.call === call).length;
    calls.push({ call, body: body === '' ? undefined : JSON.parse(body), authorization: request.headers.authorization });
    const prepared = answers[call] ?? [problem(404, 'route-not-found', `${call} is not prepared.`)];
    const answer = prepared[Math.min(before, prepared.length - 1)];
    response.writeHead(answer?.status ?? 500, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer?.body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  url = `http://127.0.0.1:${address.port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const ok = (body: unknown): Answer => ({ status: 200, body });
const problem = (status: number, code: string, detail: string): Answer => ({
  status,
  body: { type: 'about:blank', title: 'A title', status, detail, code, error: detail },
});

async function dlq(terminal: RecordingTerminal, ...typed: string[]): Promise<number> {
  const code = await run(typed, { MCPOVERFLOW_URL: url, MCPOVERFLOW_API_KEY: KEY, INIT_CWD: tmpdir() }, terminal);
  expect([...terminal.out, ...terminal.err, ...terminal.steps].join('\n')).not.toContain(KEY);
  return code;
}

const made = (): readonly string[] => calls.map(({ call }) => call);
const plan = exampleReplay({ total: 3, waiting: 2, skipped: 1 }, { state: 'planned', items: [exampleItem('will-replay')] });
const skippedItem = exampleItem('skipped', { reason: 'It is in quarantine.' });
const running = exampleReplay({ total: 3, waiting: 1, skipped: 1, running: 1 });
const completed = exampleReplay({ total: 3, skipped: 1, recovered: 2 }, { state: 'completed' });

function prepareReplay(...looks: readonly unknown[]): void {
  answers = {
    'POST /api/dead-letters/replay': [ok(plan), { status: 202, body: running }],
    'GET /api/dead-letters/replays/rpl_1/items?state=skipped&limit=100': [ok({ items: [skippedItem] })],
    'GET /api/dead-letters/replays/rpl_1/items?state=died&limit=100': [ok({ items: [exampleItem('died')] })],
    'GET /api/dead-letters/replays/rpl_1': looks.map(ok),
  };
}

test('a page is a table with the way to the next one, and carries the key', async () => {
  answers = { 'GET /api/dead-letters?code=needs-openhands&limit=20': [ok({ deadLetters: [exampleLetter()], next: 'c2' })] };
  const terminal = recordingTerminal();
  expect(await dlq(terminal, 'list', '--code', 'needs-openhands')).toBe(0);
  expect(terminal.out[1]).toContain(id);
  expect(terminal.err).toEqual(['There are more: --all, or --cursor c2']);
  expect(calls[0]?.authorization).toBe(`Bearer ${KEY}`);
});

test('`--all` reads every page, and JSON holds them all', async () => {
  answers = {
    'GET /api/dead-letters?limit=100': [ok({ deadLetters: [exampleLetter({ id: 'job_1' })], next: 'c 2' })],
    'GET /api/dead-letters?limit=100&cursor=c+2': [ok({ deadLetters: [exampleLetter({ id: 'job_2' })] })],
  };
  const terminal = recordingTerminal();
  expect(await dlq(terminal, 'list', '--all', '--json')).toBe(0);
  expect(JSON.parse(terminal.out.join('\n'))).toMatchObject({ deadLetters: [{ id: 'job_1' }, { id: 'job_2' }] });
});

test('groups say how to see what a replay would do', async () => {
  answers = { 'GET /api/dead-letters/groups?limit=20': [ok({ groups: [exampleGroup()] })] };
  const terminal = recordingTerminal();
  expect(await dlq(terminal, 'groups')).toBe(0);
  expect(terminal.err).toEqual([
    `What a replay of one would do: npm run dlq -- replay --fingerprint f00dfeedf00dfeed --dry-run --url ${url}`,
  ]);
});

test('one is shown', async () => {
  answers = { [`GET /api/dead-letters/${id}`]: [ok({ ...exampleLetter(), history: [] })] };
  const terminal = recordingTerminal();
  expect(await dlq(terminal, 'show', id)).toBe(0);
  expect(terminal.out[0]).toBe(id);
});

test('a dry run shows the plan, starts nothing, and says how to execute exactly it', async () => {
  prepareReplay();
  const terminal = recordingTerminal(true);
  expect(await dlq(terminal, 'replay', '--code', 'internal', '--canary', '1', '--dry-run')).toBe(0);
  expect(calls[0]?.body).toEqual({ filter: { code: 'internal' }, canary: 1, dryRun: true });
  expect(terminal.out.join('\n')).toContain('     1  It is in quarantine.');
  expect(terminal.err).toEqual([`Nothing was started. Execute exactly this: npm run dlq -- replay --plan rpl_1 --url ${url}`]);
  expect([made().length, terminal.questions]).toEqual([2, []]);
});

test('a replay is planned, confirmed, executed as planned, and followed to its end', async () => {
  prepareReplay(running, completed);
  const terminal = recordingTerminal(true);
  expect(await dlq(terminal, 'replay', '--ids', id)).toBe(0);
  expect(terminal.questions).toEqual(['Replay 2?']);
  expect(calls.filter(({ call }) => call.startsWith('POST')).map(({ body }) => body)).toEqual([
    { ids: [id], dryRun: true },
    { planId: 'rpl_1' },
  ]);
  expect(terminal.steps.at(-1)).toBe('100 %  2 of 2: 2 recovered, completed');
  expect(terminal.out.at(-1)).toBe('The replay is completed: 2 recovered, 1 skipped.');
});

test('a no starts nothing, `--yes` does not ask', async () => {
  prepareReplay(completed);
  const hesitant = recordingTerminal(false);
  expect(await dlq(hesitant, 'replay', '--ids', id)).toBe(1);
  expect(calls.filter(({ call }) => call.startsWith('POST'))).toHaveLength(1);
  calls = [];
  const certain = recordingTerminal(false);
  expect(await dlq(certain, 'replay', '--ids', id, '--yes')).toBe(0);
  expect(certain.questions).toEqual([]);
});

test('a plan that was made before is executed without another, and one that runs is only followed', async () => {
  prepareReplay(plan, completed);
  answers['POST /api/dead-letters/replay'] = [{ status: 202, body: running }];
  expect(await dlq(recordingTerminal(), 'replay', '--plan', 'rpl_1')).toBe(0);
  expect(calls.filter(({ call }) => call.startsWith('POST')).map(({ body }) => body)).toEqual([{ planId: 'rpl_1' }]);
  calls = [];
  answers['GET /api/dead-letters/replays/rpl_1'] = [ok(completed)];
  expect(await dlq(recordingTerminal(), 'replay', '--plan', 'rpl_1')).toBe(0);
  expect(made().filter((call) => call.startsWith('POST'))).toEqual([]);
});

test('what stopped ends with 1, says why, and names what died', async () => {
  const stopped = exampleReplay({ total: 3, died: 1, notStarted: 2 }, { state: 'stopped', reason: 'The canary died again.' });
  prepareReplay(stopped);
  const terminal = recordingTerminal();
  expect(await dlq(terminal, 'replay', '--status', 'dead')).toBe(1);
  expect(terminal.out.slice(-4)).toEqual([
    'The replay is stopped: 0 recovered, 1 died again, 2 not started.',
    'The canary died again.',
    'Died again:',
    `  ${id}`,
  ]);
  expect(terminal.err).toEqual([`See why: npm run dlq -- show ${id} --url ${url}`]);
});

test('nothing to replay is no failure, unless everything that was named is skipped', async () => {
  prepareReplay();
  answers['POST /api/dead-letters/replay'] = [
    ok(exampleReplay({}, { state: 'planned' })),
    ok(exampleReplay({ total: 1, skipped: 1 }, { state: 'planned' })),
  ];
  expect(await dlq(recordingTerminal(), 'replay', '--status', 'dead')).toBe(0);
  expect(await dlq(recordingTerminal(), 'replay', '--ids', id)).toBe(1);
});

test('a patch is planned with the call, and then the call itself is made, because plans keep no patch', async () => {
  prepareReplay(completed);
  const place = mkdtempSync(join(tmpdir(), 'dlq-'));
  const file = join(place, 'patch.json');
  const patch = [{ op: 'replace', path: '/name', value: 'shop' }];
  writeFileSync(file, JSON.stringify(patch));
  expect(await dlq(recordingTerminal(), 'replay', '--ids', id, '--patch', file)).toBe(0);
  expect(calls.filter(({ call }) => call.startsWith('POST')).map(({ body }) => body)).toEqual([
    { ids: [id], patch, dryRun: true },
    { ids: [id], patch },
  ]);
  for (const [content, words] of [
    ['{"op":"add"}', 'is not a JSON patch'],
    ['not JSON', 'is not JSON'],
  ] as const) {
    writeFileSync(file, content);
    const terminal = recordingTerminal();
    expect(await dlq(terminal, 'replay', '--ids', id, '--patch', file)).toBe(2);
    expect(terminal.err.join('\n')).toContain(words);
  }
  rmSync(place, { recursive: true });
  expect(await dlq(recordingTerminal(), 'replay', '--ids', id, '--patch', file)).toBe(2);
});

test('whoever leaves is told how to come back, pause and abort', async () => {
  prepareReplay(running, completed);
  const terminal = recordingTerminal();
  terminal.whileWaiting = () => terminal.lastWords?.();
  await dlq(terminal, 'follow', 'rpl_1');
  expect(terminal.err.slice(0, 4)).toEqual([
    'The replay goes on without you.',
    `  Watch it:  npm run dlq -- follow rpl_1 --url ${url}`,
    `  Pause it:  npm run dlq -- pause rpl_1 --url ${url}`,
    `  Abort it:  npm run dlq -- abort rpl_1 --url ${url}`,
  ]);
  expect(terminal.lastWords).toBeUndefined();
});

test('an engine that restarts is waited for, one that refuses is not', async () => {
  prepareReplay();
  const away = problem(503, 'unavailable', 'The engine is starting.');
  answers['GET /api/dead-letters/replays/rpl_1'] = [ok(running), away, problem(429, 'rate-limited', 'Too many.'), ok(completed)];
  const terminal = recordingTerminal();
  expect(await dlq(terminal, 'follow', 'rpl_1')).toBe(0);
  expect(terminal.steps).toContain('the engine does not answer; trying again');
  calls = [];
  answers['GET /api/dead-letters/replays/rpl_1'] = [ok(running), problem(404, 'replay-not-found', 'It is gone.')];
  expect(await dlq(recordingTerminal(), 'follow', 'rpl_1')).toBe(2);
  calls = [];
  answers['GET /api/dead-letters/replays/rpl_1'] = [ok(running), away];
  expect(await dlq(recordingTerminal(), 'follow', 'rpl_1')).toBe(2);
});

test('a plan cannot be followed: nothing of it runs', async () => {
  prepareReplay(plan);
  const terminal = recordingTerminal();
  expect(await dlq(terminal, 'follow', 'rpl_1')).toBe(2);
  expect(terminal.err.join()).toContain('replay --plan rpl_1');
});

test.each(['pause', 'resume', 'abort'] as const)('%s says what state it is in now', async (action) => {
  const state = { pause: 'paused', resume: 'running', abort: 'aborted' } as const;
  answers = { [`POST /api/dead-letters/replays/rpl_1/${action}`]: [ok({ ...running, state: state[action] })] };
  const terminal = recordingTerminal();
  expect(await dlq(terminal, action, 'rpl_1')).toBe(0);
  expect(terminal.out[0]).toBe(`The replay is ${state[action]}.`);
});

test('discarding by filter shows what it would take before it asks, and takes nothing that dies in between', async () => {
  const until = encodeURIComponent(new Date(now).toISOString());
  const groups = ok({ groups: [exampleGroup({ count: 5 }), exampleGroup({ count: 2 })] });
  answers = {
    [`GET /api/dead-letters/groups?code=internal&until=${until}&limit=100`]: [groups],
    [`DELETE /api/dead-letters?code=internal&until=${until}`]: [ok({ discarded: 7 })],
  };
  const hesitant = recordingTerminal(false);
  expect(await dlq(hesitant, 'discard', '--code', 'internal')).toBe(1);
  expect([hesitant.questions, made().length]).toEqual([['Discard 7?'], 1]);
  const certain = recordingTerminal(true);
  expect(await dlq(certain, 'discard', '--code', 'internal')).toBe(0);
  expect(certain.out).toEqual(['Discarded: 7']);
});

test('discarding by filter asks and takes no more than was said, and with `--yes` exactly what was said', async () => {
  const earlier = new Date(now - 60_000).toISOString();
  const until = encodeURIComponent(earlier);
  answers = {
    [`GET /api/dead-letters/groups?until=${until}&limit=100`]: [ok({ groups: [] })],
    [`DELETE /api/dead-letters?until=${until}`]: [ok({ discarded: 0 })],
    'DELETE /api/dead-letters?code=internal': [ok({ discarded: 7 })],
  };
  expect(await dlq(recordingTerminal(true), 'discard', '--until', earlier)).toBe(0);
  expect(await dlq(recordingTerminal(), 'discard', '--code', 'internal', '--yes')).toBe(0);
});

test('a wrong id does not keep the others from being discarded, but shows in the exit code', async () => {
  answers = {
    'DELETE /api/dead-letters/job_1': [problem(404, 'dead-letter-not-found', 'There is none.')],
    'DELETE /api/dead-letters/job_2': [ok({ discarded: 1 })],
    'DELETE /api/dead-letters/job_3': [ok({ discarded: 0 })],
  };
  const terminal = recordingTerminal();
  expect(await dlq(terminal, 'discard', 'job_1', 'job_2', 'job_3')).toBe(2);
  expect(terminal.out).toEqual(['Discarded: 1']);
  expect(terminal.err).toEqual(['job_1: A title (dead-letter-not-found): There is none.', 'job_3: it is not dead, so it stays as it is.']);
});

test('a refusal, a stranger and silence each end with 2 and a sentence', async () => {
  answers = { 'GET /api/dead-letters?limit=20': [problem(403, 'forbidden', 'The key has no scope operate.'), ok('<html>'), empty] };
  for (const words of ['The key has no scope operate.', 'is not this engine', 'is not this engine']) {
    const terminal = recordingTerminal();
    expect(await dlq(terminal, 'list')).toBe(2);
    expect(terminal.err.join('\n')).toContain(words);
  }
  const terminal = recordingTerminal();
  expect(await dlq(terminal, 'list', '--url', 'http://127.0.0.1:1')).toBe(2);
  expect(terminal.err.join('\n')).toContain('Nothing answers at http://127.0.0.1:1. Start it with `npm start`.');
});

test('help is no failure, and a mistake leads to it', async () => {
  const terminal = recordingTerminal();
  expect([await dlq(terminal, 'help'), await dlq(terminal, 'lsit')]).toEqual([0, 2]);
  expect(terminal.out[0]).toContain('Usage: npm run dlq');
  expect(terminal.err).toEqual(['There is no command "lsit".', 'Everything it can do: npm run dlq -- help']);
});
