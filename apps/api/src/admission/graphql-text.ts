/**
 * A first look at GraphQL SDL: is it SDL at all, is it balanced, how many operations does it offer?
 * Not a parser, on purpose: the real one costs 39 KB and belongs to the worker of the job. This one
 * skips strings and comments and watches brackets, in one pass.
 */
import { fail, MAX_DEPTH, ok, type Result } from '@mcpoverflow/types';

/** A definition at the start of a line; YAML keys of the same names are followed by a colon. */
const DEFINITION = /^[ \t]*(?:extend[ \t]+)?(?:type|interface|input|enum|union|scalar|schema|directive)[ \t]+[@_A-Za-z{]/m;

/** Yielded for a string without an end; no other token is a quote. */
const OPEN_STRING = '"';

/** Position after the string that starts at `start`, or -1 when it does not end. */
function afterString(text: string, start: number): number {
  const quote = text.startsWith('"""', start) ? '"""' : '"';
  for (let end = text.indexOf(quote, start + quote.length); end !== -1; end = text.indexOf(quote, end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    // In a block string only \""" is an escape; in a plain one a backslash may itself be escaped.
    if (quote === '"""' ? backslashes === 0 : backslashes % 2 === 0) return end + quote.length;
  }
  return -1;
}

/** Names, brackets and colons; strings and comments are skipped by native search, never by backtracking. */
function* tokensOf(text: string): Generator<string> {
  const next = /[_A-Za-z][_0-9A-Za-z]*|[{}():"#]/g;
  for (let match = next.exec(text); match !== null; match = next.exec(text)) {
    const [token] = match;
    if (token === '"') {
      const end = afterString(text, match.index);
      if (end === -1) return yield OPEN_STRING;
      next.lastIndex = end;
    } else if (token === '#') {
      const end = text.indexOf('\n', match.index);
      next.lastIndex = end === -1 ? text.length : end;
    } else {
      yield token;
    }
  }
}

const defaultRoots = ['Query', 'Mutation', 'Subscription'];

/** Whether the text holds at least one SDL definition. */
export const looksLikeGraphql = (text: string): boolean => DEFINITION.test(text);

/**
 * Counts the fields of the root types (renamed ones included). Fails with a sentence when the
 * text is not SDL: no definition, brackets that do not match, a string without an end.
 */
export function countGraphqlOperations(text: string): Result<number, string> {
  if (!looksLikeGraphql(text)) return fail('holds no GraphQL type definition; send the schema in SDL ("type Query { … }")');
  const fieldsOf = new Map<string, number>();
  const roots = new Set(defaultRoots);
  let braces = 0;
  let parentheses = 0;
  let definition = '';
  let previous = '';
  for (const token of tokensOf(text)) {
    if (token === OPEN_STRING) return fail('holds a string that does not end');
    if (token === '{') braces += 1;
    else if (token === '}') braces -= 1;
    else if (token === '(') parentheses += 1;
    else if (token === ')') parentheses -= 1;
    else if (token === ':') {
      if (braces === 1 && parentheses === 0) fieldsOf.set(definition, (fieldsOf.get(definition) ?? 0) + 1);
    } else if (braces === 0 && (previous === 'type' || token === 'schema')) {
      definition = token;
    } else if (braces === 0 && ['interface', 'input', 'enum', 'union', 'scalar', 'directive'].includes(token)) {
      definition = '';
    } else if (braces === 1 && definition === 'schema' && previous === ':') {
      roots.add(token);
    }
    if (braces < 0 || parentheses < 0) return fail('holds a closing bracket that nothing opened');
    if (braces + parentheses > MAX_DEPTH) return fail(`is nested more than ${MAX_DEPTH} levels deep`);
    previous = token;
  }
  if (braces > 0 || parentheses > 0) return fail('ends inside an open bracket');
  return ok([...roots].reduce((sum, root) => sum + (fieldsOf.get(root) ?? 0), 0));
}
