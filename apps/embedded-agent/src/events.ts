/**
 * What happened in a conversation, in OpenHands' event shapes: the few kinds this agent has reason to
 * write. Rows are parsed when read, for they may have been written by an older release.
 */
import * as z from 'zod';

export const eventSources = ['agent', 'user', 'environment', 'hook'] as const;
export type EventSource = (typeof eventSources)[number];

/** The protocol filters by class path, while an event's own JSON names the bare class. */
const classPaths = {
  MessageEvent: 'openhands.sdk.event.llm_convertible.message.MessageEvent',
  ActionEvent: 'openhands.sdk.event.llm_convertible.action.ActionEvent',
  ConversationErrorEvent: 'openhands.sdk.event.conversation_error.ConversationErrorEvent',
  InterruptEvent: 'openhands.sdk.event.user_action.InterruptEvent',
} as const;
export type EventKind = keyof typeof classPaths;

export interface NewEvent {
  readonly id: string;
  readonly kind: EventKind;
  readonly source: EventSource;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a user said. */
export const userMessageEvent = (text: string): NewEvent => ({
  id: crypto.randomUUID(),
  kind: 'MessageEvent',
  source: 'user',
  body: { llm_message: { role: 'user', content: [{ type: 'text', text }] } },
});

/** The agent's last word: what `agent_final_response` answers. */
export const finishEvent = (message: string): NewEvent => ({
  id: crypto.randomUUID(),
  kind: 'ActionEvent',
  source: 'agent',
  body: { tool_name: 'finish', action: { kind: 'FinishAction', message } },
});

/** Why a conversation ended in `error`: a code for machines, a sentence for people. */
export const errorEvent = (code: string, detail: string): NewEvent => ({
  id: crypto.randomUUID(),
  kind: 'ConversationErrorEvent',
  source: 'environment',
  body: { code, detail },
});

/** That a user stopped the run. */
export const interruptEvent = (): NewEvent => ({ id: crypto.randomUUID(), kind: 'InterruptEvent', source: 'user', body: {} });

const eventRowSchema = z
  .object({ id: z.string(), kind: z.string(), source: z.string(), at: z.number(), body: z.string() })
  .transform((row) => ({
    ...z.record(z.string(), z.unknown()).parse(JSON.parse(row.body)),
    id: row.id,
    timestamp: new Date(row.at).toISOString(),
    source: row.source,
    kind: row.kind,
  }));
export type StoredEvent = z.infer<typeof eventRowSchema>;

const idRowSchema = z.object({ id: z.string() });
const countRowSchema = z.object({ count: z.number() });
const finishBodySchema = z.looseObject({ action: z.looseObject({ message: z.string() }) });

export interface EventFilter {
  /** The dotted class path. */
  readonly kind?: string | undefined;
  readonly source?: EventSource | undefined;
}

export interface EventPage {
  readonly pageId?: string | undefined;
  readonly limit: number;
  readonly newestFirst: boolean;
}

export interface Events {
  append(conversationId: string, event: NewEvent, at: number): void;
  count(conversationId: string, filter: EventFilter): number;
  /** `nextPageId` names the first event of the next page. */
  search(
    conversationId: string,
    filter: EventFilter,
    page: EventPage,
  ): { readonly items: StoredEvent[]; readonly nextPageId: string | null };
  /** The id of the newest event; null when nothing has happened yet. */
  lastId(conversationId: string): string | null;
  /** The last finish message; the empty string when there is none. */
  finalResponse(conversationId: string): string;
  remove(conversationId: string): void;
}

/** The `events` table. Times are milliseconds since the epoch. */
export function createEvents(sql: SqlStorage): Events {
  const matching = 'conversation_id = ?1 AND (?2 IS NULL OR kind = ?2) AND (?3 IS NULL OR source = ?3)';
  const bindings = (conversationId: string, filter: EventFilter): [string, string | null, string | null] => [
    conversationId,
    filter.kind === undefined ? null : kindOfClassPath(filter.kind),
    filter.source ?? null,
  ];
  return {
    append(conversationId, event, at) {
      sql.exec(
        `INSERT INTO events (conversation_id, position, id, kind, source, at, body)
         SELECT ?1, COALESCE(MAX(position), 0) + 1, ?2, ?3, ?4, ?5, ?6 FROM events WHERE conversation_id = ?1`,
        conversationId,
        event.id,
        event.kind,
        event.source,
        at,
        JSON.stringify(event.body),
      );
    },
    count(conversationId, filter) {
      return countRowSchema.parse(
        sql.exec(`SELECT COUNT(*) AS count FROM events WHERE ${matching}`, ...bindings(conversationId, filter)).one(),
      ).count;
    },
    search(conversationId, filter, page) {
      const [order, onwards] = page.newestFirst ? ['DESC', '<='] : ['ASC', '>='];
      const rows = sql
        .exec(
          `SELECT id, kind, source, at, body FROM events WHERE ${matching}
             AND (?4 IS NULL OR position ${onwards} (SELECT position FROM events WHERE conversation_id = ?1 AND id = ?4))
           ORDER BY position ${order} LIMIT ?5`,
          ...bindings(conversationId, filter),
          page.pageId ?? null,
          page.limit + 1,
        )
        .toArray()
        .map((row) => eventRowSchema.parse(row));
      return { items: rows.slice(0, page.limit), nextPageId: rows[page.limit]?.id ?? null };
    },
    lastId(conversationId) {
      const row = sql.exec('SELECT id FROM events WHERE conversation_id = ? ORDER BY position DESC LIMIT 1', conversationId).toArray()[0];
      return row === undefined ? null : idRowSchema.parse(row).id;
    },
    finalResponse(conversationId) {
      const row = sql
        .exec(
          "SELECT id, kind, source, at, body FROM events WHERE conversation_id = ? AND kind = 'ActionEvent' ORDER BY position DESC LIMIT 1",
          conversationId,
        )
        .toArray()[0];
      return row === undefined ? '' : finishBodySchema.parse(eventRowSchema.parse(row)).action.message;
    },
    remove(conversationId) {
      sql.exec('DELETE FROM events WHERE conversation_id = ?', conversationId);
    },
  };
}

/** A bare class name or an unknown path matches nothing, as on the real server. */
function kindOfClassPath(path: string): string {
  return Object.entries(classPaths).find(([, known]) => known === path)?.[0] ?? '';
}
