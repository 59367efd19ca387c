/**
 * A conversation's states and the transitions between them; one function each, one transaction each.
 *
 *   idle ──message──▶ running ──end──▶ finished | error ──message──▶ running
 *                        └──interrupt──▶ paused ──run | message──▶ running
 *
 * `running` means "to be worked on": the alarm takes the oldest. `begun` counts how often work on it
 * started without coming to an end. It survives a kill, so a run that takes the process down is taken up
 * once more and then given up, instead of for ever.
 */
import * as z from 'zod';
import { type Events, errorEvent, finishEvent, interruptEvent, type NewEvent, userMessageEvent } from './events.ts';
import type { Files } from './files.ts';

export const executionStatuses = ['idle', 'running', 'paused', 'finished', 'error'] as const;
export type ExecutionStatus = (typeof executionStatuses)[number];

const MAX_BEGUN = 2;

const conversationRowSchema = z
  .object({
    id: z.string(),
    working_dir: z.string(),
    status: z.enum(executionStatuses),
    tags: z.string(),
    max_iterations: z.number(),
    last_user_message_id: z.string().nullable(),
    begun: z.number(),
    created_at: z.number(),
    updated_at: z.number(),
  })
  .transform((row) => ({
    id: row.id,
    workingDirectory: row.working_dir,
    status: row.status,
    tags: z.record(z.string(), z.string()).parse(JSON.parse(row.tags)),
    maxIterations: row.max_iterations,
    lastUserMessageId: row.last_user_message_id,
    begun: row.begun,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }));
export type Conversation = z.infer<typeof conversationRowSchema>;

export interface NewConversation {
  readonly id: string;
  readonly workingDirectory: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly maxIterations: number;
  readonly message: string | undefined;
}

/** How work on a conversation ended. */
export type Ending =
  | { readonly kind: 'finished'; readonly result: { readonly path: string; readonly content: Uint8Array }; readonly message: string }
  | { readonly kind: 'error'; readonly code: string; readonly detail: string };

export const sortOrders = {
  CREATED_AT: ['created_at', 'ASC', '>='],
  UPDATED_AT: ['updated_at', 'ASC', '>='],
  CREATED_AT_DESC: ['created_at', 'DESC', '<='],
  UPDATED_AT_DESC: ['updated_at', 'DESC', '<='],
} as const;
export type SortOrder = keyof typeof sortOrders;

export interface ConversationPage {
  readonly pageId?: string | undefined;
  readonly limit: number;
  readonly status?: ExecutionStatus | undefined;
  readonly sortOrder: SortOrder;
}

export interface Conversations {
  get(id: string): Conversation | null;
  count(status: ExecutionStatus | undefined): number;
  /** `nextPageId` names the first conversation of the next page. */
  search(page: ConversationPage): { readonly items: Conversation[]; readonly nextPageId: string | null };
  /** With a message it is to be worked on at once. The id must be new. */
  create(request: NewConversation, at: number): Conversation;
  /** Adds a user message; with `run` the conversation is to be worked on again, otherwise an ended one becomes idle. */
  addMessage(conversation: Conversation, text: string, run: boolean, at: number): void;
  run(conversation: Conversation, at: number): void;
  interrupt(conversation: Conversation, at: number): void;
  /** Removes the conversation, its events and its files. */
  remove(conversation: Conversation): void;
  /** Takes up the oldest conversation to be worked on, giving up those that never come to an end; null when there is none. */
  begin(at: number): Conversation | null;
  /** Records how it ended, unless it was interrupted or removed meanwhile; after a newer message it is worked on again. */
  end(begun: Conversation, ending: Ending, at: number): void;
}

const columns = 'id, working_dir, status, tags, max_iterations, last_user_message_id, begun, created_at, updated_at';
const countRowSchema = z.object({ count: z.number() });

