/**
 * Is a parsed document the OpenAPI description, Postman collection or GraphQL introspection it claims to
 * be, in a version we read, and not beyond all measure? Nothing more: references and diagnosis belong to the worker of the
 * job, because vendors' documents are often invalid and still useful.
 */
import { fail, ok, type Result, type SpecType } from '@mcpoverflow/types';
import { type Refusal, refusalAt } from '../problems.ts';
import { isRecord } from './record.ts';

/** Most operations accepted; the largest API known (Microsoft Graph) has 11,422. */
export const MAX_OPERATIONS = 50_000;

type Document = Readonly<Record<string, unknown>>;

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query']);

/** What a document is by its own telling, or undefined when it does not say. */
export function kindOf(document: Document): SpecType | undefined {
  if ('openapi' in document || 'swagger' in document) return 'openapi';
  if (schemaOf(document) !== undefined) return 'graphql';
  if (itemsOf(document) !== undefined) return 'postman';
  return undefined;
}

/** The `__schema` of an introspection answer, with or without the `data` around it. */
function schemaOf(document: Document): Document | undefined {
  const data = isRecord(document.data) ? document.data : document;
  return isRecord(data.__schema) ? data.__schema : undefined;
}

/** The requests of a collection; Postman's own API wraps one once more. */
function itemsOf(document: Document): readonly unknown[] | undefined {
  const collection = isRecord(document.collection) ? document.collection : document;
  const items = collection.item ?? collection.requests;
  return Array.isArray(items) ? items : undefined;
}

/** The refusal of more than {@link MAX_OPERATIONS} operations. */
export const tooManyOperations = (pointer: string): Refusal =>
  refusalAt('invalid-specification', pointer, `has more than ${MAX_OPERATIONS} operations; submit a part of it`);

function checkOpenapi(document: Document): Result<void, Refusal> {
  const version = document.openapi ?? document.swagger;
  if (typeof version !== 'string' && typeof version !== 'number') {
    return fail(refusalAt('invalid-specification', '/spec', 'has neither an "openapi" nor a "swagger" field with a version'));
  }
  // Unquoted in YAML, `openapi: 3.0` and `swagger: 2.0` are numbers.
  const readable = document.openapi === undefined ? /^2(\.0)?$/.test(String(version)) : /^3(\.|$)/.test(String(version));
  if (!readable) {
    const pointer = document.openapi === undefined ? '/spec/swagger' : '/spec/openapi';
    const detail = `version "${String(version).slice(0, 20)}" is not supported; OpenAPI 3.x and Swagger 2.0 are`;
    return fail(refusalAt('unsupported-specification', pointer, detail));
  }
  if (document.paths === undefined || document.paths === null) return ok(undefined);
  if (!isRecord(document.paths)) return fail(refusalAt('invalid-specification', '/spec/paths', 'must be an object'));
  let operations = 0;
  for (const item of Object.values(document.paths)) {
    if (isRecord(item)) for (const key of Object.keys(item)) if (methods.has(key)) operations += 1;
    if (operations > MAX_OPERATIONS) return fail(tooManyOperations('/spec/paths'));
  }
  return ok(undefined);
}

function checkPostman(document: Document): Result<void, Refusal> {
  const schema = isRecord(document.info) ? document.info.schema : undefined;
  const major = typeof schema === 'string' ? /\/v(\d+)\./.exec(schema)?.[1] : undefined;
  if (major !== undefined && major !== '1' && major !== '2') {
    return fail(refusalAt('unsupported-specification', '/spec/info/schema', 'is not supported; Postman collections 1 and 2 are'));
  }
  const items = itemsOf(document);
  if (items === undefined) {
    return fail(refusalAt('invalid-specification', '/spec', 'has no "item" list; export the collection as Collection v2.1'));
  }
  const open: unknown[] = [...items];
  let operations = 0;
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (!isRecord(item)) continue;
    if (Array.isArray(item.item)) for (const child of item.item) open.push(child);
    else operations += 1;
    if (operations > MAX_OPERATIONS) return fail(tooManyOperations('/spec/item'));
  }
  return ok(undefined);
}

function checkIntrospection(document: Document): Result<void, Refusal> {
  const schema = schemaOf(document);
  const types = Array.isArray(schema?.types) ? schema.types.filter(isRecord) : [];
  const roots = [schema?.queryType, schema?.mutationType].map((root) => (isRecord(root) ? root.name : undefined));
  const operations = types
    .filter((type) => type.name !== undefined && roots.includes(type.name))
    .reduce((sum, type) => sum + (Array.isArray(type.fields) ? type.fields.length : 0), 0);
  return operations > MAX_OPERATIONS ? fail(tooManyOperations('/spec')) : ok(undefined);
}

const checks = { openapi: checkOpenapi, postman: checkPostman, graphql: checkIntrospection } as const;

/** Checks kind, version and size of a parsed document. Pointers start at the submission's `/spec`. */
export const checkDocument = (kind: SpecType, document: Document): Result<void, Refusal> => checks[kind](document);
