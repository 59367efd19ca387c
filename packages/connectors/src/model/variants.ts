/**
 * A base schema -> the schemas that a value of it may be told apart as.
 *
 * With a `discriminator` and no alternatives of its own, a schema stands for everything that its mapping names and that
 * takes it over by `allOf` (OpenAPI 3.1.1, section 4.8.25; in Swagger 2.0 the discriminator is the property's name alone).
 * Only where a value of it is wanted: as a part of an `allOf` it is a base and no more. What takes over what is looked up
 * once in a document, and what a schema's variants are once for each that is asked for: some have hundreds.
 */
import { arrayOr, isObject, type JsonObject, objectOr, own, pointerTo, setOwn, textOf } from '../json.ts';
import type { References } from './references.ts';

export interface Variants {
  /** The property whose value tells which one it is. */
  readonly property: string;
  /** The first values that it has, as far as they are known. */
  readonly names: readonly string[];
  /** Each variant; none when there are more than anybody reads. */
  readonly listed: readonly Variant[];
}

export interface Variant {
  /** The property's values that mean it. */
  readonly names: readonly string[];
  /** A schema with the property's values, where they are not those that it has of itself. */
  readonly schema: JsonObject;
}

/** More variants than this are not listed. */
const MAX_VARIANTS = 32;
/** Schemas that are asked, through `allOf`, for a discriminator, or for what they say of a property. */
const MAX_ASKED = 200;

/** Answers what the variants of a document's schemas are; undefined for one that has none. */
export function variantsIn(document: unknown, references: References): (schema: JsonObject) => Variants | undefined {
  const heirs = heirsIn(document, references);
  const known = new Map<JsonObject, Variants | undefined>();
  return (schema) => {
    const ofSchema = heirs.get(schema);
    if ((ofSchema === undefined && schema.discriminator === undefined) || schema.oneOf !== undefined || schema.anyOf !== undefined)
      return undefined;
    if (!known.has(schema)) known.set(schema, readVariants(schema, heirs, references));
    return known.get(schema);
  };
}

/** What may stand beside a reference within an `allOf` that is there because 3.0 lets nothing stand beside a reference itself. */
const besideReference = new Set(['allOf', 'description', 'title', 'nullable', 'deprecated', 'readOnly', 'writeOnly', 'example', 'default']);

/** The reference that such an `allOf` is there for: a value of that schema is wanted, and not another that takes it over. */
export function wrappedReference(schema: JsonObject): JsonObject | undefined {
  const [part, ...others] = arrayOr(schema.allOf);
  if (others.length > 0 || !isObject(part) || part.$ref === undefined) return undefined;
  for (const keyword in schema) if (!besideReference.has(keyword) && !keyword.startsWith('x-')) return undefined;
  return part;
}

interface Heir {
  readonly name: string;
  readonly reference: string;
  readonly schema: JsonObject;
}
type Heirs = ReadonlyMap<JsonObject, readonly Heir[]>;

/** The named schemas of a document by what their `allOf` takes over. */
function heirsIn(document: unknown, references: References): Heirs {
  const heirs = new Map<JsonObject, Heir[]>();
  const { components, definitions } = objectOr(document);
  const places = [
    ['#/components/schemas', objectOr(objectOr(components).schemas)],
    ['#/definitions', objectOr(definitions)],
  ] as const;
  for (const [place, schemas] of places)
    for (const name in schemas) {
      const resolution = references.resolve(schemas[name]);
      if (resolution.kind !== 'found') continue;
      for (const part of arrayOr(resolution.value.allOf)) {
        const base = isObject(part) && part.$ref !== undefined ? references.resolve(part) : undefined;
        if (base?.kind !== 'found' || base.value === resolution.value) continue;
        const known = heirs.get(base.value) ?? [];
        known.push({ name, reference: pointerTo(place, name).replaceAll('%', '%25'), schema: resolution.value });
        heirs.set(base.value, known);
      }
    }
  return heirs;
}

interface MappedHeir extends Heir {
  /** Values of the property that the mapping has for it. */
  readonly mapped: string[];
}

