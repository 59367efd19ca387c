/**
 * Equal values -> one value. The operations of a large API repeat a few hundred parameters and schemas tens of
 * thousands of times; shared, the table of 11,000 operations fits into a Worker beside its specification.
 */

/** Answers, for each value, the first one that had the same JSON. */
export function sharing<Value>(): (value: Value) => Value {
  const known = new Map<string, Value>();
  return (value) => {
    const text = JSON.stringify(value);
    const first = known.get(text);
    if (first === undefined) known.set(text, value);
    return first ?? value;
  };
}
