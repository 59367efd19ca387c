import { jobIdForKey } from '@mcpoverflow/types';
import { describe, expect, it, vi } from 'vitest';
import { gunzip, gzipText } from '../gzip.ts';
import { FakeEngine } from '../testing/fake-engine.ts';

const spec = { openapi: '3.0.0', info: { title: 'T', version: '1' }, paths: {} };
const analysis = { specType: 'openapi', spec };
const connector = { name: 'Users', specType: 'openapi', spec };
const quick = { Prefer: 'respond-async' };
const quietly = () => vi.spyOn(console, 'warn').mockImplementation(() => undefined);

const textOf = (gzip: Uint8Array) => new Response(gunzip(gzip)).text();
const bufferOf = async (value: unknown) => new Uint8Array(await gzipText(JSON.stringify(value))).buffer;

describe('an accepted submission', () => {
  it('is acknowledged in the words of the original product', async () => {
    const engine = new FakeEngine();
    const response = await engine.post('/api/generate-from-description', { description: 'Create a simple connector for GitHub API' });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      jobId: engine.onlyJob.request.jobId,
      status: 'pending',
      message: 'Natural language generation started',
      estimatedMs: 180_000,
    });
    expect(engine.onlyJob.request.parameters).toEqual({
      description: 'Create a simple connector for GitHub API',
      language: 'typescript',
      runtime: 'cloudflare-workers',
    });
  });

  it('is stored in parts: parameters, options, files', async () => {
    const engine = new FakeEngine();
    await engine.post('/api/generate-tests', {
      connector: { files: [{ path: 'src/a.py', content: 'print(1)' }], language: 'python' },
      spec: 'openapi: 3.0\npaths: {}\n',
      priority: 'low',
      metadata: { team: 'a' },
    });
    const { parameters, options, files } = engine.onlyJob.request;
    expect(parameters).toEqual({ specType: 'openapi', language: 'python' });
    expect(options).toEqual({ priority: 'low', metadata: { team: 'a' } });
    expect(await Promise.all(files.map(async ({ path, format, gzip }) => [path, format, await textOf(gzip)]))).toEqual([
      ['specification.yaml', 'yaml', 'openapi: 3.0\npaths: {}\n'],
      ['connector/src/a.py', undefined, 'print(1)'],
    ]);
  });

  it.each([
    ['typescript', 'connector/src/worker.ts'],
    ['python', 'connector/server.py'],
    ['go', 'connector/main.go'],
  ])('keeps the code of a one-file %s connector in %s', async (language, path) => {
    const engine = new FakeEngine();
    const tests = [{ path: 'a.test', content: '' }];
    await engine.post('/api/validate-connector', { connector: { code: 'x', language }, tests });
    expect(engine.onlyJob.request.files.map((file) => file.path)).toEqual([path, 'tests/a.test']);
  });

  it('names the job whose connector is meant', async () => {
    const engine = new FakeEngine();
    const jobId = '7F0C2F0E-3B0A-4C57-9D3C-0B8F4C1DE111';
    await engine.post('/api/fix-connector', { connector: { jobId }, error: { message: 'it fails' } });
    expect(engine.onlyJob.request.parameters).toEqual({ connectorJobId: jobId.toLowerCase(), error: { message: 'it fails' } });
    expect(engine.onlyJob.request.cache).toBeUndefined();
  });

  it('may come compressed', async () => {
    const engine = new FakeEngine();
    const body = await gzipText(JSON.stringify(analysis));
    const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Encoding': 'gzip', ...quick };
    const response = await engine.request('/api/analyze', { method: 'POST', body, headers });
    expect(response.status).toBe(202);
  });

  it('carries the caller’s trace, or starts one', async () => {
    const engine = new FakeEngine();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await engine.post('/api/analyze', analysis, { ...quick, traceparent });
    expect(engine.sent[0]?.traceparent).toBe(traceparent);
    expect(engine.onlyJob.request.traceparent).toBe(traceparent);
    await engine.post('/api/analyze', analysis, { ...quick, traceparent: '00-nonsense' });
    expect(engine.sent[1]?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });
});