function readVariants(schema: JsonObject, heirs: Heirs, references: References): Variants | undefined {
  const discriminator = discriminatorOf(schema, references, new Set());
  if (discriminator === undefined) return undefined;
  const { property, mapping } = discriminator;
  const variants = new Map<JsonObject, MappedHeir>();
  const open: Heir[] = [...(heirs.get(schema) ?? [])];
  // What is added while a list is walked through is walked through, too.
  for (const heir of open) {
    if (heir.schema === schema || variants.has(heir.schema)) continue;
    variants.set(heir.schema, { ...heir, mapped: [] });
    open.push(...(heirs.get(heir.schema) ?? []));
  }
  for (const [value, target] of Object.entries(mapping)) {
    const reference = /[#/]/.test(String(target)) ? String(target) : `#/components/schemas/${target}`;
    const resolution = references.resolve({ $ref: reference });
    if (resolution.kind !== 'found' || resolution.value === schema) continue;
    const variant = variants.get(resolution.value);
    if (variant !== undefined) variant.mapped.push(value);
    // What a base further up tells apart need not be one of these.
    else if (schema.discriminator !== undefined)
      variants.set(resolution.value, { name: value, reference, schema: resolution.value, mapped: [value] });
  }
  if (variants.size === 0) return undefined;
  const first = [...variants.values()].slice(0, MAX_VARIANTS).map((variant) => named(variant, property, references));
  return {
    property,
    names: first.flatMap(({ names }) => names),
    listed: variants.size > MAX_VARIANTS ? [] : first,
  };
}

interface Discriminator {
  readonly property: string;
  /** Names or references of schemas by the property's value. */
  readonly mapping: JsonObject;
}

/** The discriminator of a schema, or of what it takes over; `seen` are the schemas that have been asked. */
function discriminatorOf(schema: JsonObject, references: References, seen: Set<JsonObject>): Discriminator | undefined {
  if (seen.has(schema) || seen.size >= MAX_ASKED) return undefined;
  seen.add(schema);
  const { discriminator } = schema;
  const property = textOf(discriminator) ?? textOf(objectOr(discriminator).propertyName);
  if (property !== undefined) return { property, mapping: objectOr(objectOr(discriminator).mapping) };
  for (const part of arrayOr(schema.allOf)) {
    const resolution = references.resolve(part);
    const found = resolution.kind === 'found' ? discriminatorOf(resolution.value, references, seen) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A variant with its property's value: the mapping's, or else its own name, where it does not list other values itself. */
function named({ name, reference, schema, mapped }: MappedHeir, property: string, references: References): Variant {
  const given = textOf(schema['x-ms-discriminator-value']);
  const listed = mapped.length > 0 || given !== undefined ? [] : listedValues(schema, property, references, new Set());
  if (listed.length > 0 && !listed.includes(name)) return { names: listed, schema: { type: 'object', allOf: [{ $ref: reference }] } };
  const names = mapped.length > 0 ? mapped : [given ?? name];
  const properties: Record<string, unknown> = {};
  setOwn(properties, property, { enum: names });
  return { names, schema: { type: 'object', properties, allOf: [{ $ref: reference }] } };
}

/** The values that a schema lists for its property, or else a part of it does; `seen` are the schemas that have been asked. */
function listedValues(schema: JsonObject, property: string, references: References, seen: Set<JsonObject>): readonly string[] {
  if (seen.has(schema) || seen.size >= MAX_ASKED) return [];
  seen.add(schema);
  const resolution = references.resolve(own(objectOr(schema.properties), property));
  const { enum: values, const: value } = resolution.kind === 'found' ? resolution.value : {};
  const listed = [...arrayOr(values), value].filter((each) => typeof each === 'string');
  if (listed.length > 0) return listed;
  for (const part of arrayOr(schema.allOf)) {
    const ofPart = references.resolve(part);
    const found = ofPart.kind === 'found' ? listedValues(ofPart.value, property, references, seen) : [];
    if (found.length > 0) return found;
  }
  return [];
}
