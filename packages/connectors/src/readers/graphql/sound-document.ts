/**
 * A GraphQL document that somebody wrote -> one that the library can build a schema of.
 *
 * Vendors' schemas are not always valid (GitHub's own repeats fields), a subgraph of a federation names types that
 * another one defines, and a hostile one does what it likes; the library trusts whatever it is told not to validate.
 * So what is only extended counts as defined, what is defined twice as extended, a type that nobody defines is
 * taken as a scalar, and what can have no meaning is left out. All of it with a warning at its place.
 */
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
  type NamedTypeNode,
  specifiedScalarTypes,
  type TypeNode,
  type ValueNode,
  visit,
} from 'graphql';
import { shorten } from '../../json.ts';
import type { Issues } from '../../model/issues.ts';

/** Where a type or one of its fields stands. */
export type PointerOf = (type: string, field?: string) => string;

/** Lists and non-nulls around a type, and levels of a default value. */
const MAX_NESTING = 20;

/** What a type is, whether it is defined or extended. */
type Family = 'scalar' | 'object' | 'interface' | 'union' | 'enum' | 'input';

/** The document with one definition for every type that it names, each used where it can be. */
export function soundDocument(document: DocumentNode, pointerOf: PointerOf, issues: Issues): DocumentNode {
  const families = new Map<string, Family>(specifiedScalarTypes.map(({ name }) => [name, 'scalar']));
  const given = new Set(families.keys());
  const definitions: DefinitionNode[] = [];
  // Definitions first: an extension may stand before what it extends.
  for (const definition of document.definitions) {
    const family = /TypeDefinition$/.test(definition.kind) ? familyOf(definition) : undefined;
    if (family !== undefined && !families.has(nameOf(definition))) families.set(nameOf(definition), family);
  }
  for (const definition of document.definitions) {
    const name = nameOf(definition);
    const family = familyOf(definition);
    if (family === undefined) {
      if (/^Schema/.test(definition.kind)) definitions.push(definition);
      continue;
    }
    const known = families.get(name) ?? family;
    families.set(name, known);
    if (known !== family)
      issues.add('warning', pointerOf(name), `The type ${shorten(name, 100)} is defined as something else; this was left out.`);
    else {
      definitions.push(given.has(name) ? asExtension(definition) : asDefinition(definition));
      given.add(name);
    }
  }
  const missing = new Set<string>();
  visit(document, {
    NamedType({ name: { value } }) {
      if (!families.has(value)) missing.add(value);
    },
  });
  for (const name of missing) {
    families.set(name, 'scalar');
    issues.add('warning', '', `The type ${shorten(name, 100)} is not defined; it is taken as a scalar.`);
  }
  const scalars = [...missing].map((value) => ({ kind: Kind.SCALAR_TYPE_DEFINITION, name: { kind: Kind.NAME, value } }) as const);
  const sound = new Mending(families, pointerOf, issues);
  return { ...document, definitions: [...definitions.map((definition) => sound.definition(definition)), ...scalars] };
}

/** Leaves out of definitions what refers to types that cannot stand there. */
class Mending {
  readonly #families: ReadonlyMap<string, Family>;
  readonly #pointerOf: PointerOf;
  readonly #issues: Issues;

  constructor(families: ReadonlyMap<string, Family>, pointerOf: PointerOf, issues: Issues) {
    this.#families = families;
    this.#pointerOf = pointerOf;
    this.#issues = issues;
  }

