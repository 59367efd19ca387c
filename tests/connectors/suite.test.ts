/**
 * Generated test suites as their owners run them: installed from the connector's own lockfile and played by its own
 * vitest. They must pass for the connector as it was made, and fail as soon as one line of its runtime is wrong:
 * a suite that cannot fail proves nothing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateTests, recogniseConnector } from '@mcpoverflow/connectors';
import type { GeneratedFile } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeConnector } from '../support/connector-process.ts';
import { environment, installedConnector } from '../support/npm-packages.ts';
import { bookshop, connectorOf, corpus, modelOf } from '../support/specifications.ts';

type Mutation = readonly [what: string, file: string, line: string, mutated: string];

const mutations: readonly Mutation[] = [
  ['the wrong method', 'src/request.ts', 'method: operation.method,', "method: 'PATCH',"],
  ['values that are not escaped', 'src/style.ts', 'encodeURIComponent(text.toWellFormed())', 'text.toWellFormed()'],
  ['no patience', 'src/send.ts', 'const MAX_RETRIES = 2;', 'const MAX_RETRIES = 0;'],
  ['failures taken for answers', 'src/answer.ts', 'if (!response.ok)', 'if (false)'],
  ['redirects that are followed anywhere', 'src/send.ts', 'if (target.origin !== new URL(current.url).origin)', 'if (false)'],
  ['a door that is open to strangers', 'src/worker.ts', 'settings.connectorToken !== undefined &&', 'false &&'],
  ['paths that are left', 'src/request.ts', '(?:\\.|%2e){1,2}', '(?:\\.|%2e){9}'],
  ['no end of patience', 'src/send.ts', 'const MAX_RETRIES = 2;', 'const MAX_RETRIES = 10;'],
  ['a second try at once', 'src/send.ts', 'await clockwork.sleep(wait);', ''],
  ['long answers', 'src/answer.ts', 'complete && text.length <= maxLength', 'complete'],
  [
    'secrets in what is told',
    'src/server.ts',
    "failure('The API could not be reached.')",
    "failure(String(settings.secret('PETSTORE_AUTH_TOKEN')))",
  ],
  ['credentials in another scheme', 'src/credentials.ts', "'Bearer'", "'Token'"],
  ['hints that are not the table\u2019s', 'src/server.ts', 'openWorldHint: true, ...annotations', '...annotations, readOnlyHint: true'],
  ['tools that are not listed', 'src/server.ts', 'tools.slice(start, end)', 'tools.slice(start, 1)'],
  ['schemas that are not listed', 'src/server.ts', '    outputSchema,\n', ''],
  ['text in another charset', 'src/answer.ts', 'new TextDecoder(charset)', "new TextDecoder('latin1')"],
  ['a post to where a redirect leads', 'src/send.ts', 'status !== 301 && status !== 302', 'true'],
];

const specifications = [
  { name: 'bookshop', file: bookshop, mutations: mutations.slice(0, 4) },
  { name: 'petstore', file: new URL('petstore.yaml', corpus), mutations },
  { name: 'stripe', file: new URL('stripe.json', corpus), mutations: [] },
  { name: 'slack', file: new URL('slack.swagger2.json', corpus), mutations: [] },
  { name: 'swapi', file: new URL('swapi.graphql', corpus), mutations: [] },
  { name: 'echo', file: new URL('postman21-echo.json', corpus), mutations: [] },
];

for (const { name, file, mutations: wrongs } of specifications) {
  if (!existsSync(file)) {
    console.warn(`\n!!! ${file.pathname} is missing: the suite for ${name} is NOT tested.\n`);
    test.runIf(process.env.CI !== undefined)(`the specification of ${name} is there`, () => expect(existsSync(file)).toBe(true));
    continue;
  }
  describe(`the suite for ${name}`, () => testSuite(file, wrongs));
}

function testSuite(file: URL, wrongs: readonly Mutation[]): void {
  const { files, cases } = withSuite(file);
  let written: ReturnType<typeof writeConnector>;
  beforeAll(() => {
    written = writeConnector(files, join(installedConnector(files), 'node_modules'));
  });
  afterAll(() => written?.remove());

  test('passes: its cases, what is listed, and that the connector is closed to strangers', () => {
    const { status, output } = play(written.folder);
    expect(status, output).toBe(0);
    expect(output).toContain(`${cases + 2} passed`);
  });

  test.each(wrongs)('fails for %s', (_what, path, line, mutated) => {
    const source = join(written.folder, path);
    const text = readFileSync(source, 'utf8');
    expect(text).toContain(line);
    writeFileSync(source, text.replace(line, mutated));
    const { status, output } = play(written.folder);
    writeFileSync(source, text);
    expect(status, output).toBe(1);
    expect(output).toContain('FAIL  tests/connector.test.ts');
  });
}

/** The connector's files, as they are handed in again, with the suite that is made for them beside. */
function withSuite(file: URL): { readonly files: readonly GeneratedFile[]; readonly cases: number } {
  const model = modelOf(file);
  const { files } = connectorOf(model);
  const own = recogniseConnector(files);
  if (own === null) throw new Error('The connector was not recognised.');
  const suite = generateTests(own, model);
  if (!suite.ok) throw new Error(suite.error.message);
  return { files: [...files, ...suite.value.files], cases: suite.value.cases };
}

/** `npm test`, as the connector's manifest says it. */
function play(folder: string): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('npm', ['test', '--silent'], {
    cwd: folder,
    env: { ...environment, NO_COLOR: '1', VITEST: undefined, NODE_ENV: undefined },
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { status, output: `${stdout}${stderr}`.slice(-4000) };
}
