/**
 * Schemas of a specification -> the input and output schemas of a tool: JSON Schema 2020-12 that clients accept.
 *
 * Real schemas recurse, span megabytes when inlined, and hold what JSON Schema never had. A tool's
 * schema has a budget in bytes, so it is projected in passes and the first one that fits is taken:
 * everything inlined (cycles as `$defs`); every reference as `$defs`; then inlined again but cut at
 * ever smaller depths, where a cut value is left open; at last, arguments keep the names of their members, or their type alone. A pass stops as soon as it is over its budget,
 * so a specification that would inline to a gigabyte costs kilobytes.
 *
 * Only known keywords pass. What is dropped only ever loosens: the API itself is the judge. An output
 * schema says no more than which fields there are and of which type, null included: clients throw away
 * whole answers that break a schema, and real APIs answer what their specifications never said.
 */
import { arrayOr, isObject, type JsonObject, objectOr, oneLine, own, setOwn, shorten, textOf } from '../json.ts';
import type { ApiModel } from '../model/model.ts';
import { describeUnresolved } from '../model/references.ts';
import { type Variants, wrappedReference } from '../model/variants.ts';
import { plainText } from './plain-text.ts';
import { type RequiredChoice, requiredChoices } from './required-choices.ts';

/** Keys that model APIs accept. */
export const acceptableKey = /^[A-Za-z0-9_.-]{1,64}$/;
const jsonTypes = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];
/** Formats of JSON Schema; a validator warns of others or refuses them. */
const stringFormats = new Set(
  'date-time date time duration email hostname ipv4 ipv6 uri uri-reference uri-template uuid json-pointer regex'.split(' '),
);
/** No schema nests deeper, whatever the pass allows: the recursion below must end. */
export const MAX_NESTING = 64;
/** Parts of an `allOf`, and parts of these, that are asked for what they require. */
const MAX_PARTS = 100;
/** Parts of an `allOf` within parts, written or referred to, counted from the argument on; real documents have a few. What is deeper is left open. */
const MAX_PART_NESTING = 100;
/** Longer patterns are dropped: nobody reads them and some take for ever to match. */
const MAX_PATTERN = 200;

/** A name of the API, in a sentence about an argument. */
const MAX_QUOTED_NAME = 80;
/** The first of the values of a list that is too long, in a sentence. */
const MAX_QUOTED_VALUES = 120;

export interface InputProperty {
  readonly argument: string;
  readonly schema: unknown;
  readonly description?: string;
  /** What the API calls it, where the argument is called otherwise. */
  readonly sentAs?: string;
  readonly required: boolean;
  /** When it is needed though it is not required, as a sentence. */
  readonly need?: string;
}

export interface ProjectionContext {
  readonly model: Pick<ApiModel, 'references'>;
  /** Bytes one tool's input schema may take. */
  readonly budget: number;
  /** `define`: every reference becomes an entry of `$defs`, for clients that resolve them. Unset: only those that must. */
  readonly references?: 'define';
  /** What was projected before. Operations of one API share most of their arguments, and then these, too. */
  readonly known: KnownProjections;
  /** Told of every reference that could not be followed. */
  readonly onUnresolved: (message: string) => void;
}

/** Projected arguments by the rules of the pass, their schema in the document, and what else decides how they look. */
export type KnownProjections = Map<PassRules, Map<JsonObject, Map<string, KnownProjection>>>;

interface KnownProjection {
  readonly schema: JsonObject;
  readonly bytes: number;
  readonly metVariants: boolean;
}

type Purpose = 'input' | 'output';

interface PassRules {
  readonly references: 'inline' | 'define';
  readonly depth: number;
  readonly descriptionLength: number;
  readonly enumLength: number;
  /** Members of arguments are named, and may be anything. */
  readonly namesOnly?: true;
  /** What a base schema may be told apart as is written out; it is left open otherwise. */
  readonly variants?: true;
}

/** Among thousands of operations a schema has no room for variants: two attempts for each would find that out. */
const MIN_BYTES_WITH_VARIANTS = 2048;