describe('when parts of the platform fail', () => {
  it('still answers 202 when the queue fails, because the Job is durable', async () => {
    const warn = quietly();
    const engine = new FakeEngine();
    engine.faults.queue = new Error('queue down');
    expect((await engine.post('/api/generate-connector', connector)).status).toBe(202);
    expect(warn.mock.calls.flat().join()).toContain('start not sent');
    warn.mockRestore();
  });

  it('still answers 202 when the queue does not answer', async () => {
    const warn = quietly();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const engine = new FakeEngine();
    engine.faults.queueHangs = true;
    const answer = engine.post('/api/generate-connector', connector);
    await vi.waitFor(async () => {
      expect(engine.jobs.size).toBe(1);
      expect(vi.getTimerCount()).toBe(1);
    });
    await vi.advanceTimersByTimeAsync(3_000);
    expect((await answer).status).toBe(202);
    vi.useRealTimers();
    warn.mockRestore();
  });

  it('answers 503 with Retry-After when the Job cannot be reached', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const engine = new FakeEngine();
    engine.faults.job = new Error('no such object');
    const response = await engine.post('/api/generate-connector', connector);
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBe('5');
    expect(await response.json()).toMatchObject({ code: 'unavailable' });
    expect(engine.sent).toEqual([]);
    error.mockRestore();
  });

  it('tries once more when the platform calls the fault retryable, and starts the job it finds made', async () => {
    const engine = new FakeEngine();
    const open = engine.env.JOB.get;
    let calls = 0;
    const JOB = {
      ...engine.env.JOB,
      get: (id: DurableObjectId) => {
        const job = open(id);
        return {
          ...job,
          create: async (request: Parameters<typeof job.create>[0]) => {
            const answer = await job.create(request);
            calls += 1;
            if (calls === 1) throw Object.assign(new Error('connection lost'), { retryable: true });
            return answer;
          },
        };
      },
    };
    const init = { method: 'POST', body: JSON.stringify(connector), headers: { 'Content-Type': 'application/json' } };
    expect((await engine.request('/api/generate-connector', init, { JOB })).status).toBe(202);
    expect(engine.sent.map(({ jobId }) => jobId)).toEqual([engine.onlyJob.request.jobId]);
  });

  it('counts a consumer or a KV that fails as a cache miss', async () => {
    const warn = quietly();
    const engine = new FakeEngine();
    engine.faults.kv = new Error('KV down');
    expect((await engine.post('/api/analyze', analysis, quick)).status).toBe(202);
    const another = new FakeEngine();
    another.faults.consumer = new Error('consumer down');
    expect((await another.post('/api/analyze', analysis, quick)).status).toBe(202);
    expect(another.onlyJob.request.cache).toBeUndefined();
    warn.mockRestore();
  });

  it('falls back to reading when the long poll breaks', async () => {
    const warn = quietly();
    const engine = new FakeEngine();
    engine.faults.changes = new Error('too many waiters');
    const answer = engine.post('/api/generate-connector', connector, { Prefer: 'wait=5' });
    await vi.waitFor(() => expect(engine.sent).toHaveLength(1));
    await engine.complete(engine.onlyJob.request.jobId, { name: 'users' });
    const response = await answer;
    expect(response.status).toBe(200);
    expect(response.headers.get('Preference-Applied')).toBe('wait=5');
    expect(await response.json()).toMatchObject({ status: 'completed', result: { name: 'users' } });
    warn.mockRestore();
  });
});

describe('Idempotency-Key', () => {
  const keyed = { ...quick, 'Idempotency-Key': '"key one"' };

  it('gives the same job for the same body, however its members are ordered, and starts it once', async () => {
    const engine = new FakeEngine();
    const first = await engine.post('/api/generate-connector', connector, keyed);
    const reordered = { specType: 'openapi', spec: { paths: {}, info: { version: '1', title: 'T' }, openapi: '3.0.0' }, name: 'Users' };
    const second = await engine.post('/api/generate-connector', reordered, keyed);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(await second.json()).toEqual(await first.json());
    expect(engine.onlyJob.request.jobId).toBe(await jobIdForKey('local', '/api/generate-connector', 'key one'));
    expect(engine.sent).toHaveLength(1);
  });

  it('answers 200 with the job when it has ended', async () => {
    const engine = new FakeEngine();
    await engine.post('/api/generate-connector', connector, keyed);
    await engine.complete(engine.onlyJob.request.jobId, { name: 'users' });
    const again = await engine.post('/api/generate-connector', connector, keyed);
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ status: 'completed', result: { name: 'users' } });
  });

  it('refuses another body, other options included', async () => {
    const engine = new FakeEngine();
    await engine.post('/api/generate-connector', connector, keyed);
    for (const other of [
      { ...connector, name: 'Other' },
      { ...connector, priority: 'low' },
    ]) {
      const response = await engine.post('/api/generate-connector', other, keyed);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ code: 'idempotency-mismatch' });
    }
  });

  it('is bound to its address', async () => {
    const engine = new FakeEngine();
    await engine.post('/api/analyze', analysis, keyed);
    await engine.post('/api/generate-connector', connector, keyed);
    expect(engine.jobs.size).toBe(2);
  });
});

