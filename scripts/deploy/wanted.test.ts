import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { environmentNames, readWanted } from './wanted.ts';

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
afterEach(() => vi.unstubAllEnvs());

test.each(environmentNames)('CLOUDFLARE_ENV=%s of whoever deploys moves no environment to another namespace', (name) => {
  const titles = () => environmentNames.map((each) => readWanted(project, each)).map((wanted) => wanted.ok && wanted.value.namespaceTitle);
  vi.stubEnv('CLOUDFLARE_ENV', name);
  expect(titles()).toEqual(['mcpoverflow-ai-jobs-staging', 'mcpoverflow-ai-jobs']);
});
