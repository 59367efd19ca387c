/**
 * A schema from an example: what kind of value stands where. Nothing is required by it, because an
 * example does not say what an API could do without.
 */
import { isObject, setOwn } from '../../json.ts';
import { isSecretName } from './variables.ts';

const MAX_PROPERTIES = 200;
const MAX_SHOWN = 80;
/** Deeper values are left open. */
const MAX_LEVELS = 12;

/** The schema of values like this one; `name` is what the value is called. */
export function inferSchema(value: unknown, name = '', level = 0): Record<string, unknown> {
  if (value === null || level > MAX_LEVELS) return {};
  if (Array.isArray(value)) return { type: 'array', items: value.length === 0 ? {} : inferSchema(value[0], name, level + 1) };
  if (isObject(value)) {
    const properties: Record<string, unknown> = {};
    for (const [key, each] of Object.entries(value).slice(0, MAX_PROPERTIES)) setOwn(properties, key, inferSchema(each, key, level + 1));
    return { type: 'object', properties };
  }
  if (typeof value === 'boolean') return { type: 'boolean' };
  if (typeof value === 'number') return { type: 'number', description: `For example ${value}.` };
  // A variable stands for a value of any kind.
  if (typeof value !== 'string' || /^\{\{[^{}]*\}\}$/.test(value)) return {};
  const isShown = value !== '' && value.length <= MAX_SHOWN && !isSecretName(name) && !value.includes('{{');
  return { type: 'string', ...(isShown ? { description: `For example ${JSON.stringify(value)}.` } : {}) };
}

/** JSON as Postman takes it: with comments, and with variables where values belong. Undefined when it is no JSON even so. */
export function looseJson(text: string): unknown {
  const plain = text.replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|\{\{[^{}]*\}\}/g, (token) => {
    if (token.startsWith('"')) return token;
    return token.startsWith('/') ? '' : JSON.stringify(token);
  });
  try {
    const value: unknown = JSON.parse(plain);
    return value;
  } catch {
    return undefined;
  }
}
