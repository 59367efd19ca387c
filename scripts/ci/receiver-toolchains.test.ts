import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('./receiver-toolchains.sh', import.meta.url));

/** The step of `.ci/run` on a machine with this Go and a Python that has all it needs. */
function checkedWith(goVersion: string) {
  const folder = mkdtempSync(join(tmpdir(), 'toolchains-'));
  const programs = { go: `echo 'go version ${goVersion} linux/amd64'`, python3: 'exit 0' };
  for (const [name, does] of Object.entries(programs)) {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${does}\n`);
    chmodSync(path, 0o755);
  }
  return spawnSync('bash', [script], { encoding: 'utf8', env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } });
}

test.each(['go1.25.0', 'go1.26.8', 'go2.0'])('CI goes on with %s', (version) => {
  expect(checkedWith(version)).toMatchObject({ status: 0, stderr: '' });
});

test.each(['go1.19.8', 'go1.24.13'])('CI says at once that %s is too old', (version) => {
  expect(checkedWith(version)).toMatchObject({ status: 1, stderr: expect.stringMatching(new RegExp(`Go >= 1\\.25 .*${version}`)) });
});
