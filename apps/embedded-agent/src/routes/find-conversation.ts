/** Looking up the conversation that a path names. */
import type { Conversation, Conversations } from '../conversations.ts';
import { refused } from '../protocol-errors.ts';

/** Throws the protocol's 404 for an unknown conversation, whatever was to be done with it. */
export function findConversation(conversations: Conversations, id: string): Conversation {
  const conversation = conversations.get(id.toLowerCase());
  if (conversation === null) throw refused(404, 'Not Found');
  return conversation;
}
