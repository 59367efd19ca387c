import { expect, test } from 'vitest';
import { withNamespaceId } from './namespace-id.ts';

const file = `[[kv_namespaces]]
id = "local"

[[env.staging.kv_namespaces]]
binding = "AI_JOBS"
# A comment that stays.
id = "old"

[[env.production.kv_namespaces]]
binding = "AI_JOBS"
id = "other"
`;

test('the id of one environment is replaced, and nothing else', () => {
  expect(withNamespaceId(file, 'staging', 'new')).toEqual({ ok: true, value: file.replace('"old"', '"new"') });
  expect(withNamespaceId(file, 'production', 'new')).toEqual({ ok: true, value: file.replace('"other"', '"new"') });
});

test('a file without that namespace, or without its id, is refused', () => {
  expect(withNamespaceId('[vars]\n', 'staging', 'new')).toMatchObject({ ok: false });
  const withoutId = file.replace('id = "old"\n', '');
  expect(withNamespaceId(withoutId, 'staging', 'new')).toMatchObject({
    ok: false,
    error: expect.stringContaining('env.staging.kv_namespaces'),
  });
});
