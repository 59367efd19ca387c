import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/server/validators/cf-worker';
import { describe, expect, test } from 'vitest';
import { arrayOr } from '../json.ts';
import { referencesOf } from '../model/references.ts';
import { projectInput } from './project-schema.ts';

function project(schema: unknown, schemas: Record<string, unknown> = {}, budget = 16_384, openapi = '3.0.0') {
  const model = { references: referencesOf({ openapi, components: { schemas } }) };
  const unresolved: string[] = [];
  const input = projectInput([{ argument: 'x', schema, required: true }], {
    model,
    known: new Map(),
    budget,
    onUnresolved: (message) => unresolved.push(message),
  });
  return { input, x: Reflect.get(Object(input.properties), 'x'), unresolved };
}
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

test('the root is an object that takes nothing else', () => {
  expect(project({ type: 'string' }).input).toEqual({
    type: 'object',
    properties: { x: { type: 'string' } },
    required: ['x'],
    additionalProperties: false,
  });
});

describe('references', () => {
  test('are inlined when they end', () => {
    expect(project(ref('A'), { A: { type: 'object', properties: { b: ref('B') } }, B: { type: 'integer' } }).x).toEqual({
      type: 'object',
      properties: { b: { type: 'integer' } },
    });
  });

  test('that recurse become definitions, which exist', () => {
    const { input } = project(ref('Node'), {
      Node: { type: 'object', properties: { next: ref('Node'), other: ref('Other') } },
      Other: { type: 'array', items: ref('Node') },
    });
    const text = JSON.stringify(input);
    const names = [...text.matchAll(/"#\/\$defs\/([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(Object.keys(Object(input.$defs))).toContain(name);
  });

  test('that go nowhere are open, and told', () => {
    const { x, unresolved } = project(ref('Missing'));
    expect(x).toEqual({});
    expect(unresolved.join()).toContain('Missing');
    expect(project(ref('A'), { A: ref('B'), B: ref('A') }).unresolved.join()).toContain('never ends');
  });
});

describe('what stands beside a reference', () => {
  const schemas = { A: { type: 'object', properties: { b: { type: 'string' } } } };
  const besides = { ...ref('A'), required: ['b'], properties: { c: { type: 'integer' } } };
  const both = { type: 'object', properties: { c: { type: 'integer' }, b: { type: 'string' } }, required: ['b'] };
  const of = (openapi: string, schema: unknown) => project(schema, schemas, 16_384, openapi).x;

  test.each([
    ['an argument', besides, both],
    ['a member', { type: 'object', properties: { m: besides } }, { type: 'object', properties: { m: both } }],
    ['an item', { type: 'array', items: besides }, { type: 'array', items: both }],
    ['a part', { allOf: [besides] }, both],
  ])('counts from 3.1 on: in %s', (_, schema, expected) => {
    expect(of('3.1.0', schema)).toEqual(expected);
  });

  test('is ignored before', () => {
    expect(of('3.0.3', besides)).toEqual(schemas.A);
  });

  test('ends where a schema refers to itself, and tells of what is missing', () => {
    const recursive = { A: { ...ref('A'), required: ['b'], properties: { b: ref('A') } } };
    expect(JSON.stringify(project(ref('A'), recursive, 16_384, '3.1.0').input)).toContain('"required":["b"]');
    expect(project({ ...ref('B'), required: ['b'] }, {}, 16_384, '3.1.0').unresolved.join()).toContain('schemas/B');
  });
});

describe('alternatives that only say what is required', () => {
  const properties = { id: { type: 'string' }, name: { type: 'string' }, made: { readOnly: true } };
  const choice = [{ required: ['id'] }, { type: 'object', title: 'By name', required: ['name', 'made'] }];
  const anyOf = [{ required: ['id'] }, { required: ['name'] }];
  const base = { type: 'object', properties };

  test.each([
    ['beside the properties', { ...base, anyOf: choice }],
    ['as oneOf', { ...base, oneOf: choice }],
    ['in references', { ...base, oneOf: [ref('Id'), ref('Name')] }],
    ['in a part', { allOf: [base, { anyOf: choice }] }],
    ['beside parts', { allOf: [base], anyOf: choice }],
    ['in a part with the properties', { allOf: [{ ...base, anyOf: choice }, { description: undefined }] }],
  ])('are kept: %s', (_where, schema) => {
    const schemas = { Id: choice[0], Name: choice[1] };
    const { id, name } = properties;
    expect(project(schema, schemas).x).toEqual({ type: 'object', properties: { id, name }, anyOf });
  });

  test('are all kept where there are several', () => {
    expect(project({ ...base, anyOf: choice, oneOf: [{ required: ['name'] }] }).x).toMatchObject({
      anyOf: [{ required: ['name'] }],
      allOf: [{ anyOf }],
    });
  });

  test('are left out where one of them requires nothing that a caller can give', () => {
    expect(project({ ...base, anyOf: [{ required: ['id'] }, { required: ['made'] }] }).x).not.toHaveProperty('anyOf');
  });
});

describe('a base schema', () => {
  const Pet = {
    type: 'object',
    description: 'A pet.',
    additionalProperties: false,
    required: ['kind'],
    properties: { kind: { type: 'string' } },
    discriminator: { propertyName: 'kind', mapping: { fish: '#/components/schemas/Fish', none: 'Missing' } },
  };
  const of = (name: string, field: string) => ({ allOf: [ref(name), { type: 'object', properties: { [field]: { type: 'integer' } } }] });
  const schemas = { Pet, Fish: of('Pet', 'fins'), Cat: of('Pet', 'lives'), Persian: of('Cat', 'hair') };
  const variant = (kind: string, ...fields: readonly string[]) => ({
    type: 'object',
    description: 'A pet.',
    properties: { kind: { type: 'string', enum: [kind] }, ...Object.fromEntries(fields.map((field) => [field, { type: 'integer' }])) },
    required: ['kind'],
  });
  const base = { type: 'object', properties: { kind: { type: 'string' } }, required: ['kind'] };
  const all = [variant('fish', 'fins'), variant('Cat', 'lives'), variant('Persian', 'lives', 'hair'), base];
  const pet = { type: 'object', description: 'A pet.', anyOf: all };

  test.each([
    ['itself', ref('Pet'), pet],
    ['in a list', { type: 'array', items: ref('Pet') }, { type: 'array', items: pet }],
    ['as a member', { type: 'object', properties: { pet: ref('Pet') } }, { type: 'object', properties: { pet } }],
    [
      'that is wrapped',
      { allOf: [ref('Pet')], nullable: true, description: 'Mine.' },
      { ...pet, type: ['object', 'null'], description: 'Mine.', anyOf: [...all, { type: 'null' }] },
    ],
    [
      'that is one of another',
      ref('Cat'),
      { ...pet, anyOf: [variant('Persian', 'lives', 'hair'), { ...base, properties: { ...base.properties, lives: { type: 'integer' } } }] },
    ],
    [
      'as a part of another',
      ref('Fish'),
      { ...base, description: 'A pet.', properties: { ...base.properties, fins: { type: 'integer' } } },
    ],
  ])('stands for what takes it over: %s', (_where, schema, expected) => {
    expect(project(schema, schemas).x).toEqual(expected);
  });

  test('stands for itself alone where nothing tells what takes it over apart, or it names its alternatives', () => {
    const { discriminator: _, ...plain } = Pet;
    expect(project(ref('Pet'), { ...schemas, Pet: plain }).x).toEqual({ ...base, description: 'A pet.', additionalProperties: false });
    const { properties: _properties, ...told } = Pet;
    expect(project(ref('Pet'), { Pet: { ...told, oneOf: [{ type: 'string' }, { type: 'integer' }] } }).x.anyOf).toHaveLength(2);
  });

  test('takes the values that a schema itself or an extension gives it', () => {
    const kind = (schema: Record<string, unknown>) => ({ allOf: [ref('Pet'), { type: 'object', properties: { kind: schema } }] });
    const { x } = project(ref('Pet'), {
      Pet: { ...base, discriminator: 'kind' },
      Fish: kind({ enum: ['fish'] }),
      Cat: { ...of('Pet', 'lives'), 'x-ms-discriminator-value': 'cat' },
    });
    const kinds = arrayOr(x.anyOf).map((each) => Reflect.get(Object(each), 'properties').kind);
    expect(kinds).toEqual([{ type: 'string', enum: ['fish'] }, { type: 'string', enum: ['cat'] }, { type: 'string' }]);
  });

  test('that recurses ends, whoever takes it over', () => {
    const members = { mate: ref('Pet'), own: { allOf: [ref('Pet')], nullable: true } };
    const { input } = project(ref('Pet'), { ...schemas, Pet: { ...Pet, properties: { ...Pet.properties, ...members } } });
    const check = new CfWorkerJsonSchemaValidator().getValidator(input);
    const fish = { kind: 'fish', fins: 2, own: null };
    expect(check({ x: { ...fish, mate: { ...fish, mate: { ...fish, own: fish } } } }).valid).toBe(true);
    expect(check({ x: { ...fish, mate: { ...fish, mate: { ...fish, own: 'fish' } } } }).valid).toBe(false);
    expect(project(ref('A'), { A: { allOf: [ref('B')], discriminator: 'k' }, B: { allOf: [ref('A')] } }).x).toBeDefined();
  });

  test('is left open, and tells of its variants, where they are too many or a budget is too small', () => {
    const fields = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`field_${index}`, { type: 'string' }]));
    const large = { ...schemas, Fish: { allOf: [ref('Pet'), { type: 'object', properties: fields }] } };
    const told = 'Also takes the fields of what "kind" tells: fish, Cat, Persian. A pet.';
    expect(project(ref('Pet'), large, 600).x).toEqual({ ...base, description: told });
    const larger = {
      ...large,
      Fish: { allOf: [ref('Pet'), { type: 'object', properties: { a: { type: 'object', properties: fields }, ...fields } }] },
    };
    const twice = { type: 'object', properties: { a: ref('Pet'), b: { type: 'array', items: ref('Fish') } } };
    expect(project(twice, larger, 2048).x.properties.a).toEqual({ ...base, description: told });
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`P${index}`, of('Pet', `f${index}`)]));
    const { x } = project(ref('Pet'), { Pet, ...many });
    expect(x).toMatchObject(base);
    expect(x.description).toMatch(/^Also takes the fields of what "kind" tells: P0, P1, .*…\. A pet\.$/);
    expect(x.additionalProperties).toBeUndefined();
  });
});

