/**
 * What Swagger 2.0 and OpenAPI 3 documents write alike: information, tags, and who is let in.
 */
import { arrayOr, isObject, type JsonObject, objectOr, textOf } from '../json.ts';
import type { Issues } from '../model/issues.ts';
import type { ApiBody, ApiModel, SecurityAlternative } from '../model/model.ts';

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