  definition(definition: DefinitionNode): DefinitionNode {
    const name = nameOf(definition);
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.OBJECT_TYPE_EXTENSION:
      case Kind.INTERFACE_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_EXTENSION:
        return {
          ...definition,
          directives: [],
          interfaces: this.#only('interface', definition.interfaces, name),
          fields: definition.fields?.flatMap((field) => this.#field(field, name)) ?? [],
        };
      case Kind.UNION_TYPE_DEFINITION:
      case Kind.UNION_TYPE_EXTENSION:
        return { ...definition, directives: [], types: this.#only('object', definition.types, name) };
      case Kind.ENUM_TYPE_DEFINITION:
      case Kind.ENUM_TYPE_EXTENSION:
        return { ...definition, directives: [], values: definition.values?.map(soundDeprecation) ?? [] };
      case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      case Kind.INPUT_OBJECT_TYPE_EXTENSION:
        return {
          ...definition,
          directives: bare(definition.directives, 'oneOf'),
          fields: definition.fields?.flatMap((field) => this.#input(field, this.#pointerOf(name, field.name.value))) ?? [],
        };
      case Kind.SCALAR_TYPE_DEFINITION:
      case Kind.SCALAR_TYPE_EXTENSION:
        return { ...definition, directives: [] };
      default:
        return definition;
    }
  }

  #only(family: Family, types: readonly NamedTypeNode[] = [], of: string): NamedTypeNode[] {
    return types.filter(({ name: { value } }) => {
      if (this.#families.get(value) === family) return true;
      this.#issues.add(
        'warning',
        this.#pointerOf(of),
        `${shorten(value, 100)} is no ${family} type, which it must be here; it was left out.`,
      );
      return false;
    });
  }

  #field(field: FieldDefinitionNode, of: string): FieldDefinitionNode[] {
    const pointer = this.#pointerOf(of, field.name.value);
    const family = this.#familyOf(field.type);
    if (family === undefined || family === 'input') {
      this.#issues.add('warning', pointer, 'Its type cannot be that of an answer; the field was left out.');
      return [];
    }
    return [{ ...soundDeprecation(field), arguments: field.arguments?.flatMap((argument) => this.#input(argument, pointer)) ?? [] }];
  }

  #input(input: InputValueDefinitionNode, pointer: string): InputValueDefinitionNode[] {
    const family = this.#familyOf(input.type);
    if (family !== 'scalar' && family !== 'enum' && family !== 'input') {
      this.#issues.add('warning', pointer, `The type of ${shorten(input.name.value, 100)} cannot be given; it was left out.`);
      return [];
    }
    const { defaultValue, ...plain } = soundDeprecation(input);
    if (defaultValue === undefined) return [plain];
    if (!nestsTooDeep(defaultValue)) return [{ ...plain, defaultValue }];
    this.#issues.add('warning', pointer, `The default of ${shorten(input.name.value, 100)} nests too deep; it is taken as null.`);
    return [{ ...plain, defaultValue: { kind: Kind.NULL } }];
  }

  /** Of the type inside its lists; undefined when there are too many of them. */
  #familyOf(type: TypeNode): Family | undefined {
    let inner = type;
    for (let level = 0; inner.kind !== Kind.NAMED_TYPE; level += 1) {
      if (level > MAX_NESTING) return undefined;
      inner = inner.type;
    }
    return this.#families.get(inner.name.value);
  }
}

function nestsTooDeep(value: ValueNode, level = 0): boolean {
  if (level > MAX_NESTING) return true;
  if (value.kind === Kind.LIST) return value.values.some((item) => nestsTooDeep(item, level + 1));
  return value.kind === Kind.OBJECT && value.fields.some((field) => nestsTooDeep(field.value, level + 1));
}

/** Of all directives the one that says something here, and its reason when that is a text. */
function soundDeprecation<Node extends FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode>(node: Node): Node {
  const found = node.directives?.find(({ name }) => name.value === 'deprecated');
  if (found === undefined) return { ...node, directives: [] };
  const reasons = (found.arguments ?? []).filter(({ name, value }) => name.value === 'reason' && value.kind === Kind.STRING).slice(0, 1);
  return { ...node, directives: [{ ...found, arguments: reasons }] };
}

const bare = (directives: readonly ConstDirectiveNode[] = [], wanted: string): readonly ConstDirectiveNode[] =>
  directives
    .filter(({ name }) => name.value === wanted)
    .slice(0, 1)
    .map((found) => ({ ...found, arguments: [] }));

const nameOf = (definition: DefinitionNode): string => ('name' in definition ? (definition.name?.value ?? '') : '');

const families: readonly (readonly [RegExp, Family])[] = [
  [/^ScalarType/, 'scalar'],
  [/^ObjectType/, 'object'],
  [/^InterfaceType/, 'interface'],
  [/^UnionType/, 'union'],
  [/^EnumType/, 'enum'],
  [/^InputObjectType/, 'input'],
];
const familyOf = ({ kind }: DefinitionNode): Family | undefined => families.find(([pattern]) => pattern.test(kind))?.[1];

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

function asExtension(definition: DefinitionNode): DefinitionNode {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
      return { ...definition, kind: Kind.OBJECT_TYPE_EXTENSION };
    case Kind.INTERFACE_TYPE_DEFINITION:
      return { ...definition, kind: Kind.INTERFACE_TYPE_EXTENSION };
    case Kind.UNION_TYPE_DEFINITION:
      return { ...definition, kind: Kind.UNION_TYPE_EXTENSION };
    case Kind.ENUM_TYPE_DEFINITION:
      return { ...definition, kind: Kind.ENUM_TYPE_EXTENSION };
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      return { ...definition, kind: Kind.INPUT_OBJECT_TYPE_EXTENSION };
    case Kind.SCALAR_TYPE_DEFINITION:
      return { ...definition, kind: Kind.SCALAR_TYPE_EXTENSION };
    default:
      return definition;
  }
}
