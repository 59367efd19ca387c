/**
 * How to go on when an answer is one page of several, and its `Link` header says where the next one is (RFC 8288).
 * The link becomes arguments of the same tool, because that is what a model can call; what stands in it beside them,
 * such as a key, is not told.
 */
import type { Operation } from './operation.ts';
import type { Arguments } from './request.ts';
import { isRecord, toText } from './style.ts';

const links = /<([^>]*)>((?:\s*;\s*[^\s,;="]+(?:\s*=\s*(?:"[^"]*"|[^\s,;"]*))?)*)/g;
const isNext = /;\s*rel\s*=\s*(?:next\s*(?:;|$)|"(?:[^"]*\s)?next(?:\s[^"]*)?")/i;

/** A sentence with the arguments of the next page; undefined when there is none, or no argument leads to it. */
export function nextPage(header: string | null, { parameters, inputSchema }: Operation, args: Arguments): string | undefined {
  const target = [...(header ?? '').matchAll(links)].find(([, , attributes = '']) => isNext.test(attributes))?.[1];
  const query = new URLSearchParams(target?.split('#')[0]?.split('?')[1] ?? '');
  const properties = isRecord(inputSchema.properties) ? inputSchema.properties : {};
  const told = parameters.flatMap(({ argument, name = argument, in: place }) => {
    const [value, ...others] = query.getAll(name);
    const kinds = kindsOf(properties[argument]).join();
    if (place !== 'query' || value === undefined || others.length > 0 || /array|object/.test(kinds)) return [];
    if (Object.hasOwn(args, argument) && toText(args[argument]) === value) return [];
    const isNumber = /^\d{1,15}$/.test(value) && /integer|number/.test(kinds) && !kinds.includes('string');
    return [`${JSON.stringify(argument)}:${isNumber ? Number(value) : JSON.stringify(value)}`];
  });
  return told.length === 0 ? undefined : `There is a next page. Call this again with the same arguments and {${told.join(',')}}.`;
}

/** Every `type` that a schema of one value allows. */
const kindsOf = (schema: unknown): readonly unknown[] =>
  [schema].flat().flatMap((each) => (isRecord(each) ? [each.type, ...kindsOf(each.anyOf), ...kindsOf(each.oneOf)].flat() : []));
