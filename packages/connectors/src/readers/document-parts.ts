/**
 * What Swagger 2.0 and OpenAPI 3 documents write alike: information, tags, path items, and who is let in.
 */
import { arrayOr, isObject, type JsonObject, objectOr, pointerTo, textOf } from '../json.ts';
import type { Issues } from '../model/issues.ts';
import type { ApiBody, ApiModel, ApiOperation, SecurityAlternative } from '../model/model.ts';

/** Title, version, description and tags, with words for what is missing. */
export function readInfo(document: JsonObject): Pick<ApiModel, 'title' | 'version' | 'description' | 'tags'> {
  const info = objectOr(document.info);
  return {
    title: textOf(info.title) ?? 'Untitled API',
    version: typeof info.version === 'number' ? String(info.version) : (textOf(info.version) ?? ''),
    description: textOf(info.description) ?? textOf(info.summary) ?? '',
    tags: arrayOr(document.tags).flatMap((tag) => {
      const name = textOf(objectOr(tag).name);
      const description = textOf(objectOr(tag).description) ?? textOf(objectOr(tag).summary);
      return name === undefined ? [] : [{ name, ...(description === undefined ? {} : { description }) }];
    }),
  };
}

/**
 * Security requirements as alternatives of scheme names. The scopes belong to whoever issues the token, so alternatives
 * that differ in nothing else are one.
 */
export function readSecurity(value: unknown): SecurityAlternative[] {
  const alternatives = arrayOr(value)
    .filter(isObject)
    .map((requirement) => Object.keys(requirement));
  return [...new Map(alternatives.map((alternative) => [JSON.stringify(alternative), alternative])).values()];
}

/** Whether a security requirement says in so many words that there is none. */
export const saysOpen = (value: unknown): Pick<ApiOperation, 'isOpen'> =>
  Array.isArray(value) && value.length === 0 ? { isOpen: true } : {};

/** The body of an operation; none with GET and HEAD, where HTTP gives it no meaning and fetch refuses it. */
export function sendableBody(
  body: ApiBody | undefined,
  at: { readonly method: string; readonly pointer: string },
  issues: Issues,
): ApiBody | undefined {
  if (body === undefined || !/^(get|head)$/i.test(at.method)) return body;
  issues.add('warning', at.pointer, `A ${at.method.toUpperCase()} request cannot carry a body; it was left out.`);
  return undefined;
}

/**
 * A path item that is a reference may say more beside it. The standard leaves open only what happens where both say
 * something of the same field: then what stands here counts, and parameters add up.
 */
export function withFieldsBeside(item: unknown, referenced: JsonObject, pointer: string, issues: Issues): JsonObject {
  if (!isObject(item) || item === referenced) return referenced;
  const { $ref: _, ...beside } = item;
  const both = Object.keys(beside).filter((field) => field !== 'parameters' && Object.hasOwn(referenced, field));
  for (const field of both)
    issues.add('warning', pointerTo(pointer, field), 'The path that is referred to says this, too; what stands here is used.');
  const parameters = [...arrayOr(referenced.parameters), ...arrayOr(beside.parameters)];
  return { ...referenced, ...beside, ...(parameters.length === 0 ? {} : { parameters }) };
}