describe('what an allOf requires', () => {
  const schemas = { Base: { type: 'object', properties: { name: { type: 'string' } } } };
  test.each([
    ['in a part of its own', { allOf: [ref('Base'), { required: ['name', 'unknown'] }] }],
    ['in a part that is typed', { allOf: [ref('Base'), { type: 'object', required: ['name'] }] }],
    ['beside the parts', { type: 'object', required: ['name'], allOf: [ref('Base')] }],
    ['in a part of a part', { allOf: [ref('Base'), { allOf: [{ required: ['name'] }] }] }],
  ])('of a property of another part is kept: %s', (_, schema) => {
    const required = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
    expect(project(schema, schemas).x).toEqual(required);
    expect(project({ type: 'array', items: schema }, schemas).x.items).toEqual(required);
  });

  test('is left out with what callers cannot give', () => {
    const schema = { allOf: [{ type: 'object', properties: { id: { readOnly: true }, name: {} } }, { required: ['id'] }] };
    expect(project(schema).x).toEqual({ type: 'object', properties: { name: {} } });
  });
});

test('null is a value where a document of any version says so', () => {
  expect(project({ type: 'string', 'x-nullable': true }).x.type).toEqual(['string', 'null']);
  expect(project({ anyOf: [{ type: 'string' }, { type: 'integer' }], 'x-nullable': true }).x.anyOf).toContainEqual({ type: 'null' });
  expect(project({ type: 'string', 'x-nullable': 'yes' }).x.type).toBe('string');
});