const passes: readonly PassRules[] = [
  { references: 'inline', depth: MAX_NESTING, descriptionLength: 300, enumLength: 500, variants: true },
  { references: 'define', depth: MAX_NESTING, descriptionLength: 160, enumLength: 500, variants: true },
  { references: 'inline', depth: MAX_NESTING, descriptionLength: 300, enumLength: 500 },
  { references: 'define', depth: MAX_NESTING, descriptionLength: 160, enumLength: 500 },
  { references: 'inline', depth: 4, descriptionLength: 160, enumLength: 100 },
  { references: 'inline', depth: 3, descriptionLength: 120, enumLength: 50 },
  { references: 'inline', depth: 2, descriptionLength: 80, enumLength: 20 },
  { references: 'inline', depth: 1, descriptionLength: 60, enumLength: 10 },
];
/** Taken whatever is left of the budget, as long as it stays within what a schema may ever take. */
const lastPass: PassRules = { references: 'inline', depth: 1, descriptionLength: 0, enumLength: 0 };
const MAX_BYTES = 16 * 1024;
/** Names of members are the last that is given up: without them nobody could write the argument. */
const namesPass: PassRules = { ...lastPass, namesOnly: true };
const MAX_NAMES_BYTES = 2 * MAX_BYTES;
/** For arguments that have thousands of members: of which type they are, and no more. */
const barePass: PassRules = { references: 'inline', depth: 0, descriptionLength: 60, enumLength: 0 };

/** The input schema of a tool: an object with these properties and no others. */
export function projectInput(properties: readonly InputProperty[], context: ProjectionContext): JsonObject & { readonly type: 'object' } {
  return firstFitting('input', context, (pass) => pass.root(properties));
}

/**
 * What a successful answer looks like: the object itself, or `{ result }` around anything else. Undefined
 * when the schema says nothing, or offers alternatives, which no object at a root can.
 */
export function projectOutput(schema: unknown, context: ProjectionContext): (JsonObject & { readonly type: 'object' }) | undefined {
  const projected = firstFitting('output', context, (pass) => pass.answer(schema));
  const isTelling = Object.keys(objectOr(projected.properties)).length > 0;
  return isTelling && ['anyOf', 'allOf', '$ref'].every((keyword) => projected[keyword] === undefined) ? projected : undefined;
}

function firstFitting<Schema>(purpose: Purpose, context: ProjectionContext, write: (pass: Pass) => Schema): Schema {
  const hasRoom = context.budget >= MIN_BYTES_WITH_VARIANTS;
  let metVariants = !hasRoom;
  for (const rules of passes) {
    if (context.references === 'define' && rules.references === 'inline' && rules.depth === MAX_NESTING) continue;
    // Without any variants it would be what was over the budget before.
    if (rules.variants === undefined ? rules.depth === MAX_NESTING && !metVariants : !hasRoom) continue;
    const pass = new Pass(rules, context, context.budget, purpose);
    const schema = write(pass);
    if (!pass.isOver) return schema;
    metVariants ||= pass.metVariants;
  }
  const lastResorts = [new Pass(lastPass, context, MAX_BYTES, purpose), new Pass(namesPass, context, MAX_NAMES_BYTES, purpose)];
  for (const pass of lastResorts) {
    const schema = write(pass);
    if (!pass.isOver) return schema;
  }
  return write(new Pass(barePass, context, Number.POSITIVE_INFINITY, purpose));
}

/** One attempt to write a schema within a budget. */
class Pass {
  readonly #rules: PassRules;
  readonly #context: ProjectionContext;
  readonly #budget: number;
  readonly #purpose: Purpose;
  readonly #known: NonNullable<ReturnType<KnownProjections['get']>>;
  /** Names of the definitions by what they define. */
  readonly #definitions = new Map<string, string>();
  #spent = 0;
  #visited = 0;
  #metVariants = false;
  /** How many parts of an `allOf` what is being written is within. */
  #partNesting = 0;

