/**
 * One structured line a happening, in the form of the other Workers', found by the same job and trace. Only
 * what is listed is written: nothing of the work itself.
 */
import type { Conversation } from './conversations.ts';

export interface LogFields {
  readonly jobId?: string;
  readonly generation?: number;
  /** The id of the trace alone: who gave the work keeps the rest. */
  readonly traceId?: string;
  readonly conversationId?: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly durationMs?: number;
  /** Named in the answer, too. */
  readonly errorId?: string;
  readonly method?: string;
  /** Ids and names of files, given by the engine. */
  readonly path?: string;
  readonly error?: string;
}

/** Writes one line at the given level. */
export function log(level: 'info' | 'warn' | 'error', message: string, fields: LogFields): void {
  console[level](JSON.stringify({ level, message, ...fields }));
}

/** Whose work it is, by what the engine wrote on it; of work that somebody else gave, its id alone. */
export function aboutConversation({ id, tags }: Pick<Conversation, 'id' | 'tags'>): LogFields {
  const generation = Number(tags.generation);
  return {
    ...(tags.job === undefined ? {} : { jobId: tags.job }),
    ...(Number.isInteger(generation) ? { generation } : {}),
    ...(tags.trace === undefined ? {} : { traceId: tags.trace }),
    conversationId: id,
  };
}