describe('null that is a value of the whole', () => {
  const schemas = {
    Letter: { type: 'string', enum: ['x', 'y'] },
    Node: { type: 'object', properties: { next: { ...ref('Node'), nullable: true } } },
    Either: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
    Part: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
  };
  const letter = { type: ['string', 'null'], enum: ['x', 'y', null] };

  test.each([
    ['a list of values', { type: 'string', enum: ['x', 'y'], nullable: true }, letter],
    ['values of any type', { enum: ['x', 1], nullable: true }, { enum: ['x', 1, null] }],
    ['a reference', { ...ref('Letter'), nullable: true }, letter],
    ['a part', { allOf: [ref('Letter')], nullable: true }, letter],
    ['alternatives', { anyOf: [ref('Letter')], 'x-nullable': true }, { anyOf: [schemas.Letter, { type: 'null' }] }],
    ['alternatives of a part', { allOf: [ref('Either')], nullable: true }, { anyOf: [...schemas.Either.oneOf, { type: 'null' }] }],
    [
      'an object and its parts',
      { type: 'object', allOf: [ref('Part')], nullable: true },
      { type: ['object', 'null'], properties: { a: { type: 'string' } }, required: ['a'] },
    ],
    [
      'an object with a choice of what is required',
      { ...schemas.Part, required: [], anyOf: [{ required: ['a'] }], nullable: true },
      { type: ['object', 'null'], properties: { a: { type: 'string' } }, anyOf: [{ required: ['a'] }] },
    ],
  ])('is allowed beside %s', (_beside, schema, expected) => {
    expect(project(schema, schemas).x).toEqual(expected);
  });

  test('is allowed beside a reference to a definition, and where a budget cuts', () => {
    const node = { type: 'object', properties: { next: { anyOf: [{ $ref: '#/$defs/Node' }, { type: 'null' }] } } };
    expect(project(ref('Node'), schemas).input.$defs).toEqual({ Node: node });
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`n${index}`, schemas.Part]));
    const deep = { ...schemas.Letter, nullable: true };
    const { x } = project({ type: 'object', properties: { deep, ...many } }, schemas, 1200);
    expect(x.properties.deep).toEqual(letter);
    expect(x.properties.n0).toEqual({ type: 'object' });
  });
});