  constructor(rules: PassRules, context: ProjectionContext, budget: number, purpose: Purpose) {
    this.#rules = rules;
    this.#context = context;
    this.#budget = budget;
    this.#purpose = purpose;
    this.#known = context.known.get(rules) ?? new Map();
    context.known.set(rules, this.#known);
  }

  /** As many schemas may be looked at as bytes be written: alternatives of alternatives can be billions of which nothing is written. */
  get isOver(): boolean {
    return this.#spent > this.#budget || this.#visited > this.#budget;
  }

  /** Whether a base schema was written. */
  get metVariants(): boolean {
    return this.#metVariants;
  }

  root(inputs: readonly InputProperty[]): JsonObject & { readonly type: 'object' } {
    const properties: Record<string, unknown> = {};
    for (const input of inputs) {
      if (this.isOver) break;
      this.#spend(input.argument.length + 6);
      setOwn(properties, input.argument, this.#argument(input));
    }
    const required = inputs.filter((input) => input.required).map((input) => input.argument);
    const definitions = this.#writeDefinitions();
    return {
      type: 'object',
      properties,
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: false,
      ...(definitions === null ? {} : { $defs: definitions }),
    };
  }

  #argument({ schema, description, sentAs, need }: InputProperty): JsonObject {
    const ofSchema = isObject(schema) ? this.#known.get(schema) : undefined;
    // Lengths keep the texts apart; as JSON they would be written out for each of hundreds of thousands of attempts.
    const key = `${need?.length} ${sentAs?.length} ${description?.length} ${need ?? ''}${sentAs ?? ''}${description ?? ''}`;
    const before = ofSchema?.get(key);
    if (before !== undefined) {
      this.#spend(before.bytes);
      this.#metVariants ||= before.metVariants;
      return before.schema;
    }
    const spent = this.#spent;
    const metBefore = this.#metVariants;
    this.#metVariants = false;
    const projected: Record<string, unknown> = { ...this.#project(schema, 1, [], false, description) };
    if (projected.description === undefined) this.#describe(projected, description);
    if (need !== undefined) this.#describe(projected, `${need} ${textOf(projected.description) ?? ''}`);
    if (sentAs !== undefined) {
      const name = shorten(oneLine(sentAs), MAX_QUOTED_NAME);
      this.#describe(projected, `Sent as "${name}". ${textOf(projected.description) ?? ''}`);
    }
    // A definition belongs to one root, and what a budget cut short is not the whole.
    if (isObject(schema) && this.#definitions.size === 0 && !this.isOver) {
      const known = ofSchema ?? new Map();
      known.set(key, { schema: projected, bytes: this.#spent - spent, metVariants: this.#metVariants });
      this.#known.set(schema, known);
    }
    this.#metVariants ||= metBefore;
    return projected;
  }

  /** The root of an answer. */
  answer(schema: unknown): JsonObject & { readonly type: 'object' } {
    const projected = this.#project(schema, 1, [], true);
    const { type } = projected;
    const isObjectType = type === 'object' || (Array.isArray(type) && type.includes('object'));
    const isOpen = type === undefined;
    const root: JsonObject & { readonly type: 'object' } =
      isObjectType || isOpen ? { ...projected, type: 'object' } : { type: 'object', properties: { result: projected } };
    const definitions = this.#writeDefinitions();
    return definitions === null ? root : { ...root, $defs: definitions };
  }

  /** Definitions are written after the root, and each may ask for more. */
  #writeDefinitions(): JsonObject | null {
    const written: Record<string, unknown> = {};
    for (const [target, name] of this.#definitions) {
      if (this.isOver) return null;
      this.#spend(name.length + 6);
      written[name] = this.#use(this.#resolve({ $ref: target }), undefined, 1, [target]);
    }
    return this.#definitions.size === 0 ? null : written;
  }

  #resolve(value: JsonObject): JsonObject {
    const resolution = this.#context.model.references.resolve(value);
    if (resolution.kind === 'found') return resolution.value;
    this.#context.onUnresolved(describeUnresolved(resolution));
    return {};
  }

  #project(value: unknown, depth: number, within: readonly string[], mustInline = false, said?: string): JsonObject {
    this.#visited += 1;
    if (
      !isObject(value) ||
      this.isOver ||
      depth > MAX_NESTING ||
      this.#partNesting > MAX_PART_NESTING ||
      (this.#rules.namesOnly && depth > 1)
    )
      return {};
    const resolution = this.#context.model.references.resolve(value);
    if (resolution.kind !== 'found') {
      this.#context.onUnresolved(describeUnresolved(resolution));
      return {};
    }
    // 3.1 allows a description and a default beside a reference; they are about this use and win.
    const description = said ?? textOf(value.description);
    const { target } = resolution;
    if (target === undefined) {
      const wrapped = this.#purpose === 'input' ? wrappedReference(value) : undefined;
      if (wrapped === undefined || this.#variantsOf(this.#resolve(wrapped)) === undefined)
        return mustInline
          ? this.#body(resolution.value, description, depth, within)
          : this.#use(resolution.value, description, depth, within);
      const projected = this.#project(wrapped, depth, within, mustInline, description);
      return isNullable(value) ? this.#withNull(projected) : projected;
    }
    const isBase = mustInline && this.#variantsOf(resolution.value) !== undefined;
    // As a base it is another schema than where it stands for its variants, of which each has it as a part.
    const step = isBase ? `${depth} ${target}` : target;
    const recursive = within.includes(step);
    if (recursive && isBase) return {};
    if (recursive && depth >= this.#rules.depth) {
      const { type } = resolution.value;
      return this.#body({ type, nullable: isNullable(value) || isNullable(resolution.value) }, description, depth, within);
    }
    if (recursive || (this.#rules.references === 'define' && !mustInline && isWorthDefining(resolution.value))) {
      const reference: Record<string, unknown> = { $ref: `#/$defs/${this.#define(target)}` };
      this.#spend(40);
      if (description !== undefined) this.#describe(reference, description);
      return isNullable(value) ? this.#withNull(reference) : reference;
    }
    const beyond = [...within, step];
    const body = mustInline
      ? this.#body(resolution.value, description, depth, beyond)
      : this.#use(resolution.value, description, depth, beyond);
    const projected: Record<string, unknown> = { ...body };
    if (this.#purpose === 'input') this.#standard(projected, value.default, this.#types(resolution.value));
    return isNullable(value) ? this.#withNull(projected) : projected;
  }

  #define(target: string): string {
    const known = this.#definitions.get(target);
    if (known !== undefined) return known;
    const wanted = (target.split('/').at(-1) ?? '').replace(/[^A-Za-z0-9_.-]+/g, '_').slice(0, 60) || 'schema';
    const taken = new Set(this.#definitions.values());
    let name = wanted === '__proto__' ? 'proto' : wanted;
    for (let count = 2; taken.has(name); count += 1) name = `${wanted}_${count}`;
    this.#definitions.set(target, name);
    return name;
  }

  #variantsOf(schema: JsonObject): Variants | undefined {
    return this.#purpose === 'input' ? this.#context.model.references.variantsOf(schema) : undefined;
  }

  /** Writes a schema, no reference, where a value of it is wanted: a base schema then stands for whatever takes it over. */
  #use(schema: JsonObject, description: string | undefined, depth: number, within: readonly string[]): JsonObject {
    const whole = this.#body(schema, description, depth, within);
    const variants = this.#variantsOf(schema);
    if (variants === undefined || this.isOver) return whole;
    this.#metVariants = true;
    const { description: about, ...base } = withoutClosure(whole);
    const isListed = this.#rules.variants === true && variants.listed.length > 0 && depth <= this.#rules.depth;
    const out: Record<string, unknown> = isListed ? { ...(base.type === undefined ? {} : { type: base.type }) } : { ...base };
    const names = shorten(oneLine(variants.names.join(', ')), MAX_QUOTED_VALUES);
    const told = `Also takes the fields of what "${shorten(oneLine(variants.property), MAX_QUOTED_NAME)}" tells: ${names}.`;
    this.#describe(out, isListed ? textOf(about) : `${told} ${textOf(about) ?? ''}`);
    if (!isListed) return out;
    const listed = variants.listed.map((variant) => this.#project(variant.schema, depth + 1, within));
    // A value that is none of them, or of a kind that the document forgot, is for the API to judge.
    out.anyOf = [...listed, base];
    return out;
  }

  /** Writes a schema that is no reference. */
  #body(schema: JsonObject, description: string | undefined, depth: number, within: readonly string[]): JsonObject {
    const whole = this.#written(schema, description, depth, within);
    return isNullable(schema) ? this.#withNull(whole) : whole;
  }

  #written(schema: JsonObject, description: string | undefined, depth: number, within: readonly string[]): JsonObject {
    const out: Record<string, unknown> = {};
    const types = this.#types(schema);
    if (types.length > 0) this.#put(out, 'type', types.length === 1 ? types[0] : types);
    this.#describe(out, description ?? textOf(schema.description) ?? textOf(schema.title));
    if (this.#purpose === 'input') {
      this.#values(out, schema, types);
      this.#limits(out, schema, types);
    }
    const cut = depth > this.#rules.depth;
    if (types.includes('array')) {
      const prefix = arrayOr(schema.prefixItems ?? (Array.isArray(schema.items) ? schema.items : undefined));
      if (prefix.length > 0 && !cut) out.prefixItems = prefix.map((item) => this.#project(item, depth + 1, within));
      out.items = cut ? {} : this.#project(this.#itemsOf(schema), depth + 1, within);
      this.#spend(12);
    }
    if (cut) return out;
    if (types.includes('object')) this.#members(out, schema, depth, within);
    const alternatives = [...arrayOr(schema.oneOf), ...arrayOr(schema.anyOf)];
    if (alternatives.length > 0) this.#alternatives(out, alternatives, schema, depth, within);
    this.#partNesting += 1;
    const parts = arrayOr(schema.allOf).map((part) => this.#project(part, depth, within, true));
    this.#partNesting -= 1;
    return this.#chooseAcross(parts.length === 0 ? out : this.#requireAcross(merged(out, parts), schema), schema);
  }

  /** What says that null is a value says so of the whole: of the values that are listed, of every part and every alternative. */
  #withNull(schema: JsonObject): JsonObject {
    if (Object.keys(schema).every((keyword) => keyword === 'description') || allowsNull(schema)) return schema;
    this.#spend(24);
    const { description, ...rest } = schema;
    const { type, enum: values, anyOf } = rest;
    if (rest.$ref !== undefined || rest.allOf !== undefined || rest.const !== undefined)
      return { ...(description === undefined ? {} : { description }), anyOf: [rest, { type: 'null' }] };
    return {
      ...schema,
      ...(type === undefined ? {} : { type: [...new Set([type, 'null'].flat())] }),
      ...(Array.isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {}),
      ...(Array.isArray(anyOf) && !anyOf.some(allowsNull) ? { anyOf: [...anyOf, { type: 'null' }] } : {}),
    };
  }

  /** What one part of an `allOf` requires is often a property of another. */
  #requireAcross(whole: JsonObject, schema: JsonObject): JsonObject {
    if (this.#purpose === 'output' || this.isOver) return whole;
    const properties = objectOr(whole.properties);
    const before = arrayOr(whole.required);
    const names = [...this.#requiredBy(schema, new Set())].filter((name) => Object.hasOwn(properties, name) && !before.includes(name));
    if (names.length === 0) return whole;
    const out: Record<string, unknown> = { ...whole };
    this.#put(out, 'required', [...before, ...new Set(names)]);
    return out;
  }

  /** Alternatives that only say what is required, which may be properties of any part; of `oneOf`, too, one is enough. */
  #chooseAcross(whole: JsonObject, schema: JsonObject): JsonObject {
    const isAlone = schema.allOf === undefined && schema.anyOf === undefined && schema.oneOf === undefined;
    if (isAlone || this.#purpose === 'output' || this.isOver || whole.properties === undefined) return whole;
    const properties = objectOr(whole.properties);
    const out: Record<string, unknown> = { ...whole };
    for (const { lists } of this.#choicesOf(schema, new Set())) {
      const known = lists.map((names) => names.filter((name) => Object.hasOwn(properties, name)));
      const anyOf = known.map((required) => ({ required }));
      const isSaid = [out, ...arrayOr(out.allOf)].some((part) => isObject(part) && JSON.stringify(part.anyOf) === JSON.stringify(anyOf));
      if (isSaid || known.some((names) => names.length === 0)) continue;
      if (out.anyOf === undefined) this.#put(out, 'anyOf', anyOf);
      else this.#put(out, 'allOf', [...arrayOr(out.allOf), { anyOf }]);
    }
    return out;
  }

  /** The choices that a schema or a part of it leaves. */
  #choicesOf(schema: JsonObject, seen: Set<JsonObject>): readonly RequiredChoice[] {
    if (seen.has(schema) || seen.size >= MAX_PARTS) return [];
    seen.add(schema);
    const ofParts = arrayOr(schema.allOf).flatMap((part) => (isObject(part) ? this.#choicesOf(this.#resolve(part), seen) : []));
    return [...requiredChoices(schema, this.#context.model.references), ...ofParts];
  }

  /** Every name that a schema or a part of it requires. */
  #requiredBy(schema: JsonObject, seen: Set<JsonObject>): readonly string[] {
    if (seen.has(schema) || seen.size >= MAX_PARTS) return [];
    seen.add(schema);
    const ofParts = arrayOr(schema.allOf).flatMap((part) => (isObject(part) ? this.#requiredBy(this.#resolve(part), seen) : []));
    return [...arrayOr(schema.required).filter((name) => typeof name === 'string'), ...ofParts];
  }

  /** The values of items are often listed beside `items`, where they would be lists. */
  #itemsOf(schema: JsonObject): unknown {
    const values = arrayOr(schema.enum).filter((value) => !Array.isArray(value));
    if (values.length === 0 || !isObject(schema.items)) return schema.items;
    const items = this.#resolve(schema.items);
    return items.enum === undefined ? { ...items, enum: values } : items;
  }

  #types(schema: JsonObject): string[] {
    const written: readonly unknown[] = Array.isArray(schema.type) ? [...new Set(schema.type)] : [schema.type];
    const types = written.filter((type) => typeof type === 'string').filter((type) => jsonTypes.includes(type));
    if (types.length === 0 && isObject(schema.properties)) types.push('object');
    if (types.length === 0 && schema.items !== undefined) types.push('array');
    if (types.length > 0 && (isNullable(schema) || this.#purpose === 'output') && !types.includes('null')) types.push('null');
    return types;
  }

  /** `enum`, `const`, `default`: unique, of the declared types, and small. */
  #values(out: Record<string, unknown>, schema: JsonObject, types: readonly string[]): void {
    if (schema.enum !== undefined) this.#enumeration(out, schema.enum, types);
    const fixed = asDeclared(schema.const, types);
    if (fixed !== undefined && fits(fixed, types)) this.#put(out, 'const', fixed);
    this.#standard(out, schema.default, types);
  }

  #enumeration(out: Record<string, unknown>, listed: unknown, types: readonly string[]): void {
    const texts = new Set<string>();
    const values = arrayOr(listed).flatMap((written) => {
      const value = asDeclared(written, types);
      const text = JSON.stringify(value);
      if (texts.has(text) || !fits(value, types)) return [];
      texts.add(text);
      return [value];
    });
    if (values.length > this.#rules.enumLength) this.#describe(out, `${someOf(values)} ${textOf(out.description) ?? ''}`);
    else if (values.length > 0) this.#put(out, 'enum', values);
  }

  /** A default that is no object, nor a list of any, and one of the values where they are listed. */
  #standard(out: Record<string, unknown>, written: unknown, types: readonly string[]): void {
    const standard = asDeclared(written, types);
    if (Array.isArray(out.enum) && !out.enum.includes(standard)) return;
    const isPlain = (value: unknown): boolean => value !== undefined && value !== null && typeof value !== 'object';
    if ((Array.isArray(standard) ? standard.length > 0 && standard.every(isPlain) : isPlain(standard)) && fits(standard, types)) {
      if (String(standard).length <= this.#rules.descriptionLength) this.#put(out, 'default', standard);
    }
  }

  #limits(out: Record<string, unknown>, schema: JsonObject, types: readonly string[]): void {
    if (types.includes('string')) {
      const format = textOf(schema.format);
      if (format === 'binary' || format === 'byte' || schema.contentEncoding === 'base64') this.#put(out, 'contentEncoding', 'base64');
      else if (format !== undefined && stringFormats.has(format)) this.#put(out, 'format', format);
      const pattern = plainPattern(textOf(schema.pattern));
      if (pattern !== undefined && pattern.length <= MAX_PATTERN && isPattern(pattern)) this.#put(out, 'pattern', pattern);
      this.#counts(out, schema, 'minLength', 'maxLength');
    }
    if (types.includes('number') || types.includes('integer')) {
      for (const keyword of ['minimum', 'maximum'] as const) {
        const limit = schema[keyword];
        if (typeof limit !== 'number' || !Number.isFinite(limit)) continue;
        const exclusive = keyword === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum';
        // 3.0: a boolean makes the limit beside it exclusive.
        this.#put(out, schema[exclusive] === true ? exclusive : keyword, limit);
      }
      for (const keyword of ['exclusiveMinimum', 'exclusiveMaximum'] as const) {
        const limit = schema[keyword];
        if (typeof limit === 'number' && Number.isFinite(limit)) this.#put(out, keyword, limit);
      }
      this.#step(out, schema.multipleOf);
    }
    if (types.includes('array')) {
      this.#counts(out, schema, 'minItems', 'maxItems');
      if (schema.uniqueItems === true) this.#put(out, 'uniqueItems', true);
    }
    if (types.includes('object')) this.#counts(out, schema, 'minProperties', 'maxProperties');
  }

  /** A fraction is said in words: validators divide binary numbers, and refuse 19.99 as no multiple of 0.01. */
  #step(out: Record<string, unknown>, step: unknown): void {
    if (typeof step !== 'number' || step <= 0) return;
    if (Number.isInteger(step)) this.#put(out, 'multipleOf', step);
    else this.#describe(out, `A multiple of ${step}. ${textOf(out.description) ?? ''}`);
  }

  /** How little and how much there may be; neither, where they leave nothing between them. */
  #counts(out: Record<string, unknown>, schema: JsonObject, least: string, most: string): void {
    const from = countOf(schema[least]);
    const to = countOf(schema[most]);
    if (from !== undefined && to !== undefined && from > to) return;
    if (from !== undefined) this.#put(out, least, from);
    if (to !== undefined) this.#put(out, most, to);
  }

  #members(out: Record<string, unknown>, schema: JsonObject, depth: number, within: readonly string[]): void {
    const properties: Record<string, unknown> = {};
    const left: string[] = [];
    for (const [name, property] of Object.entries(objectOr(schema.properties))) {
      if (this.isOver) return;
      if (isObject(property) && this.#resolve(property)[this.#purpose === 'input' ? 'readOnly' : 'writeOnly'] === true) continue;
      if (!acceptableKey.test(name)) {
        left.push(name);
        continue;
      }
      this.#spend(name.length + 6);
      setOwn(properties, name, this.#project(property, depth + 1, within));
    }
    if (Object.keys(properties).length > 0) out.properties = properties;
    if (this.#purpose === 'output') return;
    const required = arrayOr(schema.required).filter((name) => typeof name === 'string' && Object.hasOwn(properties, name));
    if (required.length > 0) this.#put(out, 'required', [...new Set(required)]);
    if (left.length > 0) {
      const note = `Also takes ${shorten(left.map((name) => JSON.stringify(name)).join(', '), 120)}.`;
      this.#describe(out, typeof out.description === 'string' ? `${shorten(out.description, 150)} ${note}` : note);
      return;
    }
    const combined = ['allOf', 'anyOf', 'oneOf'].some((keyword) => own(schema, keyword) !== undefined);
    const { additionalProperties: more } = schema;
    // Some say by `false` that no name fits a pattern, and that is no other member.
    const patterns = Object.entries(objectOr(schema.patternProperties)).filter(([, member]) => member !== false);
    // Beside a combinator `false` would forbid what the other parts declare.
    if (more === false && combined) return;
    if (patterns.length > 0 && (more === false || isObject(more))) this.#patterned(out, patterns, more, depth, within);
    else if (isObject(more)) out.additionalProperties = this.#project(more, depth + 1, within);
    else if (more === false) this.#put(out, 'additionalProperties', false);
  }

  /** A name that fits a pattern is told and not checked: languages differ in what a pattern is. Its value is one that any of them allows. */
  #patterned(
    out: Record<string, unknown>,
    patterns: readonly (readonly [pattern: string, member: unknown])[],
    more: JsonObject | false,
    depth: number,
    within: readonly string[],
  ): void {
    const told = shorten(patterns.map(([pattern]) => JSON.stringify(pattern)).join(', '), MAX_QUOTED_VALUES);
    if (more === false) this.#describe(out, `Names of other members match ${told}. ${textOf(out.description) ?? ''}`);
    const [first, ...others] = [...patterns.map(([, member]) => member), ...(more === false ? [] : [more])];
    const member: Record<string, unknown> = {};
    if (others.length > 0) this.#alternatives(member, [first, ...others], {}, depth, within);
    out.additionalProperties = others.length > 0 ? member : this.#project(first, depth + 1, within);
  }

  /** `oneOf` is written as `anyOf`: vendors' alternatives overlap, and "exactly one" then refuses good input. */
  #alternatives(
    out: Record<string, unknown>,
    alternatives: readonly unknown[],
    schema: JsonObject,
    depth: number,
    within: readonly string[],
  ): void {
    const byText = new Map<string, JsonObject>();
    for (const alternative of alternatives) {
      const projected = this.#project(alternative, depth + 1, within);
      if (this.isOver) return;
      byText.set(JSON.stringify(projected), projected);
    }
    if (isNullable(schema)) byText.set('{"type":"null"}', { type: 'null' });
    // An alternative that allows anything makes the others meaningless.
    if (byText.has('{}')) return;
    out.anyOf = [...byText.values()];
    // Beside a type that no alternative has, no value would fit.
    const types = [...byText.values()].map((each) => (Array.isArray(each.type) ? each.type : [each.type]));
    const declared = new Set([out.type].flat());
    if (types.every((named) => named.every((type) => type === 'null' || (type !== undefined && !declared.has(type))))) delete out.type;
  }

  #describe(out: Record<string, unknown>, description: string | undefined): void {
    if (description === undefined || this.#rules.descriptionLength === 0) return;
    const text = shorten(plainText(description).trim(), this.#rules.descriptionLength);
    if (text !== '') this.#put(out, 'description', text);
  }

  #put(out: Record<string, unknown>, keyword: string, value: unknown): void {
    out[keyword] = value;
    this.#spend(keyword.length + 6 + (typeof value === 'string' ? value.length : JSON.stringify(value).length));
  }

  #spend(bytes: number): void {
    this.#spent += bytes;
  }
}

/** A scalar is as short as a reference to it. */
function isWorthDefining(schema: JsonObject): boolean {
  return ['properties', 'items', 'allOf', 'anyOf', 'oneOf', 'enum'].some((keyword) => own(schema, keyword) !== undefined);
}

/** A sentence for an enumeration that is too long to be listed. */
function someOf(values: readonly unknown[]): string {
  const some = values.slice(0, 3).map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return `One of ${values.length} values, such as ${shorten(oneLine(some.join(', ')), MAX_QUOTED_VALUES)}.`;
}

const countOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

/** How 3.0 says that null is a value, too; and how vendors say it in 2.0, which has no word for it. */
const isNullable = (schema: JsonObject): boolean => schema.nullable === true || schema['x-nullable'] === true;

/** Whether null fits a schema that was written here; one that leads elsewhere is taken not to say so. */
function allowsNull(schema: unknown): boolean {
  if (!isObject(schema) || schema.$ref !== undefined || schema.allOf !== undefined || schema.const !== undefined) return false;
  return (
    (schema.type === undefined || [schema.type].flat().includes('null')) &&
    (!Array.isArray(schema.enum) || schema.enum.includes(null)) &&
    (!Array.isArray(schema.anyOf) || schema.anyOf.some(allowsNull))
  );
}

/**
 * Vendors write patterns as JavaScript does, `/^\d+$/i`: between slashes nothing would fit, as nothing can stand before the
 * beginning of a text. Without them it says what was meant, unless case is not to count, which a pattern cannot say.
 */
function plainPattern(pattern: string | undefined): string | undefined {
  const [, inner, flags = ''] = /^\/(\^.*|.*\$)\/([a-z]*)$/s.exec(pattern ?? '') ?? [];
  if (inner === undefined) return pattern;
  return /^[guy]*$/.test(flags) ? inner.replaceAll('\\/', '/') : undefined;
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}

function fits(value: unknown, types: readonly string[]): boolean {
  if (types.length === 0) return true;
  if (value === null) return types.includes('null');
  if (Array.isArray(value)) return types.includes('array');
  if (typeof value === 'number') return types.includes('number') || (types.includes('integer') && Number.isInteger(value));
  return types.includes(typeof value);
}

/** A value that was written in another type than its schema's, as YAML makes a number of an unquoted version. */
function asDeclared(value: unknown, types: readonly string[]): unknown {
  if (types.length === 0 || fits(value, types)) return value;
  if (typeof value === 'number' || typeof value === 'boolean') return types.includes('string') ? String(value) : value;
  if (typeof value !== 'string') return value;
  if (types.includes('boolean') && /^(true|false)$/.test(value)) return value === 'true';
  const isNumeric = (types.includes('number') || types.includes('integer')) && /^-?\d{1,15}(\.\d+)?$/.test(value);
  return isNumeric ? Number(value) : value;
}

/**
 * `allOf` folded into the schema beside it, because many clients read only `properties` at the top; what the schema
 * says itself wins.
 * A part that cannot be folded (a recursive reference, contradicting types, a second set of
 * alternatives) stays in `allOf`.
 */
function merged(base: Record<string, unknown>, parts: readonly JsonObject[]): JsonObject {
  const rest: JsonObject[] = [];
  for (const part of parts) {
    const foldable =
      part.$ref === undefined &&
      part.allOf === undefined &&
      (part.type === undefined || base.type === undefined || typeNames(part) === typeNames(base)) &&
      (part.anyOf === undefined || base.anyOf === undefined);
    if (!foldable) {
      rest.push(withoutClosure(part));
      continue;
    }
    const properties: Record<string, unknown> = {};
    for (const [name, property] of Object.entries(objectOr(base.properties))) setOwn(properties, name, property);
    for (const [name, property] of Object.entries(objectOr(part.properties))) {
      const known = own(properties, name);
      setOwn(properties, name, isObject(known) && isObject(property) ? merged({ ...known }, [property]) : property);
    }
    const required = [...new Set([...arrayOr(base.required), ...arrayOr(part.required)])];
    const description = base.description ?? part.description;
    Object.assign(
      base,
      withoutClosure(part),
      { ...base },
      {
        ...(Object.keys(properties).length === 0 ? {} : { properties }),
        ...(required.length === 0 ? {} : { required }),
        ...(description === undefined ? {} : { description }),
      },
    );
  }
  if (rest.length > 0) base.allOf = rest;
  return base;
}

/** Of null what the schema says itself counts. */
const typeNames = ({ type }: JsonObject): string =>
  [type]
    .flat()
    .filter((name) => name !== 'null')
    .join();

/** `additionalProperties: false` in one part of an `allOf` forbids what the other parts declare. */
function withoutClosure(part: JsonObject): JsonObject {
  if (part.additionalProperties !== false) return part;
  const { additionalProperties: _, ...open } = part;
  return open;
}
