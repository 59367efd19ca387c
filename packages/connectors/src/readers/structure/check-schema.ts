/**
 * What is wrong with a schema as it is written. Only keywords that hold schemas are entered, because a
 * `$ref` in an example or a constant is data.
 */
import { isObject, type JsonObject, textOf } from '../../json.ts';
import { describeUnresolved } from '../../model/references.ts';
import type { Version } from './grammar.ts';
import type { Walk } from './walk.ts';

type Holds =
  | 'schema'
  | 'schemas'
  | 'schema or schemas'
  | 'named schemas'
  | 'text'
  | 'number'
  | 'count'
  | 'boolean'
  | 'limit'
  | 'list'
  | 'texts'
  | 'type'
  | 'xml'
  | 'discriminator';

const keywords = new Map<string, Holds>();
const declare = (holds: Holds, names: string): void => {
  for (const name of names.split(' ')) keywords.set(name, holds);
};
declare('schema', 'additionalProperties not contains propertyNames if then else unevaluatedProperties unevaluatedItems');
declare('schemas', 'allOf anyOf oneOf prefixItems');
declare('schema or schemas', 'items');
declare('named schemas', 'properties patternProperties $defs definitions dependentSchemas');
declare('text', 'title description format pattern $id $anchor $comment contentEncoding contentMediaType');
declare('number', 'maximum minimum multipleOf');
declare('count', 'maxLength minLength maxItems minItems maxProperties minProperties');
declare('boolean', 'uniqueItems readOnly writeOnly nullable deprecated');
declare('limit', 'exclusiveMaximum exclusiveMinimum');
declare('list', 'enum');
declare('texts', 'required');
declare('type', 'type');
declare('xml', 'xml');
declare('discriminator', 'discriminator');

const types = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);
/** Versions in which a schema is an object with a list of keywords; from 3.1 on it is JSON Schema. */
const isOld = (version: Version): boolean => version < '3.1';

/** Tells of a schema that is none, of keywords that hold the wrong thing, and of references that lead nowhere. */
export function checkSchema(schema: unknown, walk: Walk): void {
  if (typeof schema === 'boolean' && !isOld(walk.version)) return;
  if (!isObject(schema)) {
    walk.complain(isOld(walk.version) ? 'A schema must be an object.' : 'A schema must be an object, true or false.');
    return;
  }
  const $ref = textOf(schema.$ref);
  if ($ref !== undefined) {
    const resolution = walk.references.resolve({ $ref });
    if (resolution.kind !== 'found') walk.complain(describeUnresolved(resolution));
    if (isOld(walk.version)) return;
  }
  for (const keyword in schema) {
    const holds = keywords.get(keyword);
    if (holds !== undefined) checkKeyword(keyword, schema[keyword], holds, walk);
  }
}

function checkKeyword(keyword: string, value: unknown, holds: Holds, walk: Walk): void {
  switch (holds) {
    case 'schema':
      // Every version allows true and false for additional properties.
      if (typeof value !== 'boolean') checkPart(value, walk, keyword);
      return;
    case 'schema or schemas':
    case 'schemas':
      if (Array.isArray(value)) for (let index = 0; index < value.length; index += 1) checkPart(value[index], walk, keyword, index);
      else if (holds === 'schemas') expect(false, 'A list of schemas', keyword, walk);
      else checkPart(value, walk, keyword);
      return;
    case 'named schemas':
      if (!isObject(value)) expect(false, 'An object of schemas', keyword, walk);
      else for (const name in value) checkPart(value[name], walk, keyword, name);
      return;
    case 'text':
      expect(typeof value === 'string', 'A text', keyword, walk);
      return;
    case 'number':
      expect(typeof value === 'number', 'A number', keyword, walk);
      return;
    case 'count':
      expect(Number.isInteger(value) && Number(value) >= 0, 'A whole number', keyword, walk);
      return;
    case 'boolean':
      expect(typeof value === 'boolean', 'true or false', keyword, walk);
      return;
    case 'limit':
      expect(
        typeof value === (isOld(walk.version) ? 'boolean' : 'number'),
        isOld(walk.version) ? 'true or false' : 'A number',
        keyword,
        walk,
      );
      return;
    case 'list':
      expect(Array.isArray(value), 'A list', keyword, walk);
      return;
    case 'texts':
      expect(Array.isArray(value) && value.every((name) => typeof name === 'string'), 'A list of names', keyword, walk);
      return;
    case 'type':
      checkType(value, walk);
      return;
    case 'xml':
      walk.path.push(keyword);
      walk.object(value, 'xml');
      walk.path.pop();
      return;
    case 'discriminator':
      // 2.0: the name of the property alone.
      if (walk.version === '2.0') {
        expect(typeof value === 'string', 'A text', keyword, walk);
        return;
      }
      walk.path.push(keyword);
      walk.object(value, 'discriminator');
      walk.path.pop();
  }
}

function expect(isThere: boolean, what: string, keyword: string, walk: Walk): void {
  if (!isThere) walk.complain(`${what} was expected here.`, keyword);
}

/** A schema within this one, at one step or two. */
function checkPart(schema: unknown, walk: Walk, keyword: string, step?: string | number): void {
  walk.path.push(keyword);
  if (step !== undefined) walk.path.push(step);
  checkSchema(schema, walk);
  walk.path.pop();
  if (step !== undefined) walk.path.pop();
}

function checkType(type: JsonObject[string], walk: Walk): void {
  const named = Array.isArray(type) ? type : [type];
  const isKnown = named.every((name) => typeof name === 'string' && (types.has(name) || (name === 'file' && walk.version === '2.0')));
  if (!isKnown) walk.complain(`A type is one of ${[...types].join(', ')}.`, 'type');
  else if (Array.isArray(type) && walk.version === '3.0')
    walk.complain('OpenAPI 3.0 knows one type only; null is written "nullable": true.', 'type');
}
