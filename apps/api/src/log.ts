/**
 * One log line is one JSON object. Callers pass ids, codes and messages; never bodies, headers or keys.
 */

export type LogLevel = 'warn' | 'error';

/** Writes a structured line. `event` is a stable kebab-case name to search for. */
export function log(level: LogLevel, event: string, fields: Readonly<Record<string, unknown>>): void {
  console[level](JSON.stringify({ level, event, ...fields }));
}

/** What a log may say about a thrown value. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
