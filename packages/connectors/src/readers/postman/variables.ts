/**
 * Variables of a collection: `{{name}}` in any text. What has a value in the collection takes it; what
 * has none belongs to an environment that a specification does not bring along.
 */
import type { Entry } from './collection.ts';

/** Variables may hold variables; a chain that is longer never ends. */
const MAX_ROUNDS = 8;
/** A few variables that hold each other several times would grow without bound. */
const MAX_LENGTH = 4096;

export interface Variables {
  /** The text with every known variable replaced; unknown ones stay as they are. */
  replace(text: string): string;
  /** The variable's own value, or undefined when it has none. */
  valueOf(name: string): string | undefined;
}

/** Variables of the collection; disabled and empty ones have no value. */
export function variablesOf(entries: readonly Entry[]): Variables {
  const values = new Map<string, string>();
  for (const { key, value, isDisabled } of entries) if (value !== undefined && value !== '' && !isDisabled) values.set(key, value);
  const once = (text: string): string =>
    text.replace(/\{\{([^{}]+)\}\}/g, (placeholder, name: string) => values.get(name.trim()) ?? placeholder);
  const replace = (text: string): string => {
    let current = text;
    for (let round = 0; round < MAX_ROUNDS && current.length <= MAX_LENGTH; round += 1) {
      const next = once(current);
      if (next === current) break;
      current = next;
    }
    return current.slice(0, Math.max(MAX_LENGTH, text.length));
  };
  return { replace, valueOf: (name) => (values.has(name) ? replace(values.get(name) ?? '') : undefined) };
}

/** Whether a text still holds a variable. */
export const hasVariable = (text: string): boolean => /\{\{[^{}]*\}\}/.test(text);

/** Whether a text holds a value that Postman makes anew for each request, such as `{{$guid}}`. */
export const isMadeByPostman = (text: string): boolean => /\{\{\s*\$\w+\s*\}\}/.test(text);

/** Whether a name is that of a secret: its value must not leave the collection. */
export const isSecretName = (name: string): boolean => /key|token|secret|passw|credential|auth|signature|session|cookie/i.test(name);

/** A value that may be shown as an example: no variable, no secret, not endless. */
export function showable(name: string, value: string | undefined, variables: Variables): string | undefined {
  if (value === undefined || value === '' || isSecretName(name)) return undefined;
  const replaced = variables.replace(value);
  const named = [...value.matchAll(/\{\{([^{}]+)\}\}/g)].map((match) => match[1] ?? '');
  return hasVariable(replaced) || replaced.length > 200 || named.some(isSecretName) ? undefined : replaced;
}
