/**
 * An introspection answer -> the SDL document that it stands for, so that both kinds of GraphQL specifications have
 * one way into the model. Nothing of the answer is trusted: what has no usable name or type is left out, with an
 * issue that points to it, and so a name is a name (`[_A-Za-z][_0-9A-Za-z]*`) wherever it ends up.
 */
import {
  type ConstDirectiveNode,
  type ConstValueNode,
  type DefinitionNode,
  type DocumentNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
  type NamedTypeNode,
  type NameNode,
  OperationTypeNode,
  parseConstValue,
  type StringValueNode,
  type TypeNode,
} from 'graphql';
import { arrayOr, isObject, type JsonObject, objectOr, pointerTo, textOf } from '../../json.ts';
import type { Issues } from '../../model/issues.ts';

/** Lists and non-nulls around a type. */
const MAX_WRAPPERS = 20;
/** Of a default value's text. */
const MAX_VALUE_TOKENS = 10_000;

/** The document of what stands under `__schema`, which lies at `pointer`. */
export function introspectionDocument(schema: JsonObject, pointer: string, issues: Issues): DocumentNode {
  return { kind: Kind.DOCUMENT, definitions: new Reading(issues).definitions(schema, pointer) };
}

class Reading {
  readonly #issues: Issues;

  constructor(issues: Issues) {
    this.#issues = issues;
  }

  definitions(schema: JsonObject, pointer: string): DefinitionNode[] {
    const roots = (['query', 'mutation', 'subscription'] as const).flatMap((kind) => {
      const name = nameNode(objectOr(schema[`${kind}Type`]).name);
      const operation = {
        query: OperationTypeNode.QUERY,
        mutation: OperationTypeNode.MUTATION,
        subscription: OperationTypeNode.SUBSCRIPTION,
      }[kind];
      return name === undefined ? [] : [{ kind: Kind.OPERATION_TYPE_DEFINITION, operation, type: namedType(name) } as const];
    });
    const types = this.#each(schema.types, `${pointer}/types`, 'type', (type, at) => this.#type(type, at));
    // Without them the types of the usual names are meant.
    return roots.length === 0 ? types : [{ kind: Kind.SCHEMA_DEFINITION, ...described(schema), operationTypes: roots }, ...types];
  }

  /** What can be read of a list; whatever else stands in it is told of. */
  #each<Node>(list: unknown, pointer: string, what: string, read: (value: JsonObject, at: string) => Node | undefined): Node[] {
    if (list !== undefined && list !== null && !Array.isArray(list))
      this.#issues.add('warning', pointer, 'This must be a list; it was left out.');
    return arrayOr(list).flatMap((value, index) => {
      const at = pointerTo(pointer, index);
      const node = isObject(value) ? read(value, at) : undefined;
      if (node === undefined) this.#issues.add('warning', at, `This is no ${what} with a name that GraphQL takes; it was left out.`);
      return node === undefined ? [] : [node];
    });
  }

  #type(type: JsonObject, at: string): DefinitionNode | undefined {
    const name = nameNode(type.name);
    if (name === undefined) return undefined;
    const common = { name, ...described(type) };
    switch (type.kind) {
      case 'SCALAR':
        return { kind: Kind.SCALAR_TYPE_DEFINITION, ...common };
      case 'OBJECT':
      case 'INTERFACE':
        return {
          kind: type.kind === 'OBJECT' ? Kind.OBJECT_TYPE_DEFINITION : Kind.INTERFACE_TYPE_DEFINITION,
          ...common,
          interfaces: this.#each(type.interfaces, `${at}/interfaces`, 'interface', namedTypeOf),
          fields: this.#each(type.fields, `${at}/fields`, 'field', (field, place) => this.#field(field, place)),
        };
      case 'UNION':
        return {
          kind: Kind.UNION_TYPE_DEFINITION,
          ...common,
          types: this.#each(type.possibleTypes, `${at}/possibleTypes`, 'type', namedTypeOf),
        };
      case 'ENUM':
        return { kind: Kind.ENUM_TYPE_DEFINITION, ...common, values: this.#each(type.enumValues, `${at}/enumValues`, 'value', enumValue) };
      case 'INPUT_OBJECT': {
        const oneOf: readonly ConstDirectiveNode[] = type.isOneOf === true ? [directive('oneOf')] : [];
        const fields = this.#inputs(type.inputFields, `${at}/inputFields`);
        return { kind: Kind.INPUT_OBJECT_TYPE_DEFINITION, ...common, directives: oneOf, fields };
      }
      default:
        return undefined;
    }
  }

  #field(field: JsonObject, at: string): FieldDefinitionNode | undefined {
    const name = nameNode(field.name);
    const type = typeNode(field.type);
    if (name === undefined || type === undefined) return undefined;
    const args = this.#inputs(field.args, `${at}/args`);
    return { kind: Kind.FIELD_DEFINITION, name, ...described(field), type, arguments: args, directives: deprecation(field) };
  }

  #inputs(list: unknown, pointer: string): InputValueDefinitionNode[] {
    return this.#each(list, pointer, 'input', (input, at) => {
      const name = nameNode(input.name);
      const type = typeNode(input.type);
      if (name === undefined || type === undefined) return undefined;
      const value = input.defaultValue ?? undefined;
      const defaultValue = value === undefined ? undefined : valueNode(value);
      if (value !== undefined && defaultValue === undefined)
        this.#issues.add('warning', at, 'The default is no value in GraphQL; it was left out.');
      return {
        kind: Kind.INPUT_VALUE_DEFINITION,
        name,
        ...described(input),
        type,
        ...(defaultValue === undefined ? {} : { defaultValue }),
      };
    });
  }
}

