/**
 * What a document says about rate limits: in its description, in its 429 answers, nowhere else.
 */
import { oneLine, shorten } from '../json.ts';
import type { ApiModel } from '../model/model.ts';

/** A sentence on rate limits; undefined when the document does not speak of them. */
export function rateLimitsOf(model: ApiModel): string | undefined {
  const spoken = oneLine(model.description)
    .split(/(?<=[.!?])\s/)
    .find((sentence) => /rate.?limit|requests? per (second|minute|hour|day)/i.test(sentence));
  const refusals = model.operations.flatMap((operation) => operation.responses.filter((response) => response.status === '429'));
  const explained = refusals.map((response) => oneLine(response.description)).find((description) => description !== '');
  if (spoken !== undefined) return shorten(spoken, 300);
  if (refusals.length === 0) return undefined;
  return shorten(
    `Answered with 429 (${refusals.length} of ${model.operations.length} operations)${explained === undefined ? '.' : `: ${explained}`}`,
    300,
  );
}
