/**
 * What stands in a template's placeholders. A regular expression says the same in a line, but goes back and forth for
 * seconds over a text that almost fits, and such a text is sent by whoever is judged; this looks at each literal once.
 */

/**
 * The values between the literals, in their order, or null where the text does not fit. Of several ways to read the text,
 * the first value is as long as it can be, then the second, as `(.+)` has it.
 *
 * @param literals what stands before, between and behind the placeholders, so one more than there are placeholders
 * @param shortest how many characters a value has at least
 */
export function placeholderValues(text: string, literals: readonly string[], shortest: number): readonly string[] | null {
  const [first = '', ...others] = literals;
  const last = others.pop();
  if (last === undefined) return text === first ? [] : null;
  if (!text.startsWith(first) || !text.endsWith(last)) return null;
  const values: string[] = [];
  let end = text.length - last.length;
  for (const literal of others.reverse()) {
    const latest = end - shortest - literal.length;
    const start = latest < first.length ? -1 : text.lastIndexOf(literal, latest);
    if (start === -1) return null;
    values.push(text.slice(start + literal.length, end));
    end = start;
  }
  if (end - first.length < shortest) return null;
  return [text.slice(first.length, end), ...values.reverse()];
}