function nameNode(value: unknown): NameNode | undefined {
  return typeof value === 'string' && /^[_A-Za-z][_0-9A-Za-z]*$/.test(value) ? { kind: Kind.NAME, value } : undefined;
}

const namedType = (name: NameNode): NamedTypeNode => ({ kind: Kind.NAMED_TYPE, name });

function namedTypeOf(type: JsonObject): NamedTypeNode | undefined {
  const name = nameNode(type.name);
  return name === undefined ? undefined : namedType(name);
}

/** From the outside in, and then built from the inside out: the answer may nest without end. */
function typeNode(value: unknown): TypeNode | undefined {
  const wrappers: string[] = [];
  let inner = objectOr(value);
  while ((inner.kind === 'LIST' || inner.kind === 'NON_NULL') && wrappers.length <= MAX_WRAPPERS) {
    wrappers.push(inner.kind);
    inner = objectOr(inner.ofType);
  }
  const name = nameNode(inner.name);
  if (name === undefined || wrappers.length > MAX_WRAPPERS) return undefined;
  return wrappers.reduceRight<TypeNode>((type, wrapper) => {
    if (wrapper === 'LIST') return { kind: Kind.LIST_TYPE, type };
    return type.kind === Kind.NON_NULL_TYPE ? type : { kind: Kind.NON_NULL_TYPE, type };
  }, namedType(name));
}

function enumValue(value: JsonObject): EnumValueDefinitionNode | undefined {
  const name = nameNode(value.name);
  if (name === undefined || /^(true|false|null)$/.test(name.value)) return undefined;
  return { kind: Kind.ENUM_VALUE_DEFINITION, name, ...described(value), directives: deprecation(value) };
}

function described(owner: JsonObject): { readonly description?: StringValueNode } {
  const value = textOf(owner.description);
  return value === undefined ? {} : { description: { kind: Kind.STRING, value } };
}

const directive = (name: string): ConstDirectiveNode => ({ kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: name } });

function deprecation({ isDeprecated, deprecationReason }: JsonObject): readonly ConstDirectiveNode[] {
  const value = textOf(deprecationReason);
  if (value === undefined) return isDeprecated === true ? [directive('deprecated')] : [];
  const reason = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'reason' }, value: { kind: Kind.STRING, value } } as const;
  return [{ ...directive('deprecated'), arguments: [reason] }];
}

function valueNode(text: unknown): ConstValueNode | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return parseConstValue(text, { noLocation: true, maxTokens: MAX_VALUE_TOKENS });
  } catch {
    return undefined;
  }
}