describe('members whose names have a pattern', () => {
  const pattern = (patternProperties: Record<string, unknown>, more: Record<string, unknown> = { additionalProperties: false }) =>
    project({ type: 'object', properties: { id: { type: 'integer' } }, patternProperties, ...more }).x;
  const properties = { id: { type: 'integer' } };

  test('are taken beside nothing else, and the pattern is told', () => {
    expect(pattern({ '^x-': { type: 'string' } })).toEqual({
      type: 'object',
      description: 'Names of other members match "^x-".',
      properties,
      additionalProperties: { type: 'string' },
    });
    expect(pattern({ '^x-': { type: 'string' }, '^y-': { type: 'integer' }, '^z-': false })).toEqual({
      type: 'object',
      description: 'Names of other members match "^x-", "^y-".',
      properties,
      additionalProperties: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
    });
    expect(pattern({ '^x-': true })).toMatchObject({ additionalProperties: {} });
  });

  test('are taken beside others', () => {
    const both = { anyOf: [{ type: 'string' }, { type: 'integer' }] };
    expect(pattern({ '^x-': { type: 'string' } }, { additionalProperties: { type: 'integer' } }).additionalProperties).toEqual(both);
    expect(pattern({ '^x-': { type: 'string' } }, {})).toEqual({ type: 'object', properties });
  });

  test('that there can be none of leave an object closed', () => {
    expect(pattern({ '^x-': false })).toEqual({ type: 'object', properties, additionalProperties: false });
  });
});

test('an argument with more members than a schema can hold keeps their names, and at last its type', () => {
  const withMembers = (length: number) => ({
    type: 'object',
    description: 'Many.',
    properties: Object.fromEntries(Array.from({ length }, (_, index) => [`member_${index}`, { type: 'string' }])),
  });
  expect(project(withMembers(5000)).x).toEqual({ type: 'object', description: 'Many.' });
  expect(Object.entries(project(withMembers(900)).x.properties)).toHaveLength(900);
  expect(project(withMembers(900)).x.properties.member_1).toEqual({});
  expect(Object.keys(project(withMembers(200), {}, 256).x.properties)).toHaveLength(200);
});

