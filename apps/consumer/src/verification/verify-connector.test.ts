import { type Verification, verificationSchema } from '@mcpoverflow/types';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTestHarness, type TestHarness } from 'wrangler';
import { connectorAnswering, connectorOf, petsConnector } from './fixtures/connector.ts';
import type { VerificationRequest } from './fixtures/verification-request.ts';

const limits = { timeoutMs: 20_000, cpuMs: 5_000 };
let worker: TestHarness;

beforeAll(async () => {
  vi.stubEnv('CLOUDFLARE_CF_FETCH_ENABLED', 'false');
  vi.stubEnv('WRANGLER_SEND_METRICS', 'false');
  worker = createTestHarness({ workers: [{ configPath: new URL('./fixtures/wrangler.toml', import.meta.url) }] });
  await worker.listen();
}, 60_000);

afterAll(() => worker.close());

async function verify(input: VerificationRequest['input'], options: Partial<VerificationRequest> = {}): Promise<Verification> {
  const response = await worker.fetch('/', { method: 'POST', body: JSON.stringify({ input, limits, upstreamAnswer: '', ...options }) });
  return verificationSchema.parse(await response.json());
}

describe('a good connector', () => {
  test('passes: every tool of every page is listed, called, and answered by the mock upstream', async () => {
    const input = { ...petsConnector, environment: { API_BASE_URL: 'https://api.example.com', EXPECTED: 'from the mock' } };
    expect(await verify(input, { upstreamAnswer: 'from the mock' })).toEqual({
      ran: true,
      runner: 'worker-loader',
      toolsListed: 3,
      toolsCalled: 3,
      passed: true,
      failures: [],
    });
  });

  test('meets its own upstream while others are verified beside it', async () => {
    const one = (name: string) =>
      verify(
        { ...petsConnector, environment: { API_BASE_URL: 'https://api.example.com', EXPECTED: `"answer":"${name}"` } },
        { upstreamAnswer: name },
      );
    const verifications = await Promise.all(['one', 'two', 'three', 'four', 'five', 'six'].map(one));
    expect(verifications.map(({ passed }) => passed)).toEqual([true, true, true, true, true, true]);
  });

  test('has no upstream any more once it is verified', async () => {
    await verify(petsConnector);
    expect((await worker.fetch('/')).status).toBe(502);
  });

  test('that lists a thousand tools is called a thousand times', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `tool_${index}`);
    const operations = JSON.stringify(names.map((name) => ({ name, path: `/${name}` })));
    const verification = await verify({
      ...petsConnector,
      files: petsConnector.files.map((file) =>
        file.path === 'src/lib/tools.ts'
          ? {
              ...file,
              content: `export interface Operation { name: string; path: string } export const operations: Operation[] = ${operations};`,
            }
          : file.path === 'src/worker.ts'
            ? { ...file, content: file.content.replace('const PAGE = 2', 'const PAGE = 100') }
            : file,
      ),
      tools: names.map((name) => ({ name })),
      calls: names.map((tool) => ({ tool, arguments: {} })),
    });
    expect(verification).toMatchObject({ toolsListed: 1000, toolsCalled: 1000, passed: true });
  }, 60_000);
});

describe('a connector whose tools are not what it declares', () => {
  test('fails for tools that are missing, not declared, or have no arguments to be called with', async () => {
    const verification = await verify({
      ...petsConnector,
      tools: [{ name: 'list_pets' }, { name: 'get_pet' }, { name: 'delete_pet' }],
      calls: petsConnector.calls.slice(0, 1),
    });
    expect(verification).toMatchObject({ passed: false, toolsListed: 3, toolsCalled: 1 });
    expect(verification.failures).toEqual([
      { tool: 'list_owners', message: 'is listed but not declared' },
      { tool: 'delete_pet', message: 'is declared but not listed' },
      { tool: 'get_pet', message: 'was not called: there are no arguments to call it with' },
      { tool: 'delete_pet', message: 'was not called: there are no arguments to call it with' },
    ]);
  });

  test('fails with the words of a tool that reports an error', async () => {
    const input = { ...petsConnector, environment: { API_BASE_URL: 'https://api.example.com', EXPECTED: 'something else' } };
    const verification = await verify(input);
    expect(verification).toMatchObject({ passed: false, toolsCalled: 3 });
    expect(verification.failures?.[0]).toEqual({
      tool: 'list_pets',
      message: expect.stringContaining('the upstream said {"method":"GET"'),
    });
  });

  test('fails for an answer that is not what the protocol says', async () => {
    const verification = await verify(
      connectorAnswering(`
        await fetch('https://api.example.com/');
        return message.params.name === 'get_pet' ? { nothing: true } : { content: [] };`),
    );
    expect(verification.failures).toEqual([
      { tool: 'get_pet', message: expect.stringContaining('answered tools/call with something else') },
    ]);
  });
});

