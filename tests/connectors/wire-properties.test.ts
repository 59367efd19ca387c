/**
 * Whatever an operation asks for and whatever is given: what goes over the wire reads back as what was given, and
 * nothing but a sentence for the caller is ever thrown. Operations are random, out of the model's own grammar; the
 * reading here splits before it decodes, as OpenAPI's styles want it, and knows nothing of how they were written.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operation } from '../../packages/connectors/src/languages/typescript/runtime/operation.ts';
import {
  type Arguments,
  buildRequest,
  isRounded,
  UnusableArguments,
} from '../../packages/connectors/src/languages/typescript/runtime/request.ts';
import { readSettings } from '../../packages/connectors/src/languages/typescript/runtime/settings.ts';
import type { ApiBody, ApiOperation, ApiParameter } from '../../packages/connectors/src/model/model.ts';
import { referencesOf } from '../../packages/connectors/src/model/references.ts';
import { toolInput } from '../../packages/connectors/src/tools/tool-input.ts';

const bounds = { seed: 20_261_123, numRuns: 400 };
const BASE = 'https://api.example/base';
const api = { name: 'random', title: 'Random', version: '1', instructions: '', credentials: {} };
const settings = readSettings({ BASE_URL: BASE }, api);

/** A parameter with a value, and the texts that must be read back: one, several, or by name. */
interface Sample {
  readonly parameter: ApiParameter;
  readonly value: unknown;
  readonly texts: string | readonly string[] | Readonly<Record<string, string>>;
}

/** What has a meaning somewhere is rare among all characters, and what it is about here. */
const unit = fc.oneof(
  fc.constantFrom(...'%/?#&=+;,:@!$\'()*[]{}|\\"<> .~-_\r\n\t\0'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const anyText = fc.string({ unit, maxLength: 12 });
const text = fc.string({ unit, minLength: 1, maxLength: 12 }).filter((candidate) => !/^\.{1,2}$/.test(candidate));
const name = fc.string({ unit, minLength: 1, maxLength: 8 }).map((candidate) => candidate.replace(/[{}/?#]/g, '_'));
/** What separates in a style cannot be told from what a value holds, where URLs have no escape for the difference. */
const without = (arbitrary: fc.Arbitrary<string>, characters: RegExp): fc.Arbitrary<string> =>
  arbitrary.map((candidate) => `v${candidate.replace(characters, '')}`);

function sampleOf(place: keyof typeof stylesOf, parameterName: string, index: number): fc.Arbitrary<Sample> {
  const unique = place === 'header' ? `X-${index}` : `${parameterName}${index}`;
  return fc
    .record({
      style: fc.constantFrom(...stylesOf[place]),
      explode: fc.boolean(),
      shape: fc.constantFrom('one', 'list', 'object' as const),
      scalar: fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()),
      isText: fc.boolean(),
      allowReserved: place === 'query' ? fc.boolean() : fc.constant(false),
    })
    .chain(({ style, explode, shape, scalar, isText, allowReserved }) => {
      const parameter: ApiParameter = {
        name: unique,
        in: place,
        required: true,
        deprecated: false,
        style,
        explode,
        allowReserved,
        schema: {},
      };
      // Reserved characters that were asked to stay are separators, too.
      const plain = itemOf(place, style, explode);
      const item = allowReserved ? without(plain, /[,:/?@!$'()*;=]/g) : plain;
      if (style === 'deepObject' || shape === 'object') {
        const key = without(style === 'deepObject' ? without(anyText, /[[\]]/g) : item, /^$/g).map((each) => `${index}${each}`);
        return fc
          .dictionary(key, item, { minKeys: 1, maxKeys: 4 })
          .map((value): Sample => ({ parameter, value, texts: wellFormed(value) }));
      }
      if (shape === 'list')
        return fc
          .array(item, { minLength: 1, maxLength: 4 })
          .map((value): Sample => ({ parameter, value, texts: value.map((each) => each.toWellFormed()) }));
      if (!isText) return fc.constant<Sample>({ parameter, value: scalar, texts: JSON.stringify(scalar) });
      return (place === 'header' ? item : text).map((value): Sample => ({ parameter, value, texts: value.toWellFormed() }));
    });
}

const stylesOf = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
} as const;

function itemOf(place: ApiParameter['in'], style: ApiParameter['style'], explode: boolean): fc.Arbitrary<string> {
  if (place === 'header') return fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).map((each) => `v${each.replace(/[ ,=]/g, '')}`);
  if (style === 'label' && explode) return without(anyText, /\./g);
  if (style === 'spaceDelimited') return without(anyText, / /g);
  if (style === 'pipeDelimited') return without(anyText, /\|/g);
  return without(anyText, /^$/g);
}

const wellFormed = (record: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key.toWellFormed(), value.toWellFormed()]));

const samples: fc.Arbitrary<readonly Sample[]> = fc
  .array(fc.tuple(fc.constantFrom('path', 'query', 'header', 'cookie' as const), name), { maxLength: 6 })
  .chain((wanted) => fc.tuple(...wanted.map(([place, parameterName], index) => sampleOf(place, parameterName, index))));

function operationOf(parameters: readonly ApiParameter[], body?: ApiBody): Operation {
  const inPath = parameters.filter((parameter) => parameter.in === 'path').map((parameter) => `/in/{${parameter.name}}`);
  const operation: ApiOperation = {
    method: 'POST',
    path: inPath.join('') || '/',
    pointer: '',
    tags: [],
    deprecated: false,
    parameters,
    ...(body === undefined ? {} : { body }),
    responses: [],
    security: [],
    annotations: {},
  };
  const input = toolInput(operation, { references: referencesOf({}) });
  return {
    description: '',
    method: operation.method,
    path: operation.path,
    parameters: input.parameters,
    ...(input.body === undefined ? {} : { body: input.body }),
    security: [],
    inputSchema: { type: 'object' },
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
  };
}

/** The arguments by the names that the table gives them. */
function argumentsOf({ parameters }: Operation, given: readonly Sample[]): Arguments {
  return Object.fromEntries(
    given.map(({ parameter, value }) => {
      const row = parameters.find((each) => each.in === parameter.in && (each.name ?? each.argument) === parameter.name);
      return [row?.argument ?? '', value];
    }),
  );
}

test('every whole number is sent exactly or refused, wherever it stands', () => {
  const beyond = fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }).map((whole) => [whole, false] as const);
  const within = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }).map((whole) => [whole, true] as const);
  const parameter: ApiParameter = {
    name: 'id',
    in: 'query',
    required: true,
    deprecated: false,
    style: 'form',
    explode: true,
    allowReserved: false,
    schema: {},
  };
  fc.assert(
    fc.property(fc.oneof(within, beyond), fc.boolean(), fc.boolean(), ([whole, isExact], isNegative, isNested) => {
      const written = `${isNegative && whole > 0n ? '-' : ''}${whole}`;
      // As a server reads what a client wrote.
      const args = JSON.parse(isNested ? `{"id":{"id":[${written}]}}` : `{"id":${written}}`);
      expect(isRounded(args)).toBe(!isExact);
      const { url } = buildRequest(operationOf([parameter]), args, api, settings).request;
      if (isExact) expect(decodeURIComponent(url)).toContain(`id=${isNested ? `[${written}]` : written}`);
    }),
    bounds,
  );
});