describe('values', () => {
  test('that stand beside the items of a list are those of the items', () => {
    expect(project({ type: 'array', items: { type: 'string' }, enum: ['a', 'b'] }).x).toEqual({
      type: 'array',
      items: { type: 'string', enum: ['a', 'b'] },
    });
    expect(project({ type: 'array', items: ref('Letter'), enum: ['a', 'b'] }, { Letter: { type: 'string', enum: ['a'] } }).x.items).toEqual(
      {
        type: 'string',
        enum: ['a'],
      },
    );
    expect(project({ type: 'array', items: { type: 'string' }, enum: [['a'], ['a', 'b']] }).x.enum).toEqual([['a'], ['a', 'b']]);
  });

  test('that were written in another type are of the declared one', () => {
    expect(project({ type: 'string', enum: [1, 2.5, true, null], default: 1 }).x).toEqual({
      type: 'string',
      enum: ['1', '2.5', 'true'],
      default: '1',
    });
    expect(project({ type: 'integer', enum: ['1', '-2', 'three', '1e3'], default: '1' }).x).toEqual({
      type: 'integer',
      enum: [1, -2],
      default: 1,
    });
    expect(project({ type: 'boolean', default: 'false' }).x).toEqual({ type: 'boolean', default: false });
    expect(project({ type: 'boolean', default: 'no' }).x).toEqual({ type: 'boolean' });
  });

  test('have no bounds that leave nothing between them', () => {
    expect(project({ type: 'string', minLength: 256, maxLength: 1 }).x).toEqual({ type: 'string' });
    expect(project({ type: 'array', items: {}, minItems: 2, maxItems: 2 }).x).toMatchObject({ minItems: 2, maxItems: 2 });
  });

  test('are multiples of a whole number by rule, and of a fraction by word: no two validators divide binary numbers alike', () => {
    expect(project({ type: 'integer', multipleOf: 12 }).x).toEqual({ type: 'integer', multipleOf: 12 });
    const price = { type: 'number', multipleOf: 0.01 };
    expect(project(price).x).toEqual({ type: 'number', description: 'A multiple of 0.01.' });
    expect(project({ ...price, description: 'In euros.' }).x.description).toBe('A multiple of 0.01. In euros.');
  });

  test('keep a default that is a list of them, and none of objects', () => {
    const list = { type: 'array', items: { type: 'string' } };
    expect(project({ ...list, default: ['a', 'b'] }).x).toEqual({ ...list, default: ['a', 'b'] });
    expect(project({ ...list, default: [{}] }).x).toEqual(list);
    expect(project({ ...list, default: [] }).x).toEqual(list);
  });

  test('leave out a default that is none of them', () => {
    expect(project({ type: 'string', enum: ['a', 'b'], default: 'c' }).x).toEqual({ type: 'string', enum: ['a', 'b'] });
  });
});

test('a list of values that is too long is told by its first ones, whatever else is said', () => {
  const values = Array.from({ length: 20_000 }, (_, n) => `v${n}`);
  const said = 'One of 20000 values, such as v0, v1, v2.';
  expect(project({ type: 'string', enum: values, description: 'Where.' }).x).toEqual({ type: 'string', description: `${said} Where.` });
  const model = { references: referencesOf({}) };
  const context = { model, known: new Map(), budget: 16_384, onUnresolved: () => undefined };
  const property = { argument: 'x', schema: { enum: values }, required: false, description: 'Which.' };
  expect(projectInput([property], context).properties).toEqual({ x: { description: `${said} Which.` } });
  expect(project({ enum: [`\n${'a'.repeat(9000)}`, ...values] }).x.description.length).toBeLessThan(200);
});

describe('the budget', () => {
  const wide = (depth: number): Record<string, unknown> =>
    Object.fromEntries(
      Array.from({ length: depth }, (_, level) => [
        `L${level}`,
        {
          type: 'object',
          properties: Object.fromEntries(
            Array.from({ length: 10 }, (_, n) => [`p${n}`, level + 1 < depth ? ref(`L${level + 1}`) : { type: 'string' }]),
          ),
        },
      ]),
    );

  test('holds for a schema that would inline to a million nodes', () => {
    expect(JSON.stringify(project(ref('L0'), wide(6)).input).length).toBeLessThanOrEqual(17_000);
  });

  test('turns shared parts into definitions before it cuts', () => {
    expect(project(ref('L0'), wide(4)).input.$defs).toBeDefined();
  });

  test('cuts by depth when even that is too large, leaving what was cut open', () => {
    const { input } = project(ref('L0'), wide(40), 800);
    expect(JSON.stringify(input).length).toBeLessThanOrEqual(900);
    expect(input.$defs).toBeUndefined();
  });
});