/** The `conversations` table and what hangs on it. Times are milliseconds since the epoch. */
export function createConversations(storage: DurableObjectStorage, events: Events, files: Files): Conversations {
  const { sql } = storage;

  const get = (id: string): Conversation | null => {
    const row = sql.exec(`SELECT ${columns} FROM conversations WHERE id = ?`, id).toArray()[0];
    return row === undefined ? null : conversationRowSchema.parse(row);
  };
  const changeStatus = (id: string, status: ExecutionStatus, at: number): void => {
    sql.exec('UPDATE conversations SET status = ?, begun = 0, updated_at = ? WHERE id = ?', status, at, id);
  };
  const close = (id: string, status: ExecutionStatus, event: NewEvent, at: number): void => {
    changeStatus(id, status, at);
    events.append(id, event, at);
  };

  return {
    get,
    count(status) {
      return countRowSchema.parse(
        sql.exec('SELECT COUNT(*) AS count FROM conversations WHERE ?1 IS NULL OR status = ?1', status ?? null).one(),
      ).count;
    },
    search(page) {
      const [column, direction, onwards] = sortOrders[page.sortOrder];
      const rows = sql
        .exec(
          `SELECT ${columns} FROM conversations WHERE (?1 IS NULL OR status = ?1)
             AND (?2 IS NULL OR (${column}, id) ${onwards} (SELECT ${column}, id FROM conversations WHERE id = ?2))
           ORDER BY ${column} ${direction}, id ${direction} LIMIT ?3`,
          page.status ?? null,
          page.pageId ?? null,
          page.limit + 1,
        )
        .toArray()
        .map((row) => conversationRowSchema.parse(row));
      return { items: rows.slice(0, page.limit), nextPageId: rows[page.limit]?.id ?? null };
    },
    create(request, at) {
      const message = request.message === undefined ? null : userMessageEvent(request.message);
      const conversation: Conversation = {
        id: request.id,
        workingDirectory: request.workingDirectory,
        status: message === null ? 'idle' : 'running',
        tags: { ...request.tags },
        maxIterations: request.maxIterations,
        lastUserMessageId: message?.id ?? null,
        begun: 0,
        createdAt: at,
        updatedAt: at,
      };
      storage.transactionSync(() => {
        sql.exec(
          `INSERT INTO conversations (${columns}) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)`,
          conversation.id,
          conversation.workingDirectory,
          conversation.status,
          JSON.stringify(conversation.tags),
          conversation.maxIterations,
          conversation.lastUserMessageId,
          at,
          at,
        );
        if (message !== null) events.append(conversation.id, message, at);
      });
      return conversation;
    },
    addMessage(conversation, text, run, at) {
      const message = userMessageEvent(text);
      const ended = conversation.status === 'finished' || conversation.status === 'error';
      const status = run ? 'running' : ended ? 'idle' : conversation.status;
      storage.transactionSync(() => {
        sql.exec(
          'UPDATE conversations SET status = ?, begun = 0, last_user_message_id = ?, updated_at = ? WHERE id = ?',
          status,
          message.id,
          at,
          conversation.id,
        );
        events.append(conversation.id, message, at);
      });
    },
    run(conversation, at) {
      changeStatus(conversation.id, 'running', at);
    },
    interrupt(conversation, at) {
      if (conversation.status !== 'running') return;
      storage.transactionSync(() => close(conversation.id, 'paused', interruptEvent(), at));
    },
    remove(conversation) {
      storage.transactionSync(() => {
        files.removeBelow(conversation.workingDirectory);
        events.remove(conversation.id);
        sql.exec('DELETE FROM conversations WHERE id = ?', conversation.id);
      });
    },
    begin(at) {
      return storage.transactionSync(() => {
        for (;;) {
          const row = sql
            .exec(`SELECT ${columns} FROM conversations WHERE status = 'running' ORDER BY updated_at, id LIMIT 1`)
            .toArray()[0];
          if (row === undefined) return null;
          const next = conversationRowSchema.parse(row);
          if (next.begun < MAX_BEGUN) {
            sql.exec('UPDATE conversations SET begun = begun + 1 WHERE id = ?', next.id);
            return next;
          }
          close(next.id, 'error', errorEvent('WorkNeverEnds', `The work was begun ${MAX_BEGUN} times and never came to an end.`), at);
        }
      });
    },
    end(begun, ending, at) {
      storage.transactionSync(() => {
        const now = get(begun.id);
        if (now === null || now.status !== 'running') return;
        if (now.lastUserMessageId !== begun.lastUserMessageId) {
          changeStatus(begun.id, 'running', at);
          return;
        }
        if (ending.kind === 'error') {
          close(begun.id, 'error', errorEvent(ending.code, ending.detail), at);
          return;
        }
        files.write(ending.result.path, ending.result.content, at);
        close(begun.id, 'finished', finishEvent(ending.message), at);
      });
    },
  };
}