describe('a connector that proves nothing', () => {
  const answered = { content: [{ type: 'text', text: 'done' }] };

  test('fails for tools that answer without ever calling the API', async () => {
    const verification = await verify(
      connectorAnswering(`
        if (message.params.name === 'get_pet') await fetch('https://api.example.com/');
        return ${JSON.stringify(answered)};`),
    );
    expect(verification).toMatchObject({ ran: true, passed: false, toolsCalled: 3 });
    expect(verification.failures).toEqual([
      { tool: 'list_pets', message: 'never called the API' },
      { tool: 'list_owners', message: 'never called the API' },
    ]);
  });

  test('fails when it declares no tools and lists none', async () => {
    const source = `
      const results = { initialize: { protocolVersion: '2025-06-18' }, 'tools/list': { tools: [] } };
      export default { async fetch(request) {
        const { id, method } = await request.json();
        return Response.json({ jsonrpc: '2.0', id, result: results[method] ?? {} });
      } };`;
    const verification = await verify({ ...connectorOf(source), tools: [], calls: [] });
    expect(verification).toMatchObject({ passed: false, failures: [{ tool: '(connector)', message: 'lists no tools' }] });
  });
});

describe('a connector of an API that nothing describes', () => {
  const complaining = `
    if (message.params.name !== 'get_pet') await fetch('https://api.example.com/');
    return { isError: true, content: [{ type: 'text', text: 'no key' }] };`;

  test('may complain about the empty answer, and must have asked for one', async () => {
    const verification = await verify(connectorAnswering(complaining), { network: 'undescribed' });
    expect(verification).toMatchObject({ passed: false, toolsCalled: 3, reason: expect.stringContaining('was not judged') });
    expect(verification.failures).toEqual([{ tool: 'get_pet', message: 'never called the API: no key' }]);
  });

  test('passes when every tool reaches it', async () => {
    expect(await verify(petsConnector, { network: 'undescribed' })).toMatchObject({ passed: true, toolsListed: 3, toolsCalled: 3 });
  });

  test('and whose tools nobody declared is loaded and listed, and the verification says that it was no more', async () => {
    const verification = await verify({ ...petsConnector, tools: null, calls: [] }, { network: 'undescribed' });
    expect(verification).toMatchObject({ passed: true, toolsListed: 3, toolsCalled: 0, reason: expect.stringContaining('not called') });
  });
});

test('a connector whose calls the platform takes elsewhere is not blamed for it', async () => {
  expect(await verify(petsConnector, { network: 'elsewhere' })).toEqual({
    ran: false,
    reason: expect.stringContaining('another instance'),
  });
});

describe('a connector that does not start', () => {
  test.each([
    ['throws while it is loaded', `throw new Error('no such luck'); export default {};`, 'no such luck'],
    ['has no default export', `export const worker = {};`, 'src/worker.ts has no default export'],
    ['has a default export without fetch', `export default {};`, 'does not export a fetch() function'],
    ['is not TypeScript', `export default {`, 'src/worker.ts cannot be read'],
    ['is not JavaScript once its types are gone', `export default { a: 08n };`, 'Failed to start Worker'],
    ['imports a library it may not use', `import _ from 'lodash'; export default _;`, 'src/worker.ts imports "lodash"'],
    ['imports a file it does not have', `import _ from './gone.ts'; export default _;`, 'src/worker.ts imports "./gone.ts"'],
    ['waits for ever while it is loaded', `await new Promise(() => {}); export default {};`, 'Top-level await'],
    ['nests deeper than any parser goes', `export default ${'['.repeat(100_000)}${']'.repeat(100_000)};`, 'src/worker.ts cannot be read'],
  ])('fails because it %s', async (_, source, message) => {
    const verification = await verify(connectorOf(source));
    expect(verification).toMatchObject({ ran: true, passed: false, toolsListed: 0, toolsCalled: 0 });
    expect(verification.failures).toEqual([{ tool: '(connector)', message: expect.stringContaining(message) }]);
  });

  test('fails because its entry is not there', async () => {
    const verification = await verify({ ...petsConnector, files: [{ path: 'wrangler.toml', content: 'main = "src/gone.ts"' }] });
    expect(verification.failures).toEqual([
      { tool: '(connector)', message: 'The connector has no src/gone.ts, which would be its entry.' },
    ]);
  });
});

