/**
 * The clients in `examples/client`, as a stranger runs them against a running engine: what is submitted comes back as a zip,
 * the same submission is the same job, and every refusal reaches the person in the engine's words.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Engine, freePort, startEngine } from '../support/engine.ts';
import { goToolchain } from '../support/go-connector.ts';
import { endOf } from '../support/jobs.ts';

const MINUTE_MS = 60_000;
const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const examples = join(project, 'examples', 'client');
const bookshop = join(project, 'examples', 'bookshop.yaml');
const toolchain = goToolchain();
if (toolchain !== true) {
  if (process.env.CI) throw new Error(toolchain);
  console.warn(`NOT run: the Go client. ${toolchain}`);
}

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'client-examples-'));
  engine = await startEngine();
});
afterAll(async () => {
  await engine?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Client {
  readonly language: string;
  /** Makes it runnable and answers the command. */
  prepare(): Promise<readonly [file: string, ...parameters: string[]]>;
}

const typescript: Client = {
  language: 'TypeScript',
  async prepare() {
    const copy = join(folder, 'typescript');
    cpSync(join(examples, 'typescript'), copy, { recursive: true });
    return [join(project, 'node_modules', 'node', 'bin', 'node'), join(copy, 'client.ts')];
  },
};
const go: Client = {
  language: 'Go',
  async prepare() {
    const binary = join(folder, 'client');
    await promisify(execFile)('go', ['build', '-o', binary, '.'], { cwd: join(examples, 'go'), timeout: 3 * MINUTE_MS });
    return [binary];
  },
};

describe.each(toolchain === true ? [typescript, go] : [typescript])('the $language client', ({ prepare }) => {
  let command: Awaited<ReturnType<Client['prepare']>>;
  beforeAll(async () => {
    command = await prepare();
  });

  async function run(parameters: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const [file, ...first] = command;
    const env = { PATH: process.env.PATH, MCPOVERFLOW_URL: engine.url, ...environment };
    const ended = promisify(execFile)(file, [...first, ...parameters], { cwd: folder, env, timeout: 2 * MINUTE_MS });
    return ended.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout: String(stdout), stderr: String(stderr) }),
    );
  }

  test('gets a connector, and the same one from the same job when it is started again', async () => {
    const [first, second] = [join(folder, 'first.zip'), join(folder, 'second.zip')];
    const ran = await run([bookshop, first]);
    expect(ran).toMatchObject({ code: 0 });
    const [jobId = ''] = ran.stdout.split(' ');
    expect(await endOf(engine, jobId)).toMatchObject({ status: 'completed', type: 'generate-connector' });
    expect(strFromU8(unzipSync(readFileSync(first))['README.md'] ?? new Uint8Array())).toContain('Bookshop');

    expect(await run([bookshop, second])).toMatchObject({ code: 0, stdout: `${jobId} ${second}\n` });
    expect(readFileSync(second)).toEqual(readFileSync(first));
  });

  test('says what a job died of', async () => {
    const path = join(folder, 'broken.yaml');
    writeFileSync(path, 'openapi: 3.1.0\ninfo: { title: Broken, version: "1" }\npaths: {}\n');
    const ran = await run([path]);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/job is failed: [a-z-]+ \S/);
  });

  test('submits afresh what was cancelled, once, and has what failed tried again where that may help', async () => {
    const calls: string[] = [];
    const keys: (string | undefined)[] = [];
    const jobs: Record<string, { status: string; error?: object }> = {
      first: { status: 'cancelled' },
      second: { status: 'failed', error: { code: 'agent-unreachable', message: 'Nobody answers.', retryable: true } },
    };
    const engineOfJobs = createServer((request, response) => {
      request.resume();
      calls.push(`${request.method} ${request.url}`);
      let jobId = request.url?.split('/')[3] ?? '';
      if (request.url === '/api/generate-connector') {
        const key = String(request.headers['idempotency-key']);
        if (!keys.includes(key)) keys.push(key);
        jobId = keys.indexOf(key) === 0 ? 'first' : 'second';
      }
      if (request.url?.endsWith('/retry')) jobs[jobId] = { status: 'cancelled' };
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ jobId, stage: 'done', progress: 100, ...jobs[jobId] }));
    });
    const port = await freePort();
    await new Promise<void>((resolve) => engineOfJobs.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => {
      engineOfJobs.close();
    });
    const ran = await run([bookshop], { MCPOVERFLOW_URL: `http://127.0.0.1:${port}` });
    expect(calls).toEqual([
      'POST /api/generate-connector',
      'POST /api/generate-connector',
      'POST /api/jobs/second/retry',
      'GET /api/jobs/second',
    ]);
    expect(keys).toHaveLength(2);
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(/^job second\n[Tt]he job is cancelled\n$/) });
  });

  test('says what was wrong with a submission, and where', async () => {
    const path = join(folder, 'nothing.yaml');
    writeFileSync(path, '');
    const ran = await run([path]);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^400 [a-z-]+: .*\(request [0-9a-f-]{36}\)\n {2}\/spec \S/m);
  });

  test('shows its key, has patience with an engine that is busy, and none with one that refuses', async () => {
    const seen: (string | undefined)[] = [];
    const busy = createServer((request, response) => {
      seen.push(request.headers.authorization);
      const status = [503, 429].at(seen.length - 1) ?? 401;
      request.resume();
      response.writeHead(status, { 'Retry-After': '0', 'Content-Type': 'application/problem+json' });
      response.end(JSON.stringify({ status, code: 'unauthorized', error: 'An API key is needed: this one is unknown.', requestId: 'r1' }));
    });
    const port = await freePort();
    await new Promise<void>((resolve) => busy.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => {
      busy.close();
    });
    const ran = await run([bookshop], { MCPOVERFLOW_URL: `http://127.0.0.1:${port}`, MCPOVERFLOW_API_KEY: 'a-key' });
    expect(ran).toMatchObject({ code: 1, stderr: '401 unauthorized: An API key is needed: this one is unknown. (request r1)\n' });
    expect(seen).toEqual(['Bearer a-key', 'Bearer a-key', 'Bearer a-key']);
  });

  test('says how it is used', async () => {
    expect((await run([])).stderr).toMatch(/^Usage: .* specification\.yaml/);
  });
});
