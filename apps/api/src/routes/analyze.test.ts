import { describe, expect, it, vi } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

/** The seed's own example, word for word. */
const seedExample = {
  specType: 'openapi',
  spec: {
    openapi: '3.0.0',
    info: { title: 'Test API', version: '1.0.0' },
    paths: { '/users': { get: { summary: 'List users' } } },
  },
};

describe('POST /api/analyze', () => {
  it('waits for the analysis and answers 200 with the whole job', async () => {
    const engine = new FakeEngine();
    const answer = engine.post('/api/analyze', seedExample);
    await vi.waitFor(() => expect(engine.sent).toHaveLength(1));
    const { jobId } = engine.onlyJob.request;
    await engine.someoneWaits(jobId);
    await engine.complete(jobId, { title: 'Test API' });

    const response = await answer;
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ jobId, status: 'completed', result: { title: 'Test API' } });
    expect(response.headers.get('Vary')).toBe('Prefer');
  });

  it('answers 200 with the error when the analysis fails within the wait', async () => {
    const engine = new FakeEngine();
    const answer = engine.post('/api/analyze', seedExample);
    await vi.waitFor(() => expect(engine.sent).toHaveLength(1));
    await engine.fail(engine.onlyJob.request.jobId);

    const response = await answer;
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'failed', error: { code: 'needs-openhands' } });
  });

  it('does not wait when the caller prefers respond-async', async () => {
    const engine = new FakeEngine();
    const response = await engine.post('/api/analyze', seedExample, { Prefer: 'respond-async' });
    const { jobId } = engine.onlyJob.request;

    expect(response.status).toBe(202);
    expect(response.headers.get('Preference-Applied')).toBe('respond-async');
    expect(response.headers.get('Location')).toBe(`/api/jobs/${jobId}`);
    expect(response.headers.get('Retry-After')).toBe('1');
    expect(await response.json()).toEqual({
      jobId,
      status: 'pending',
      message: 'API analysis started',
      estimatedMs: 10_000,
      links: { self: `/api/jobs/${jobId}`, events: `/api/jobs/${jobId}/events` },
    });
    expect(engine.sent).toEqual([
      { v: 1, kind: 'start', jobId, generation: 1, turn: 1, traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) },
    ]);
  });

  it('hands the specification to the Job as one compressed file', async () => {
    const engine = new FakeEngine();
    await engine.post('/api/analyze', seedExample, { Prefer: 'respond-async' });
    const { files, parameters, options } = engine.onlyJob.request;
    expect(files.map(({ path, format }) => ({ path, format }))).toEqual([{ path: 'specification.json', format: 'json' }]);
    const [file] = files;
    const text = await new Response(new Blob([file?.gzip ?? '']).stream().pipeThrough(new DecompressionStream('gzip'))).json();
    expect(text).toEqual(seedExample.spec);
    expect(parameters).toEqual({ specType: 'openapi' });
    expect(options).toEqual({});
  });
});