describe('what JSON Schema does not have', () => {
  test('of OpenAPI 3.0 is translated', () => {
    expect(project({ type: 'string', nullable: true }).x).toEqual({ type: ['string', 'null'] });
    expect(project({ type: 'integer', minimum: 1, exclusiveMinimum: true }).x).toEqual({ type: 'integer', exclusiveMinimum: 1 });
  });

  test('or nobody can use is dropped', () => {
    expect(project({ type: 'file', pattern: 'x', xml: {}, discriminator: {}, 'x-evil': 1, format: 'int64' }).x).toEqual({});
    expect(project({ type: 'string', pattern: '(', format: 'made-up', minLength: -1 }).x).toEqual({ type: 'string' });
    expect(project({ type: 'string', enum: ['a', 'a', {}] }).x).toEqual({ type: 'string', enum: ['a'] });
    expect(project({ type: 'string', enum: [] }).x).toEqual({ type: 'string' });
    expect(project(true).x).toEqual({});
  });
});

test.each([
  ['/^\\d+$/', '^\\d+$'],
  ['/^a\\/b/gu', '^a/b'],
  ['/^[a-z]+$/i', undefined],
  ['/a/', '/a/'],
  ['^/a/$', '^/a/$'],
])('the pattern %s, if it is one of JavaScript, is without its slashes: %s', (pattern, expected) => {
  expect(project({ type: 'string', pattern }).x.pattern).toBe(expected);
});

test('arrays always have items', () => {
  expect(project({ type: 'array' }).x).toEqual({ type: 'array', items: {} });
});

test('read-only properties are no input, and neither are keys that clients refuse', () => {
  const schema = {
    type: 'object',
    required: ['id', 'a b', 'ok'],
    properties: { id: { readOnly: true }, 'a b': {}, ok: {}, ['__proto__']: {} },
  };
  const { x } = project(schema);
  expect(Object.keys(x.properties).sort()).toEqual(['__proto__', 'ok']);
  expect(x.required).toEqual(['ok']);
  expect(x.description).toContain('"a b"');
});

describe('combinators', () => {
  test('allOf is folded, and its parts do not close each other', () => {
    const part = (name: string) => ({
      type: 'object',
      properties: { [name]: { type: 'string' } },
      required: [name],
      additionalProperties: false,
    });
    expect(project({ allOf: [part('a'), part('b')] }).x).toEqual({
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      required: ['a', 'b'],
    });
  });

  test('allOf within allOf without end is left open further down', () => {
    const numbers = Array.from({ length: 3_000 }, (_, number) => number);
    const fields = (number: number) => ({ type: 'object', properties: { [`p${number}`]: {} } });
    const chain = Object.fromEntries(numbers.map((number) => [`A${number}`, { ...fields(number), allOf: [ref(`A${number + 1}`)] }]));
    const written = numbers.reduceRight<object>((inner, number) => ({ ...fields(number), allOf: [inner] }), {});
    for (const { x } of [project(ref('A0'), chain), project(written)]) {
      expect(x.properties).toHaveProperty('p99');
      expect(x.properties).not.toHaveProperty('p200');
    }
  });

  test('alternatives of which none has the type beside them are without it', () => {
    const name = { type: 'string', enum: ['a'] };
    expect(project({ type: 'object', oneOf: [ref('Name'), { type: 'null' }] }, { Name: name }).x).toEqual({
      anyOf: [name, { type: 'null' }],
    });
    expect(project({ type: 'object', oneOf: [{ required: ['a'] }, { type: 'null' }] }).x.type).toBe('object');
    expect(project({ type: ['string', 'null'], oneOf: [name, { type: 'integer' }] }).x.type).toEqual(['string', 'null']);
  });

  test('oneOf becomes anyOf, each alternative once', () => {
    expect(project({ oneOf: [{ type: 'string' }, { type: 'string' }, { type: 'integer' }] }).x).toEqual({
      anyOf: [{ type: 'string' }, { type: 'integer' }],
    });
  });
});
