import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';
import { fileNameOf } from './job-artifact.ts';

const files = [
  { path: 'src/worker.ts', content: 'export default {};\n' },
  { path: 'README.md', content: '# Users ü\n' },
];

async function submitted() {
  const engine = new FakeEngine();
  await engine.post('/api/generate-from-description', { description: 'x' });
  const { jobId } = engine.onlyJob.request;
  return { engine, jobId, download: () => engine.request(`/api/jobs/${jobId}/artifact`) };
}

describe('GET /api/jobs/{jobId}/artifact', () => {
  it('is a zip of the result’s files, the same bytes every time', async () => {
    const { engine, jobId, download } = await submitted();
    await engine.complete(jobId, { name: 'users', files });
    const response = await download();
    expect(response.headers.get('Content-Type')).toBe('application/zip');
    expect(response.headers.get('Content-Disposition')).toBe('attachment; filename="users.zip"');
    const bytes = new Uint8Array(await response.arrayBuffer());
    const unzipped = unzipSync(bytes);
    expect(Object.entries(unzipped).map(([path, content]) => [path, strFromU8(content)])).toEqual([
      ['README.md', '# Users ü\n'],
      ['src/worker.ts', 'export default {};\n'],
    ]);
    expect(new Uint8Array(await (await download()).arrayBuffer())).toEqual(bytes);
  });

  it('answers 409 while the job goes on', async () => {
    const { download } = await submitted();
    const response = await download();
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'job-not-finished' });
  });

  it('answers 404 for a failed job, and for a result without files', async () => {
    const failed = await submitted();
    await failed.engine.fail(failed.jobId);
    const bare = await submitted();
    await bare.engine.complete(bare.jobId, { title: 'an analysis' });
    for (const response of [await failed.download(), await bare.download()]) {
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'artifact-not-found' });
    }
  });

  it('never hands out a path that leaves the folder', async () => {
    const { engine, jobId, download } = await submitted();
    await engine.complete(jobId, { name: 'x', files: [{ path: '../../.bashrc', content: '' }] });
    expect((await download()).status).toBe(404);
  });

  it('has a file name that is harmless everywhere', () => {
    expect(fileNameOf('Größe "x"\r\nSet-Cookie: a/../b')).toBe('Gro-e-x-Set-Cookie-a-..-b.zip');
    expect(fileNameOf('漢字')).toBe('connector.zip');
    expect(fileNameOf(undefined)).toBe('connector.zip');
  });
});
