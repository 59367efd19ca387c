/** A conversation's messages and events. */
import type { Hono } from 'hono';
import * as z from 'zod';
import type { Conversations } from '../conversations.ts';
import { type Events, eventSources } from '../events.ts';
import { parseInput, readJson } from '../protocol-errors.ts';
import { findConversation } from './find-conversation.ts';

export interface EventPorts {
  readonly conversations: Conversations;
  readonly events: Events;
  readonly now: () => number;
  readonly wake: () => void;
}

/** Only a user may speak, and text items hold nothing but `type` and `text`, as on the real server. */
export const messageSchema = z.looseObject({
  role: z.literal('user').default('user'),
  content: z.array(z.strictObject({ type: z.literal('text'), text: z.string().max(1_000_000) })).min(1),
});

/** A message's text items as one text, a line each. */
export const textOf = (message: z.infer<typeof messageSchema>): string => message.content.map((item) => item.text).join('\n');

const filterFields = { kind: z.string().optional(), source: z.enum(eventSources).optional() };
const filterSchema = z.object(filterFields);
const searchSchema = z.object({
  ...filterFields,
  page_id: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(100),
  sort_order: z.enum(['TIMESTAMP', 'TIMESTAMP_DESC']).default('TIMESTAMP'),
});
const postSchema = messageSchema.extend({ run: z.boolean().default(false) });

/** Serves the calls on one conversation's messages and events; 404 for an unknown conversation, 422 for a bad request. */
export function registerEvents(app: Hono, { conversations, events, now, wake }: EventPorts): void {
  app.post('/api/conversations/:id/events', async (c) => {
    const message = parseInput(postSchema, await readJson(c), 'body');
    conversations.addMessage(findConversation(conversations, c.req.param('id')), textOf(message), message.run, now());
    if (message.run) wake();
    return c.json({ success: true });
  });

  app.get('/api/conversations/:id/events/count', (c) => {
    const { id } = findConversation(conversations, c.req.param('id'));
    return c.json(events.count(id, parseInput(filterSchema, c.req.query(), 'query')));
  });

  app.get('/api/conversations/:id/events/search', (c) => {
    const { id } = findConversation(conversations, c.req.param('id'));
    const query = parseInput(searchSchema, c.req.query(), 'query');
    const page = events.search(id, query, {
      pageId: query.page_id,
      limit: query.limit,
      newestFirst: query.sort_order === 'TIMESTAMP_DESC',
    });
    return c.json({ items: page.items, next_page_id: page.nextPageId });
  });
}