test('every parameter reads back as it was given', () => {
  fc.assert(
    fc.property(samples, (given) => {
      const operation = operationOf(given.map(({ parameter }) => parameter));
      const { request } = buildRequest(operation, argumentsOf(operation, given), api, settings);
      const { pathname, search } = new URL(request.url);
      const segments = pathname.slice('/base/in/'.length).split('/in/');
      const query = pairsOf(search.slice(1), '&');
      const cookies = pairsOf(request.headers.get('Cookie') ?? '', '; ');
      for (const { parameter, texts } of given) {
        if (parameter.in === 'path') expect(fromPath(segments.shift() ?? '', parameter, texts)).toEqual(texts);
        if (parameter.in === 'header') expect(fromParts(request.headers.get(parameter.name) ?? '', parameter, texts, ',')).toEqual(texts);
        if (parameter.in === 'query') expect(fromPairs(query, parameter, texts)).toEqual(texts);
        if (parameter.in === 'cookie') expect(fromPairs(cookies, parameter, texts)).toEqual(texts);
      }
      expect(segments.filter((segment) => segment !== '')).toEqual([]);
      expect(new URL(request.url).origin).toBe('https://api.example');
    }),
    bounds,
  );
});

type RawPair = readonly [name: string, value: string];

const pairsOf = (raw: string, separator: string): readonly RawPair[] =>
  raw === '' ? [] : raw.split(separator).map((pair): RawPair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);

/** `shape` is what was given: the styles do not tell a list of one from a text. */
function fromPath(raw: string, parameter: ApiParameter, shape: Sample['texts']): Sample['texts'] {
  const { style, explode } = parameter;
  if (style === 'simple') return fromParts(raw, parameter, shape, ',', decodeURIComponent);
  if (style === 'label') return fromParts(raw.slice(1), parameter, shape, explode ? '.' : ',', decodeURIComponent);
  const pairs = pairsOf(raw.slice(1), ';');
  if (explode && typeof shape !== 'string') return fromPairs(pairs, { ...parameter, style: 'form' }, shape);
  return fromParts(pairs[0]?.[1] ?? '', parameter, shape, ',', decodeURIComponent);
}

