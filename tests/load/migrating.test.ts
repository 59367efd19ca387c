/** The commands of `docs/migrating.md` that need no account work as they stand, beside a running engine. */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runDocumented, testedCommands } from '../support/documented-commands.ts';
import { type Engine, startEngine } from '../support/engine.ts';
import { acceptedId, endOf, post, smallSpecification } from '../support/jobs.ts';

const dist = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist');
const [build = 'false', keys = 'false', ...others] = testedCommands('docs/migrating.md');

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(async () => {
  await engine?.stop();
  rmSync(dist, { recursive: true, force: true });
});

test('the Workers are built and weighed, minified ones less, and a bundle is taken apart', async () => {
  const { code, out, err } = await runDocumented(engine, build, '');
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  const sizes = [...out.matchAll(/^dist\/api: ([\d.]+) KB, ([\d.]+) KB gzipped$/gm)].map(([, bytes]) => Number(bytes));
  expect(sizes).toHaveLength(2);
  expect(sizes[1]).toBeLessThan(sizes[0] ?? 0);
  for (const worker of ['consumer', 'embedded-agent']) expect(out).toMatch(new RegExp(`^dist/${worker}: `, 'm'));
  expect(`${out}${err}`).toContain('apps/api/src/app.ts');
});

test('a finished job is among the keys that wrangler lists', async () => {
  const body = { specType: 'openapi', spec: smallSpecification('listed') };
  const { jobId } = await endOf(engine, await acceptedId(await post(engine, 'analyze', body)));
  const listed = async (): Promise<string> => (await runDocumented(engine, keys, jobId)).out;
  await expect.poll(listed, { timeout: 60_000 }).toContain(jobId);
});

test('nothing else is marked as tested', () => {
  expect(others).toEqual([]);
});
