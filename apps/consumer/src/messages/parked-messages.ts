/**
 * Messages that nobody could do anything with: unparsable ones, and what the queues gave up on. Kept
 * raw, because what could not be parsed today is what a person has to read tomorrow.
 */
import { DurableObject } from 'cloudflare:workers';
import { within } from '../deadline.ts';
import type { Env } from '../env.ts';
import { readSettings } from '../settings.ts';

/** Why a message was parked that its queue's handler could not parse. */
export const UNREADABLE = 'not a message this version understands';

const SCHEMA_VERSION = 1;
const RPC_TIMEOUT_MS = 15_000;
/** A row's limit is 2 MB; a queue message's is 128 KB (Cloudflare limits pages). */
const MAX_BODY_CHARACTERS = 256 * 1024;

export interface ParkedMessage {
  readonly messageId: string;
  readonly queue: string;
  readonly body: unknown;
  readonly reason: string;
}

/** Stores a message; throws when it could not be stored, so that the queue keeps it. */
export async function park(env: Env, message: ParkedMessage): Promise<void> {
  const parked = env.PARKED_MESSAGES.get(env.PARKED_MESSAGES.idFromName('all'));
  await within(
    parked.store(message.messageId, message.queue, textOf(message.body), message.reason),
    RPC_TIMEOUT_MS,
    'the store of parked messages',
  );
}

/** The body as JSON, or as plain text when it has none; cut to what a row can hold. */
function textOf(body: unknown): string {
  try {
    return (JSON.stringify(body) ?? String(body)).slice(0, MAX_BODY_CHARACTERS);
  } catch {
    return String(body).slice(0, MAX_BODY_CHARACTERS);
  }
}

export class ParkedMessages extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #retentionMs: number;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#retentionMs = readSettings(env).retentionMs;
    const version = ctx.storage.kv.get('schemaVersion');
    if (version === SCHEMA_VERSION) return;
    if (version !== undefined) throw new Error(`parked messages schema ${String(version)} is newer than this code`);
    this.#sql.exec(
      `CREATE TABLE parked (message_id TEXT NOT NULL, queue TEXT NOT NULL, body TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
         PRIMARY KEY (queue, message_id)) WITHOUT ROWID`,
    );
    ctx.storage.kv.put('schemaVersion', SCHEMA_VERSION);
  }

  /** Keeps the message, once however often it is delivered; what is older than the retention goes. */
  async store(messageId: string, queue: string, body: string, reason: string): Promise<void> {
    const now = Date.now();
    this.#sql.exec('DELETE FROM parked WHERE at < ?', now - this.#retentionMs);
    this.#sql.exec(
      'INSERT OR IGNORE INTO parked (message_id, queue, body, reason, at) VALUES (?, ?, ?, ?, ?)',
      messageId,
      queue,
      body,
      reason,
      now,
    );
  }

  /** The newest first. */
  async list(limit: number): Promise<{ messageId: string; queue: string; body: string; reason: string; at: number }[]> {
    return this.#sql
      .exec<{ messageId: string; queue: string; body: string; reason: string; at: number }>(
        'SELECT message_id AS messageId, queue, body, reason, at FROM parked ORDER BY at DESC LIMIT ?',
        limit,
      )
      .toArray();
  }
}