describe('the result cache', () => {
  const keep = async (engine: FakeEngine, key: string | undefined, result: unknown) =>
    engine.kv.set(key ?? '', { value: await bufferOf(result), metadata: { v: 1, engine: 'embedded' } });

  it('completes a repeated submission at once, and starts nothing', async () => {
    const engine = new FakeEngine();
    await engine.post('/api/generate-connector', connector);
    await keep(engine, engine.onlyJob.request.cache?.key, { name: 'users' });
    const response = await engine.post('/api/generate-connector', { ...connector, metadata: { other: 'option' } });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'completed', cached: true, result: { name: 'users' } });
    expect(engine.sent).toHaveLength(1);
  });

  it('is passed over with Cache-Control: no-cache', async () => {
    const engine = new FakeEngine();
    await engine.post('/api/generate-connector', connector);
    await keep(engine, engine.onlyJob.request.cache?.key, {});
    const response = await engine.post('/api/generate-connector', connector, { 'Cache-Control': 'no-cache' });
    expect(response.status).toBe(202);
  });

  it('has another key for another input, engine or version', async () => {
    const keyOf = async (body: unknown, version: string) => {
      const engine = new FakeEngine();
      engine.engine = { engine: 'embedded', version };
      await engine.post('/api/analyze', body, quick);
      return engine.onlyJob.request.cache?.key;
    };
    const keys = [await keyOf(analysis, '1'), await keyOf(analysis, '2'), await keyOf({ ...analysis, spec: { ...spec, info: {} } }, '1')];
    expect(new Set(keys).size).toBe(3);
    expect(keys[0]).toMatch(/^cache:[0-9a-f]{64}$/);
    expect(await keyOf({ ...analysis, priority: 'low' }, '1')).toBe(keys[0]);
  });

  it('keeps analyses of OpenHands, but not its other work', async () => {
    const engine = new FakeEngine();
    engine.engine = { engine: 'openhands', version: '1.2.3' };
    await engine.post('/api/analyze', analysis, quick);
    await engine.post('/api/generate-connector', connector);
    expect([...engine.jobs.values()].map(({ request }) => request.cache !== undefined)).toEqual([true, false]);
  });

  it('ignores an entry of a form it does not know', async () => {
    const engine = new FakeEngine();
    await engine.post('/api/generate-connector', connector);
    engine.kv.set(engine.onlyJob.request.cache?.key ?? '', { value: await bufferOf({}), metadata: { v: 2 } });
    expect((await engine.post('/api/generate-connector', connector)).status).toBe(202);
  });

  it('asks the consumer for the engine once in ten seconds', async () => {
    const engine = new FakeEngine();
    await engine.post('/api/analyze', analysis, quick);
    await engine.post('/api/analyze', analysis, quick);
    expect(engine.engineCalls).toBe(1);
  });

  it('waits for a consumer that does not answer once in ten seconds, and not for long', async () => {
    const warn = quietly();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const engine = new FakeEngine();
    engine.faults.consumerHangs = true;
    const first = engine.post('/api/analyze', analysis, quick);
    await vi.waitFor(() => expect(engine.engineCalls).toBe(1));
    await vi.advanceTimersByTimeAsync(400);
    expect((await first).status).toBe(202);
    expect((await engine.post('/api/analyze', analysis, quick)).status).toBe(202);
    expect(engine.engineCalls).toBe(1);
    engine.faults.consumerHangs = false;
    vi.setSystemTime(Date.now() + 10_000);
    await engine.post('/api/analyze', analysis, quick);
    expect([...engine.jobs.values()].map(({ request }) => request.cache !== undefined)).toEqual([false, false, true]);
    vi.useRealTimers();
    warn.mockRestore();
  });

  it('has no key while the version of the engine is unknown', async () => {
    const engine = new FakeEngine();
    engine.engine = { engine: 'openhands', version: null };
    await engine.post('/api/analyze', analysis, quick);
    expect(engine.onlyJob.request.cache).toBeUndefined();
  });

  it('asks nobody about work that is never cached', async () => {
    const engine = new FakeEngine();
    await engine.post('/api/generate-connector', { ...connector, engine: 'openhands' });
    const jobId = '7f0c2f0e-3b0a-4c57-9d3c-0b8f4c1de111';
    await engine.post('/api/fix-connector', { connector: { jobId }, error: { message: 'it fails' } });
    expect(engine.engineCalls).toBe(0);
  });
});
