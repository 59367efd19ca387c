/** Creating, looking at, starting, stopping and removing conversations. */
import { uuidSchema } from '@mcpoverflow/types';
import type { Hono } from 'hono';
import * as z from 'zod';
import { type Conversation, type Conversations, executionStatuses, type SortOrder, sortOrders } from '../conversations.ts';
import type { Events } from '../events.ts';
import { absolutePathSchema } from '../files.ts';
import { parseInput, readJson, refused } from '../protocol-errors.ts';
import { messageSchema, textOf } from './events.ts';
import { findConversation } from './find-conversation.ts';

export interface ConversationPorts {
  readonly conversations: Conversations;
  readonly events: Events;
  readonly now: () => number;
  /** Has the work looked at, soon. Called in the same turn as the write it follows, so that both last or neither. */
  readonly wake: () => void;
}

/** The real server's limit. */
const MAX_IDS = 99;

/** `agent` is accepted and not kept: it may hold a key, and there is no model to give it to. */
const createSchema = z.looseObject({
  conversation_id: uuidSchema.optional(),
  workspace: z.looseObject({ working_dir: absolutePathSchema }),
  initial_message: messageSchema.nullish(),
  tags: z.record(z.string().regex(/^[a-z0-9]+$/), z.string().max(256)).default({}),
  max_iterations: z.number().int().min(1).default(500),
});
const idsSchema = z.array(uuidSchema).max(MAX_IDS);
const statusSchema = z.enum(executionStatuses).optional();
const searchSchema = z.object({
  page_id: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(100),
  status: statusSchema,
  sort_order: z.enum(Object.keys(sortOrders) as [SortOrder, ...SortOrder[]]).default('CREATED_AT_DESC'),
});

/**
 * Serves the calls on conversations as a whole. What the real server refuses is thrown as a protocol error:
 * 404 for an unknown id, 409 for a run on top of a run, 422 for a bad request.
 */
export function registerConversations(app: Hono, { conversations, events, now, wake }: ConversationPorts): void {
  const info = (conversation: Conversation): Record<string, unknown> => infoOf(conversation, events.lastId(conversation.id));

  app.post('/api/conversations', async (c) => {
    const request = parseInput(createSchema, await readJson(c), 'body');
    const id = request.conversation_id ?? crypto.randomUUID();
    const existing = conversations.get(id);
    if (existing !== null) return c.json(info(existing), 200);
    const created = conversations.create(
      {
        id,
        workingDirectory: request.workspace.working_dir,
        tags: request.tags,
        maxIterations: request.max_iterations,
        message: request.initial_message ? textOf(request.initial_message) : undefined,
      },
      now(),
    );
    if (created.status === 'running') wake();
    return c.json(info(created), 201);
  });

  app.get('/api/conversations', (c) => {
    return c.json(
      parseInput(idsSchema, c.req.queries('ids') ?? [], 'query').map((id) => {
        const conversation = conversations.get(id);
        return conversation === null ? null : info(conversation);
      }),
    );
  });

  app.get('/api/conversations/count', (c) => c.json(conversations.count(parseInput(statusSchema, c.req.query('status'), 'query'))));

  app.get('/api/conversations/search', (c) => {
    const query = parseInput(searchSchema, c.req.query(), 'query');
    const page = conversations.search({ pageId: query.page_id, limit: query.limit, status: query.status, sortOrder: query.sort_order });
    return c.json({ items: page.items.map(info), next_page_id: page.nextPageId });
  });

  app.get('/api/conversations/:id', (c) => c.json(info(findConversation(conversations, c.req.param('id')))));

  app.get('/api/conversations/:id/agent_final_response', (c) => {
    const conversation = findConversation(conversations, c.req.param('id'));
    return c.json({ response: events.finalResponse(conversation.id) });
  });

  app.post('/api/conversations/:id/run', (c) => {
    const conversation = findConversation(conversations, c.req.param('id'));
    if (conversation.status === 'running') throw refused(409, 'Conversation already running. Wait for completion or pause first.');
    // What has finished stays so: only a message makes it run again.
    if (conversation.status !== 'finished') {
      conversations.run(conversation, now());
      wake();
    }
    return c.json({ success: true });
  });

  for (const stop of ['pause', 'interrupt']) {
    app.post(`/api/conversations/:id/${stop}`, (c) => {
      conversations.interrupt(findConversation(conversations, c.req.param('id')), now());
      return c.json({ success: true });
    });
  }

  app.delete('/api/conversations/:id', (c) => {
    conversations.remove(findConversation(conversations, c.req.param('id')));
    return c.json({ success: true });
  });
}

/** The fields of OpenHands' ConversationInfo that a client reads. No model is called, so nothing was used. */
function infoOf(conversation: Conversation, lastEventId: string | null): Record<string, unknown> {
  return {
    id: conversation.id,
    execution_status: conversation.status,
    title: null,
    created_at: new Date(conversation.createdAt).toISOString(),
    updated_at: new Date(conversation.updatedAt).toISOString(),
    tags: conversation.tags,
    workspace: { kind: 'LocalWorkspace', working_dir: conversation.workingDirectory },
    max_iterations: conversation.maxIterations,
    last_user_message_id: conversation.lastUserMessageId,
    leaf_event_id: lastEventId,
    stats: { usage_to_metrics: {} },
  };
}
