/**
 * Writes the id of an environment's KV namespace into a wrangler file. The one line is replaced and nothing else: a
 * TOML writer would drop every comment. Whether it became what it should is read back by wrangler's own reader.
 */
import { fail, ok, type Result } from '@mcpoverflow/types';
import type { EnvironmentName } from './wanted.ts';

/** The file's text with the id; the error is a sentence. */
export function withNamespaceId(text: string, environment: EnvironmentName, id: string): Result<string, string> {
  const header = `[[env.${environment}.kv_namespaces]]`;
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.trim() === header);
  const length = lines.slice(start + 1).findIndex((line) => line.trimStart().startsWith('['));
  const end = length < 0 ? lines.length : start + 1 + length;
  const at = lines.findIndex((line, index) => index > start && index < end && /^\s*id\s*=/.test(line));
  if (start < 0 || at < 0) return fail(`no line "id = …" below ${header}`);
  return ok(lines.with(at, `id = ${JSON.stringify(id)}`).join('\n'));
}
