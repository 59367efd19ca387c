/**
 * GraphQL SDL or an introspection answer -> a schema.
 *
 * Vendors' schemas are not always valid (GitHub's own repeats fields), and a subgraph of a federation
 * names types that another one defines. So nothing is validated, what is only extended counts as
 * defined, and a type that nobody defines is taken as a scalar, with a warning.
 */
import { ok, type Result } from '@mcpoverflow/types';
import {
  buildASTSchema,
  buildClientSchema,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  type IntrospectionQuery,
  Kind,
  parse,
  specifiedScalarTypes,
  visit,
} from 'graphql';
import { type SpecificationFault, unusable } from '../../fault.ts';
import { arrayOr, isObject, type JsonObject, objectOr, oneLine, pointerTo, shorten, textOf } from '../../json.ts';
import type { Issues } from '../../model/issues.ts';

/** What fits into the memory of a Worker, at 300 bytes each; GitHub's schema has 61,000. */
const MAX_TOKENS = 250_000;

export interface ReadSchema {
  readonly schema: GraphQLSchema;
  /** Where a field stands: a JSON Pointer into an introspection answer, or type and field of an SDL text. */
  readonly pointerOf: (type: string, field: string) => string;
}

/** Reads SDL. Fails with `specification-unusable` for a text that is none. */
export function schemaOfText(text: string, issues: Issues): Result<ReadSchema, SpecificationFault> {
  return guarded(() => {
    const document = parse(text, { noLocation: true, maxTokens: MAX_TOKENS });
    const schema = buildASTSchema(completed(document, issues), { assumeValidSDL: true });
    return { schema, pointerOf: (type, field) => pointerTo(pointerTo('', type), field) };
  });
}

/** Reads an introspection answer, with or without the `data` around it. Fails with `specification-unusable` for another object. */
export function schemaOfIntrospection(document: JsonObject): Result<ReadSchema, SpecificationFault> {
  const [at, found] = isObject(document.__schema) ? ['/__schema', document.__schema] : ['/data/__schema', objectOr(document.data).__schema];
  if (!isObject(found)) return unusable('The introspection answer has no "__schema".');
  const positions = new Map(arrayOr(found.types).map((type, index) => [textOf(objectOr(type).name), index]));
  return guarded(() => {
    const introspection: unknown = { __schema: { directives: [], ...found } };
    if (!isIntrospection(introspection)) throw new Error('It has no list of types.');
    return {
      schema: buildClientSchema(introspection, { assumeValid: true }),
      pointerOf(type, field) {
        const index = positions.get(type);
        const fields = index === undefined ? [] : arrayOr(objectOr(arrayOr(found.types)[index]).fields);
        return `${at}/types/${index ?? 0}/fields/${fields.findIndex((each) => objectOr(each).name === field)}`;
      },
    };
  });
}

/** What the library asks for before it looks closer by itself: it throws at whatever is not as it should be. */
const isIntrospection = (value: unknown): value is IntrospectionQuery => Array.isArray(objectOr(objectOr(value).__schema).types);

/** The library throws for whatever it cannot read, an endless nesting included. */
function guarded(read: () => ReadSchema): Result<ReadSchema, SpecificationFault> {
  try {
    return ok(read());
  } catch (error) {
    const reason = error instanceof Error ? shorten(oneLine(error.message), 200) : 'unknown reason';
    return unusable(`The GraphQL schema cannot be read: ${reason}`);
  }
}

/** The document with a definition for every type that it names. */
function completed(document: DocumentNode, issues: Issues): DocumentNode {
  const defined = new Set(specifiedScalarTypes.map(({ name }) => name));
  for (const definition of document.definitions) if (/TypeDefinition$/.test(definition.kind)) defined.add(nameOf(definition));
  const definitions = document.definitions.map((definition) => {
    const name = nameOf(definition);
    if (!/TypeExtension$/.test(definition.kind) || defined.has(name)) return definition;
    defined.add(name);
    return asDefinition(definition);
  });
  const missing = new Set<string>();
  visit(document, {
    NamedType(node) {
      if (!defined.has(node.name.value)) missing.add(node.name.value);
    },
  });
  for (const name of missing) issues.add('warning', '', `The type ${shorten(name, 100)} is not defined; it is taken as a scalar.`);
  const scalars = [...missing].map((value) => ({ kind: Kind.SCALAR_TYPE_DEFINITION, name: { kind: Kind.NAME, value } }) as const);
  return { ...document, definitions: [...definitions, ...scalars] };
}

const nameOf = (definition: DefinitionNode): string => ('name' in definition ? (definition.name?.value ?? '') : '');

/** An extension differs from a definition in its kind alone. */
function asDefinition(definition: DefinitionNode): DefinitionNode {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_EXTENSION:
      return { ...definition, kind: Kind.OBJECT_TYPE_DEFINITION };
    case Kind.INTERFACE_TYPE_EXTENSION:
      return { ...definition, kind: Kind.INTERFACE_TYPE_DEFINITION };
    case Kind.UNION_TYPE_EXTENSION:
      return { ...definition, kind: Kind.UNION_TYPE_DEFINITION };
    case Kind.ENUM_TYPE_EXTENSION:
      return { ...definition, kind: Kind.ENUM_TYPE_DEFINITION };
    case Kind.INPUT_OBJECT_TYPE_EXTENSION:
      return { ...definition, kind: Kind.INPUT_OBJECT_TYPE_DEFINITION };
    case Kind.SCALAR_TYPE_EXTENSION:
      return { ...definition, kind: Kind.SCALAR_TYPE_DEFINITION };
    default:
      return definition;
  }
}
