/**
 * What to ask for: the selection set of an operation, and the schema of the answer it brings.
 *
 * A person would ask for the fields of the thing itself, a few of the things around it, and the first
 * page of a list. So: scalars, objects two levels down, connections with their page information and
 * their items, alternatives with `__typename`; never a field that needs arguments, never more than a
 * budget of fields.
 */
import {
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';
import { type JsonObject, setOwn } from '../../json.ts';
import { typeSchema } from './type-schemas.ts';

/** Fields of one operation; beyond it only what must be there is asked for. */
const MAX_FIELDS = 120;
/** Scalars of the thing itself, and of each thing around it. */
const MAX_OWN_LEAVES = 40;
const MAX_NEAR_LEAVES = 8;
/** Objects around the thing itself. */
const MAX_NEAR_OBJECTS = 12;
/** Alternatives of a union or interface. */
const MAX_ALTERNATIVES = 8;
/** Wrappers around the thing itself (payloads, edges, nodes) that do not count as levels. */
const MAX_WRAPPERS = 4;

export interface Selection {
  /** With its braces; empty for a scalar. */
  readonly text: string;
  readonly schema: JsonObject;
}

/** The selection set for a value of this type. */
export function selectionFor(type: GraphQLOutputType, schema: GraphQLSchema): Selection {
  return new Selecting(schema).of(type, 0, 0);
}

type Field = GraphQLField<unknown, unknown>;

class Selecting {
  readonly #schema: GraphQLSchema;
  /** Types between the operation and what is being looked at. */
  readonly #within: string[] = [];
  #left = MAX_FIELDS;

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  of(type: GraphQLOutputType, level: number, wrappers: number): Selection {
    if (isNonNullType(type)) return this.of(type.ofType, level, wrappers);
    if (isListType(type)) {
      const items = this.of(type.ofType, level, wrappers);
      return { text: items.text, schema: { type: 'array', items: items.schema } };
    }
    if (isLeafType(type)) return { text: '', schema: typeSchema(type) };
    const chosen = new Chosen();
    this.#within.push(type.name);
    if (isConnection(type)) this.#connection(type, chosen, level, wrappers);
    else {
      if (!isUnionType(type)) this.#fields(type, chosen, level, wrappers);
      if (isAbstractType(type)) this.#alternatives(type, chosen, level);
    }
    this.#within.pop();
    if (chosen.isEmpty) chosen.add('__typename', '__typename', { type: 'string' });
    return chosen.selection;
  }

  #fields(type: GraphQLObjectType | GraphQLInterfaceType, chosen: Chosen, level: number, wrappers: number): void {
    const askable = Object.values(type.getFields()).filter(isAskable);
    const leaves = askable.filter((field) => isLeafType(getNamedType(field.type)));
    const objects = askable.filter((field) => !isLeafType(getNamedType(field.type)));
    // A payload has little of its own: what it wraps is the thing itself.
    const isWrapper = objects.length > 0 && leaves.filter(({ name }) => name !== 'clientMutationId').length <= 1 && wrappers < MAX_WRAPPERS;
    for (const field of idsFirst(leaves).slice(0, level === 0 ? MAX_OWN_LEAVES : MAX_NEAR_LEAVES)) this.#leaf(field, chosen);
    if (level > 0 && !isWrapper) return;
    for (const field of objects.slice(0, MAX_NEAR_OBJECTS)) {
      if (isWrapper && !this.#multiplies(field)) this.#object(field, chosen, level, wrappers + 1);
      else if (level === 0) this.#object(field, chosen, 1, wrappers);
    }
  }

  /** A list, or a way back: asked for level after level it would bring a multiple of what it brought before. */
  #multiplies(field: Field): boolean {
    return isListType(getNullableType(field.type)) || this.#within.includes(getNamedType(field.type).name);
  }

  #leaf(field: Field, chosen: Chosen): void {
    if (this.#left <= 0) return;
    this.#left -= 1;
    chosen.add(field.name, field.name, typeSchema(field.type));
  }

  #object(field: Field, chosen: Chosen, level: number, wrappers: number): void {
    if (this.#left <= 0) return;
    const type = getNamedType(field.type);
    // The list of another thing is another question, and often another permission.
    if (level > 0 && isConnection(type)) return;
    this.#left -= 1;
    const selection = this.of(field.type, level, wrappers);
    chosen.add(field.name, `${field.name} ${selection.text}`, selection.schema);
  }

  /** Page information, and the items: `nodes`, or the `node` of each edge. */
  #connection(type: GraphQLObjectType | GraphQLInterfaceType, chosen: Chosen, level: number, wrappers: number): void {
    const fields = type.getFields();
    for (const field of Object.values(fields)) if (isAskable(field) && isLeafType(getNamedType(field.type))) this.#leaf(field, chosen);
    const items = fields.nodes ?? fields.edges;
    for (const field of [fields.pageInfo, items]) {
      if (field === undefined || !isAskable(field)) continue;
      this.#left -= 1;
      const selection = field === items ? this.#items(field, level, wrappers) : this.of(field.type, 1, MAX_WRAPPERS);
      chosen.add(field.name, `${field.name} ${selection.text}`, selection.schema);
    }
  }

  #items(field: Field, level: number, wrappers: number): Selection {
    const type = getNamedType(field.type);
    const node = isObjectType(type) && field.name === 'edges' ? type.getFields().node : undefined;
    if (node === undefined || wrappers >= MAX_WRAPPERS) return this.of(field.type, level, wrappers + 1);
    const inner = this.of(node.type, level, wrappers + 1);
    const edge = { type: 'object', properties: { node: inner.schema }, required: ['node'] };
    return { text: `{ node ${inner.text} }`, schema: { type: 'array', items: edge } };
  }

  /**
   * `__typename`, and for each of the first alternatives the scalars that not all of them have. Of
   * things around the thing itself, what the alternatives share is enough.
   */
  #alternatives(type: GraphQLAbstractType, chosen: Chosen, level: number): void {
    const sayEnough = level > 0 && !chosen.isEmpty;
    chosen.add('__typename', '__typename', { type: 'string' });
    if (sayEnough) return;
    for (const possible of this.#schema.getPossibleTypes(type).slice(0, MAX_ALTERNATIVES)) {
      const fields = idsFirst(
        Object.values(possible.getFields()).filter((field) => isAskable(field) && isLeafType(getNamedType(field.type))),
      );
      const fresh = fields.filter((field) => !chosen.hasShared(field)).slice(0, Math.max(0, Math.min(MAX_NEAR_LEAVES, this.#left)));
      if (fresh.length === 0) continue;
      this.#left -= fresh.length;
      chosen.fragment(possible.name, fresh);
    }
  }
}

/** The parts of one selection set. */
class Chosen {
  readonly #texts: string[] = [];
  readonly #properties: Record<string, unknown> = {};
  /** GraphQL answers everything it was asked for, with null where it has nothing. */
  readonly #required: string[] = [];
  /** Names in the answer that fragments use, with their types: one name may not mean two (section 5.3.2, "Field Selection Merging"). */
  readonly #ofFragments = new Map<string, string>();

  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  get selection(): Selection {
    return { text: `{ ${this.#texts.join(' ')} }`, schema: { type: 'object', properties: this.#properties, required: this.#required } };
  }

  add(name: string, text: string, schema: JsonObject): void {
    this.#texts.push(text);
    this.#required.push(name);
    setOwn(this.#properties, name, schema);
  }

  /** Whether every alternative is asked for the field already. */
  hasShared({ name }: Field): boolean {
    return Object.hasOwn(this.#properties, name) && !this.#ofFragments.has(name);
  }

  fragment(type: string, fields: readonly Field[]): void {
    const texts = fields.map((field) => {
      const name = this.#nameOf(field, type);
      const about = name === field.name ? {} : { description: `The field \`${field.name}\` of \`${type}\`.` };
      this.#ofFragments.set(name, String(field.type));
      setOwn(this.#properties, name, { ...typeSchema(field.type), ...about });
      return name === field.name ? name : `${name}: ${field.name}`;
    });
    this.#texts.push(`... on ${type} { ${texts.join(' ')} }`);
  }

  /** Its own name, or an alias such as `value_Book` where another alternative has the name with another type. */
  #nameOf(field: Field, type: string): string {
    let name = field.name;
    for (let count = 1; !this.#isFree(name, field); count += 1) name = `${field.name}_${type}${count === 1 ? '' : `_${count}`}`;
    return name;
  }

  #isFree(name: string, { type }: Field): boolean {
    const known = this.#ofFragments.get(name);
    return known === undefined ? !Object.hasOwn(this.#properties, name) : known === String(type);
  }
}

/** Neither deprecated nor in need of arguments. */
const isAskable = (field: Field): boolean => field.deprecationReason == null && !field.args.some(isRequiredArgument);

/** What identifies a thing comes before what describes it. */
const idsFirst = (fields: readonly Field[]): readonly Field[] => {
  const isId = (field: Field): boolean =>
    String(getNullableType(field.type)) === 'ID' || /^(id|name|title|login|slug|key|number)$/.test(field.name);
  return [...fields.filter(isId), ...fields.filter((field) => !isId(field))];
};

/** Relay's form of a list in pages: page information beside nodes or edges. */
export function isConnection(type: unknown): type is GraphQLObjectType {
  if (!isObjectType(type)) return false;
  const fields = type.getFields();
  return fields.pageInfo !== undefined && (fields.nodes !== undefined || fields.edges !== undefined);
}
