/**
 * GraphQL types -> JSON Schemas. Every input type and enumeration is a schema of its own and is
 * referred to by name, so that types which hold each other stay finite.
 */
import {
  type GraphQLDefaultInput,
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNullableInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  valueFromASTUntyped,
} from 'graphql';
import { type JsonObject, setOwn } from '../../json.ts';
import type { Files } from './files.ts';

/** The reference to a named type's schema. */
const referenceTo = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

const scalars: Readonly<Record<string, JsonObject>> = {
  String: { type: 'string' },
  ID: { type: 'string' },
  Int: { type: 'integer' },
  Float: { type: 'number' },
  Boolean: { type: 'boolean' },
};

/** Scalars of nobody's standard whose names mean the same everywhere. */
const commonScalars: Readonly<Record<string, JsonObject>> = {
  datetime: { type: 'string', format: 'date-time' },
  date: { type: 'string', format: 'date' },
  uri: { type: 'string', format: 'uri' },
  url: { type: 'string', format: 'uri' },
  uuid: { type: 'string', format: 'uuid' },
  email: { type: 'string', format: 'email' },
  long: { type: 'integer' },
};

/** The schema of a value that comes out, or goes in; of null {@link inputTypeSchema} speaks. */
export function typeSchema(type: GraphQLInputType | GraphQLOutputType): JsonObject {
  if (isNonNullType(type)) return typeSchema(type.ofType);
  if (isListType(type)) return { type: 'array', items: typeSchema(type.ofType) };
  if (isInputObjectType(type) || isEnumType(type) || isObjectType(type) || isInterfaceType(type)) return referenceTo(type.name);
  const scalar = own(scalars, type.name) ?? own(commonScalars, type.name.toLowerCase());
  return scalar ?? (type.description ? { description: type.description } : {});
}

/** The schema of a value that goes in. Null is one unless the type says otherwise, and unsets what no value at all would leave. */
function inputTypeSchema(type: GraphQLInputType): JsonObject {
  if (!isNonNullType(type)) return { ...givenSchema(type), nullable: true };
  return givenSchema(type.ofType);
}

const givenSchema = (type: GraphQLNullableInputType): JsonObject =>
  isListType(type) ? { type: 'array', items: inputTypeSchema(type.ofType) } : typeSchema(type);

const own = (schemas: Readonly<Record<string, JsonObject>>, name: string): JsonObject | undefined =>
  Object.hasOwn(schemas, name) ? schemas[name] : undefined;

/** Schemas of everything that has a name and a form: inputs and enumerations to be sent, objects for whoever reads about the API. */
export function namedSchemas(schema: GraphQLSchema, files: Files): JsonObject {
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].map((type) => type?.name));
  const schemas: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(schema.getTypeMap())) {
    if (name.startsWith('__') || roots.has(name)) continue;
    if (isInputObjectType(type)) setOwn(schemas, name, inputSchema(type, files));
    else if (isEnumType(type)) setOwn(schemas, name, enumSchema(type));
    else if (isObjectType(type) || isInterfaceType(type)) {
      const properties: Record<string, unknown> = {};
      for (const [field, { type: held }] of Object.entries(type.getFields())) setOwn(properties, field, typeSchema(held));
      setOwn(schemas, name, { type: 'object', ...described(type.description), properties });
    }
  }
  return schemas;
}

/** What takes a value: an argument of a field, or a field of an input type. */
interface Input {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly default?: GraphQLDefaultInput | undefined;
  readonly description?: string | null | undefined;
}

/** Whether the API has a value of its own when none is given. */
export const hasDefault = (input: Pick<Input, 'default'>): boolean => input.default !== undefined;

/**
 * An object whose properties are the arguments of a field, or the fields of an input type. Of fields that exclude each
 * other (`@oneOf`) the one that is given must have a value.
 */
export function argumentsSchema(fields: readonly Input[], exclude = false): JsonObject {
  const properties: Record<string, unknown> = {};
  const required: string[] = [];
  for (const field of fields) {
    const schema = exclude ? givenSchema(getNullableType(field.type)) : inputTypeSchema(field.type);
    setOwn(properties, field.name, { ...schema, ...described(field.description), ...defaultOf(field) });
    if (isNonNullType(field.type) && !hasDefault(field)) required.push(field.name);
  }
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
}

function defaultOf({ default: given }: Input): JsonObject {
  if (given === undefined) return {};
  return { default: given.literal === undefined ? given.value : valueFromASTUntyped(given.literal) };
}

function inputSchema(type: GraphQLInputObjectType, files: Files): JsonObject {
  // Exactly one field of a `@oneOf` input is given.
  const count = type.isOneOf ? { minProperties: 1, maxProperties: 1 } : {};
  const fields = files.without(Object.values(type.getFields()));
  return { ...argumentsSchema(fields, type.isOneOf), ...described(type.description), ...count };
}

const enumSchema = (type: GraphQLEnumType): JsonObject => ({
  type: 'string',
  enum: type.getValues().map(({ name }) => name),
  ...described(type.description),
});

const described = (description: string | null | undefined): JsonObject => (description ? { description } : {});
