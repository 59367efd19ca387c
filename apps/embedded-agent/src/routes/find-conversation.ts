/** Looking up the conversation that a path names. */
import type { Conversation, Conversations } from '../conversations.ts';
import { refused } from '../protocol-errors.ts';

/** The protocol answers 404 to who asks about an unknown conversation, 400 to who would stop or remove it. */
export function findConversation(conversations: Conversations, id: string, otherwise: 400 | 404): Conversation {
  const conversation = conversations.get(id.toLowerCase());
  if (conversation === null) throw refused(otherwise, otherwise === 404 ? 'Not Found' : 'Bad Request: no such conversation');
  return conversation;
}
