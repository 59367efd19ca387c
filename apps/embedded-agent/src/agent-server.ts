/**
 * The Durable Object that is the agent: the protocol in front, SQLite behind, the alarm as the worker.
 *
 * Work runs from the alarm and never from a request, so it survives whatever happens to its caller, and a
 * kill: what was `running` on disk is taken up again. One conversation per alarm keeps the object
 * answering looks in between. The price of a single object is that work is done one after the other;
 * without a model a piece of it takes milliseconds to seconds.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Hono } from 'hono';
import { type Conversations, createConversations } from './conversations.ts';
import { deterministicWork, VERSION } from './deterministic-work.ts';
import { type Env, sessionKeyOf } from './env.ts';
import { createEvents } from './events.ts';
import { createFiles, type Files } from './files.ts';
import { aboutConversation, log } from './log.ts';
import { perform } from './perform.ts';
import { createProtocol } from './protocol.ts';
import { migrate } from './storage.ts';

const PAUSE_AFTER_FAULT_MS = 5_000;
const SWEEP_INTERVAL_MS = 60 * 60 * 1000;

export class AgentServer extends DurableObject<Env> {
  readonly #conversations: Conversations;
  readonly #files: Files;
  readonly #protocol: Hono;
  #sweptAt = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage);
    const events = createEvents(ctx.storage.sql);
    this.#files = createFiles(ctx.storage.sql);
    this.#conversations = createConversations(ctx.storage, events, this.#files);
    this.#protocol = createProtocol({
      conversations: this.#conversations,
      events,
      files: this.#files,
      now: Date.now,
      startedAt: Date.now(),
      version: VERSION,
      sessionKey: sessionKeyOf(env),
      transaction: (write) => ctx.storage.transactionSync(write),
      wake: () => ctx.waitUntil(ctx.storage.setAlarm(Date.now())),
    });
  }

  override fetch(request: Request): Response | Promise<Response> {
    return this.#protocol.fetch(request);
  }

  /** Sets its successor before it acts, and never throws: the platform gives up on an alarm after six failures. */
  override async alarm(): Promise<void> {
    try {
      const conversation = this.#conversations.begin(Date.now());
      if (conversation === null) return this.#sweep();
      await this.ctx.storage.setAlarm(Date.now());
      // That the work was begun must be on disk before it can take the process down.
      await this.ctx.storage.sync();
      const begunAt = Date.now();
      const ending = perform(conversation.workingDirectory, (path) => this.#files.readText(path), deterministicWork);
      const endedAt = Date.now();
      this.#conversations.end(conversation, ending, endedAt);
      log('info', 'work ended', {
        ...aboutConversation(conversation),
        outcome: ending.kind,
        ...(ending.kind === 'error' ? { code: ending.code } : {}),
        durationMs: endedAt - begunAt,
      });
    } catch (error) {
      log('error', 'work failed', { error: String(error).slice(0, 300) });
      await this.ctx.storage.setAlarm(Date.now() + PAUSE_AFTER_FAULT_MS);
    }
  }

  /** Runs when there is nothing else to do; the alarm after the last piece of work leads here. */
  #sweep(): void {
    const now = Date.now();
    if (now - this.#sweptAt < SWEEP_INTERVAL_MS) return;
    this.#sweptAt = now;
    this.#files.sweepOrphans(now);
  }
}
