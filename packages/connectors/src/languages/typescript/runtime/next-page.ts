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
  const written = (name: string, schema: unknown, given?: unknown): string | undefined => {
    const [value, ...others] = query.getAll(name);
    const kinds = kindsOf(schema).join();
    if (value === undefined || others.length > 0 || /array|object/.test(kinds)) return;
    if (given !== undefined && toText(given) === value) return;
    const isNumber = /^\d{1,15}$/.test(value) && /integer|number/.test(kinds) && !kinds.includes('string');
    return isNumber ? `${Number(value)}` : JSON.stringify(value);
  };
  const told = parameters.flatMap(({ argument, name = argument, in: place, style }) => {
    const schema = properties[argument];
    const members = style === 'deepObject' && isRecord(schema) && isRecord(schema.properties) ? Object.entries(schema.properties) : [];
    const text =
      joined(members.map(([member, its]) => [member, written(`${name}[${member}]`, its)])) ??
      written(name, schema, Object.hasOwn(args, argument) ? args[argument] : undefined);
    return place === 'query' ? [[argument, text] as const] : [];
  });
  const more = joined(told);
  return more && `There is a next page. Call this again with the same arguments and ${more}.`;
}

/** JSON of the members that have some; undefined when none has. */
function joined(members: readonly (readonly [name: string, text: string | undefined])[]): string | undefined {
  const texts = members.flatMap(([name, text]) => (text === undefined ? [] : `${JSON.stringify(name)}:${text}`));
  return texts.length === 0 ? undefined : `{${texts}}`;
}

/** Every `type` that a schema of one value allows. */
const kindsOf = (schema: unknown): readonly unknown[] =>
  [schema].flat().flatMap((each) => (isRecord(each) ? [each.type, ...kindsOf(each.anyOf), ...kindsOf(each.oneOf)].flat() : []));