describe('a hostile connector', () => {
  test('that never answers costs no more than the time for it', async () => {
    const input = connectorOf(`export default { fetch: () => new Promise(() => { setInterval(() => {}, 1000); }) };`);
    const verification = await verify(input, { limits: { ...limits, timeoutMs: 200 } });
    expect(verification).toMatchObject({ passed: false, failures: [{ tool: '(connector)', message: 'gave no answer in time' }] });
  });

  test('that answers some calls and then no more is told which tools were not called', async () => {
    const names = Array.from({ length: 12 }, (_, index) => ({ tool: 'get_pet', arguments: { index } }));
    const input = {
      ...connectorAnswering(`return new Promise(() => { setInterval(() => {}, 1000); });`),
      calls: [...names, { tool: 'list_owners', arguments: {} }],
    };
    const verification = await verify(input, { limits: { ...limits, timeoutMs: 2_000 } });
    expect(verification.passed).toBe(false);
    expect(verification.toolsCalled).toBeLessThanOrEqual(4);
    expect(verification.failures).toContainEqual({
      tool: 'list_owners',
      message: 'was not called: the time for the verification was over',
    });
  });

  test('that answers without end is cut off', async () => {
    const endless = `new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1 << 20)); } }), { headers: { 'content-type': 'application/json' } })`;
    const verification = await verify(connectorOf(`export default { fetch: () => ${endless} };`));
    expect(verification.failures).toEqual([{ tool: '(connector)', message: 'answered with more than 4194304 bytes' }]);
  });

  test('that lists its tools without end is cut off', async () => {
    const input = connectorOf(`
      export default { async fetch(request) {
        const { id, method } = await request.json();
        const result = method === 'initialize' ? { protocolVersion: '2025-06-18' } : { tools: [], nextCursor: 'more' };
        return Response.json({ jsonrpc: '2.0', id, result });
      } };`);
    expect((await verify({ ...input, calls: [] })).failures).toContainEqual({
      tool: '(connector)',
      message: 'lists its tools on more than 200 pages',
    });
  });

  test('that complains about everything is heard fifty times and briefly', async () => {
    const names = Array.from({ length: 500 }, (_, index) => `tool_${index}`);
    const input = connectorAnswering(`return { isError: true, content: [{ type: 'text', text: 'x'.repeat(100_000) }] };`);
    const verification = await verify({ ...input, calls: names.map((tool) => ({ tool, arguments: {} })) });
    expect(verification).toMatchObject({ passed: false, reason: 'Stopped after 50 failures.' });
    expect(verification.failures).toHaveLength(50);
    expect(verification.failures?.every(({ message }) => message.length === 500)).toBe(true);
    expect(verification.toolsCalled).toBeLessThan(60);
  });

  test('that floods its upstream is refused there and harms nobody', async () => {
    const input = connectorAnswering(`
      const flood = (size: number) => fetch('https://api.example.com/', { method: 'POST', body: 'x'.repeat(size) });
      const statuses = [(await flood(1 << 20)).status, ...(await Promise.all(Array.from({ length: 100 }, () => flood(1000)))).map(({ status }) => status)];
      return { isError: true, content: [{ type: 'text', text: [...new Set(statuses)].sort().join(' ') }] };`);
    const [flooding, neighbour] = await Promise.all([verify({ ...input, calls: input.calls.slice(0, 1) }), verify(petsConnector)]);
    expect(flooding.failures?.[0]?.message).toMatch(/^200 413( 503)?$/);
    expect(neighbour.passed).toBe(true);
  });

  test('that lists nonsense is answered with one sentence', async () => {
    const input = connectorOf(`
      export default { async fetch(request) {
        const { id, method } = await request.json();
        const result = method === 'initialize' ? { protocolVersion: '2025-06-18' } : { tools: Array.from({ length: 500_000 }, () => 0) };
        return Response.json({ jsonrpc: '2.0', id, result });
      } };`);
    const verification = await verify({ ...input, calls: [] });
    expect(verification.failures?.[0]).toEqual({ tool: '(connector)', message: 'lists a tool without a name' });
  });

  test('reaches neither the network nor the settings of the engine', async () => {
    const input = connectorAnswering(`
      const { connect } = await import('cloudflare:sockets');
      const seen = await (await fetch('http://127.0.0.1:1/')).json();
      const socket = await connect('127.0.0.1:1').opened.then(() => 'open', () => 'refused');
      return { isError: true, content: [{ type: 'text', text: JSON.stringify([seen.answer, socket, process.env]) }] };`);
    const verification = await verify(input, { upstreamAnswer: 'the mock' });
    expect(verification.failures?.[0]?.message).toBe('["the mock","refused",{"API_BASE_URL":"https://api.example.com"}]');
  });
});

test('a connector too large for a Worker’s memory does not run here, and the verification says so', async () => {
  const data = { path: 'src/data.json', content: `"${'x'.repeat(8 * 1024 * 1024)}"` };
  expect(await verify({ ...petsConnector, files: [...petsConnector.files, data] })).toEqual({
    ran: false,
    reason: expect.stringContaining('The engine runs connectors of up to 8388608 characters'),
  });
});

test.each([
  ['python', 'docker'],
  ['go', 'lambda'],
  ['typescript', 'docker'],
] as const)('a %s connector for %s does not run here, and the verification says so', async (language, runtime) => {
  expect(await verify({ ...petsConnector, language, runtime })).toEqual({
    ran: false,
    reason: `The engine runs TypeScript connectors for cloudflare-workers; this one is ${language} for ${runtime}.`,
  });
});
