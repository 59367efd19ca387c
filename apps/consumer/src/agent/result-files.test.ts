import type { AgentFault } from '@mcpoverflow/openhands';
import { type AgentResult, fail, ok, resultSchemas } from '@mcpoverflow/types';
import { expect, test } from 'vitest';
import { MAX_RESULT_BYTES } from './read-result.ts';
import { type Download, MAX_FILE_BYTES, withContents } from './result-files.ts';

const missing: AgentFault = { code: 'result-missing', message: 'There is none.', ambiguous: false };
const tooLarge: AgentFault = { code: 'result-too-large', message: 'It is large.', ambiguous: false };
const documentation = (...files: { path: string; content?: string }[]): AgentResult => ({ files });
const downloadFrom =
  (files: Record<string, string | Uint8Array | AgentFault>): Download =>
  async (path) => {
    const file = files[path];
    if (file === undefined) return fail(missing);
    if (typeof file === 'string') return ok(new TextEncoder().encode(file));
    return file instanceof Uint8Array ? ok(file) : fail(file);
  };
const never: Download = () => expect.unreachable();
async function failuresOf(result: AgentResult, download: Download, resultBytes = 100): Promise<readonly string[]> {
  const complete = await withContents(result, resultBytes, download);
  if (complete.ok || complete.error.kind !== 'failures') return expect.unreachable();
  return complete.error.failures;
}

test('files listed by their path get their content, in order, and the others keep theirs', async () => {
  const result = documentation({ path: 'README.md' }, { path: 'a.md', content: 'own' }, { path: 'docs/größe -> x.md' });
  expect(await withContents(result, 100, downloadFrom({ 'README.md': '# Read', 'docs/größe -> x.md': '' }))).toEqual({
    ok: true,
    value: {
      files: [
        { path: 'README.md', content: '# Read' },
        { path: 'a.md', content: 'own' },
        { path: 'docs/größe -> x.md', content: '' },
      ],
    },
  });
});

test('a fix without fixedCode takes the first file for it, and fits the result schema', async () => {
  const fix = { fixed: true, files: [{ path: 'a.ts' }], explanation: 'It was wrong.', confidence: 1, changes: ['Mended.'] };
  const complete = await withContents(fix, 100, downloadFrom({ 'a.ts': 'good' }));
  expect(complete).toMatchObject({ ok: true, value: { fixedCode: 'good' } });
  const result = { ...(complete.ok ? complete.value : {}), verification: { ran: false } };
  expect(resultSchemas['fix-connector'].safeParse(result).success).toBe(true);
  const nothing = await withContents({ ...fix, fixed: false, files: [] }, 100, never);
  expect(nothing).toMatchObject({ ok: true, value: { files: [], fixedCode: '' } });
});

test('whatever is wrong with the files is told by name, all of it at once', async () => {
  const result = documentation({ path: 'gone' }, { path: 'logo.png' }, { path: 'nul' }, { path: 'huge' }, { path: 'good' });
  const download = downloadFrom({ 'logo.png': new Uint8Array([0xff, 0xfe]), nul: 'a\0b', huge: tooLarge, good: 'good' });
  expect(await failuresOf(result, download)).toEqual([
    'result/gone is listed, and there is no such file',
    'result/logo.png is not a text file in UTF-8',
    'result/nul is not a text file in UTF-8',
    `result/huge is larger than ${MAX_FILE_BYTES} bytes`,
  ]);
});

test('a list that cannot be right is refused before anything is fetched', async () => {
  expect(await failuresOf(documentation({ path: 'a' }, { path: 'a', content: '' }), never)).toEqual(['a is listed more than once']);
  expect(await failuresOf(documentation({ path: 'a', content: '\0' }), never)).toEqual(['a is not a text file: it holds a NUL character']);
  expect(await failuresOf(documentation({ path: 'ü'.repeat(200) }), never)).toEqual([
    expect.stringContaining('a name of more than 255 bytes'),
  ]);
  const many = Array.from({ length: 201 }, (_, index) => ({ path: `file-${index}` }));
  expect(await failuresOf(documentation(...many), never)).toEqual([
    expect.stringContaining('201 files are listed without their content, and at most 200 may be'),
  ]);
});

test('ten thousand bad paths become twenty sentences', async () => {
  const same = Array.from({ length: 10_000 }, () => ({ path: 'same' }));
  expect(await failuresOf(documentation(...same), never)).toHaveLength(20);
});

test('result.json and its files share one bound, and no more is fetched once it is passed', async () => {
  let fetched = 0;
  const download: Download = async () => {
    fetched += 1;
    return ok(new Uint8Array(10).fill(0x20));
  };
  const files = Array.from({ length: 100 }, (_, index) => ({ path: String(index) }));
  const failures = await failuresOf(documentation(...files), download, MAX_RESULT_BYTES - 75);
  expect(failures).toEqual([`result.json and the files it lists are larger than ${MAX_RESULT_BYTES} bytes all together`]);
  expect(fetched).toBe(8);
});

test('a call that failed is not the agent’s to mend', async () => {
  const fault: AgentFault = { code: 'agent-unavailable', message: 'Not now.', ambiguous: false };
  const complete = await withContents(documentation({ path: 'a' }, { path: 'b' }), 100, downloadFrom({ a: 'a', b: fault }));
  expect(complete).toEqual({ ok: false, error: { kind: 'fault', fault } });
});

test('a result without files is complete as it is', async () => {
  const report: AgentResult = {
    valid: true,
    issues: [],
    testResults: { passed: 0, failed: 0, skipped: 0, duration: 0 },
    performance: { avgResponseTime: 0, p95ResponseTime: 0, p99ResponseTime: 0 },
  };
  expect(await withContents(report, 100, never)).toEqual({ ok: true, value: report });
});
