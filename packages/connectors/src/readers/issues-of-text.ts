/**
 * What is to be said of the text that a document was read from. It belongs to the document and goes by it, because a
 * document passes through many hands before it becomes a model.
 */
import type { Issue } from '@mcpoverflow/types';

const told = new WeakMap<object, readonly Issue[]>();

/** What was told of the text of a document; nothing of documents that were not read from one. */
export const issuesOfText = (document: object): readonly Issue[] => told.get(document) ?? [];

/** Tells more of the text of a document. */
export function tellOfText(document: object, issues: readonly Issue[]): void {
  told.set(document, [...issuesOfText(document), ...issues]);
}
