/**
 * `result.json`, as the agent wrote it: hostile text until it has passed the schema. It is counted before
 * it is parsed, because a result of empty lists takes many times its size in memory.
 */
import { type AgentResult, agentResultSchemas, fail, type JobType, ok, parseJson, type Result } from '@mcpoverflow/types';
import { faultsIn } from './faults-in.ts';

/** For `result.json` and the files it lists, all together. A connector for the largest API of the corpus is a third of this. */
export const MAX_RESULT_BYTES = 24 * 1024 * 1024;
/** The analysis of the largest API of the corpus (Microsoft Graph) has 350,000. */
export const MAX_RESULT_VALUES = 500_000;
/** What goes back to the agent; more would only fill its context. */
export const MAX_FAILURES = 20;

/** The result, or what is wrong with it: at most 20 sentences that the agent can act on. */
export function readResult(type: JobType, bytes: Uint8Array): Result<AgentResult, readonly string[]> {
  const text = textOf(bytes);
  if (text === null) return fail(['it is not UTF-8 text']);
  const document = parseJson(text, MAX_RESULT_VALUES);
  if (!document.ok) {
    const { code, pointer, detail } = document.error;
    return fail([code === 'syntax' ? `it is not JSON: ${detail}` : `${pointer === '' ? 'it' : pointer} ${detail}`]);
  }
  const faults = faultsIn(agentResultSchemas[type], document.value, MAX_FAILURES);
  if (faults.length > 0) return fail(faults);
  const parsed = agentResultSchemas[type].safeParse(document.value);
  if (parsed.success) return ok(parsed.data);
  return fail(parsed.error.issues.slice(0, MAX_FAILURES).map(({ path, message }) => `/${path.map(String).join('/')}: ${message}`));
}

/** The text, or null when the bytes are not UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return null;
  }
}
