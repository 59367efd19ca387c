/**
 * What a document says about rate limits: in its description, in those of its tags and operations, in
 * its 429 answers.
 */
import { oneLine, shorten } from '../json.ts';
import type { ApiModel } from '../model/model.ts';

/** A sentence on rate limits; undefined when the document does not speak of them. */
export function rateLimitsOf(model: ApiModel): string | undefined {
  const spoken =
    spokenOf(model.description) ?? model.tags.map(({ description }) => spokenOf(description)).find((sentence) => sentence !== undefined);
  const refusals = model.operations.flatMap((operation) => operation.responses.filter((response) => response.status === '429'));
  const explained = refusals.map((response) => oneLine(response.description)).find((description) => description !== '');
  if (spoken !== undefined) return spoken;
  if (refusals.length === 0) {
    const read = model.operations.slice(0, MAX_READ);
    return read.map(({ description }) => spokenOf(description)).find((sentence) => sentence !== undefined);
  }
  return shorten(
    `Answered with 429 (${refusals.length} of ${model.operations.length} operations)${explained === undefined ? '.' : `: ${explained}`}`,
    300,
  );
}

/** Operations whose descriptions are searched. */
const MAX_READ = 2000;

/** The first sentence on rate limits. */
function spokenOf(description: string | undefined): string | undefined {
  if (description === undefined || !limits.test(description)) return undefined;
  const sentence = oneLine(description)
    .split(/(?<=[.!?])\s/)
    .find((each) => limits.test(each));
  return sentence === undefined ? undefined : shorten(sentence, 300);
}

const limits = /rate.?limit|\bthrottl|\bquotas?\b|(requests?|calls) (per|a|an|every) (second|minute|hour|day)/i;