function fromParts(
  raw: string,
  { explode }: ApiParameter,
  shape: Sample['texts'],
  separator: string,
  decode: (text: string) => string = (each) => each,
): Sample['texts'] {
  if (typeof shape === 'string') return decode(raw);
  const parts = raw.split(separator);
  if (Array.isArray(shape)) return parts.map(decode);
  if (explode) return Object.fromEntries(pairsOf(raw, separator).map((pair) => pair.map(decode)));
  return Object.fromEntries(parts.flatMap((part, index) => (index % 2 === 0 ? [[decode(part), decode(parts[index + 1] ?? '')]] : [])));
}

function fromPairs(pairs: readonly RawPair[], parameter: ApiParameter, shape: Sample['texts']): Sample['texts'] {
  const { style, explode } = parameter;
  const values = pairs.filter(([key]) => decodeURIComponent(key) === parameter.name.toWellFormed()).map(([, value]) => value);
  if (typeof shape === 'string') return decodeURIComponent(values[0] ?? '');
  if (style === 'deepObject') {
    const prefix = `${parameter.name.toWellFormed()}[`;
    const members = pairs.map(([key, value]) => [decodeURIComponent(key), decodeURIComponent(value)] as const);
    return Object.fromEntries(
      members.filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length, -1), value]),
    );
  }
  if (Array.isArray(shape) && explode && style === 'form') return values.map(decodeURIComponent);
  if (!Array.isArray(shape) && explode) {
    const members = pairs.map(([key, value]) => [decodeURIComponent(key), decodeURIComponent(value)] as const);
    return Object.fromEntries(members.filter(([key]) => Object.hasOwn(shape, key)));
  }
  const separator = style === 'spaceDelimited' ? '%20' : style === 'pipeDelimited' ? '%7C' : ',';
  return fromParts(values[0] ?? '', { ...parameter, explode: false }, shape, separator, decodeURIComponent);
}

/** Names that a form can carry: at least a character, no two the same, none that multipart would write like another. */
const fieldName = fc.string({ unit, minLength: 1, maxLength: 8 }).map((each) => each.replaceAll(/[%\r\n]/g, '_').toWellFormed());

const bodyOf = (mediaType: string, names: readonly string[], schema: unknown = {}): ApiBody => ({
  required: true,
  media: [
    {
      mediaType,
      schema: { type: 'object', properties: Object.fromEntries(names.map((each) => [each, schema])) },
      encodings: new Map(),
    },
  ],
});

function requestOf<Value>(mediaType: string, values: Readonly<Record<string, Value>>, schema?: unknown): Request {
  const operation = operationOf([], bodyOf(mediaType, Object.keys(values), schema));
  const args = (operation.body?.fields ?? []).map(({ argument, name: own = argument }) => [argument, values[own]]);
  return buildRequest(operation, Object.fromEntries(args), api, settings).request;
}

/** Whole numbers that JSON's readers round are refused, which is another test's business. */
const withoutRounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, each) => (Number.isInteger(each) && !Number.isSafeInteger(each) ? 0 : each));

test('every field of a JSON body reads back as it was given', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fieldName, fc.jsonValue({ noUnicodeString: false }).map(withoutRounded), { minKeys: 1, noNullPrototype: true }),
      async (values) => {
        expect(JSON.parse(await requestOf('application/json', values).text())).toEqual(JSON.parse(JSON.stringify(values)));
      },
    ),
    bounds,
  );
});

test('every field of a form reads back as it was given', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fieldName, anyText, { minKeys: 1, noNullPrototype: true }), async (values) => {
      const read = new URLSearchParams(await requestOf('application/x-www-form-urlencoded', values).text());
      expect(Object.fromEntries(read)).toEqual(wellFormed(values));
    }),
    bounds,
  );
});

test('every file of a form with files reads back as it was given', async () => {
  const file = fc.uint8Array({ maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fieldName, file, { minKeys: 1, noNullPrototype: true }), async (files) => {
      const values = Object.fromEntries(Object.entries(files).map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')]));
      const form = await requestOf('multipart/form-data', values, { type: 'string', format: 'binary' }).formData();
      const read: [string, string][] = [];
      for (const [key, part] of form) {
        if (typeof part === 'string') throw new Error(`${key} is no file.`);
        read.push([key, Buffer.from(await part.arrayBuffer()).toString('base64')]);
      }
      expect(Object.fromEntries(read)).toEqual(values);
    }),
    bounds,
  );
});

test('no argument makes more than a sentence of a call that cannot be made', () => {
  fc.assert(
    fc.property(samples, fc.array(fc.jsonValue(), { minLength: 6, maxLength: 6 }), (given, values) => {
      const operation = operationOf(given.map(({ parameter }) => parameter));
      const args = Object.fromEntries(operation.parameters.map(({ argument }, index) => [argument, values[index]]));
      try {
        const { request } = buildRequest(operation, args, api, settings);
        expect(new URL(request.url).href).toMatch(/^https:\/\/api\.example\/base\//);
      } catch (error) {
        expect(error).toBeInstanceOf(UnusableArguments);
      }
    }),
    bounds,
  );
});
