import { type JobType, jobTypes, languages, type StoredSubmission } from '@mcpoverflow/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gunzip } from '../gzip.ts';
import { type Admission, admit } from './admit.ts';
import { type Body, rebuild, withOriginalText } from './rebuild.ts';

async function admitted(type: JobType, body: unknown): Promise<Admission> {
  const admission = await admit(type, body);
  if (!admission.ok) throw new Error(`${type}: ${admission.error.detail}`);
  return admission.value;
}

async function rebuilt(submission: StoredSubmission) {
  const result = await rebuild(submission);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

/** What a Job stores of it, with the files as text: the same text may be compressed to different bytes. */
const stored = async ({ parameters, options, files }: Pick<Admission, 'parameters' | 'options' | 'files'>) => ({
  parameters,
  options,
  files: await Promise.all(files.map(async ({ path, format, gzip }) => ({ path, format, text: await new Response(gunzip(gzip)).text() }))),
});

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const word = fc.stringMatching(/^[a-z]{1,8}$/);
const json = fc.dictionary(word, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });

const openapi = json.map((extra) => ({ openapi: '3.1.0', info: { title: 'T', version: '1' }, ...extra, paths: { '/a': { get: extra } } }));
const postman = json.map((info) => ({ info: { ...info, schema: 'https://schema.getpostman.com/json/collection/v2.1.0/' }, item: [] }));
const graphqlText = word.map((name) => `type Query {\n  ${name}(id: ID!): String # größer\n}\n`);
const yamlText = word.map((title) => `\uFEFFopenapi: 3.0.3\ninfo: { title: ${title}, version: "1" } # kept\npaths: {}\n`);

/** An object, or any text that means one. */
const documentOf = (document: fc.Arbitrary<object>): fc.Arbitrary<unknown> =>
  fc.oneof(
    document,
    document.map((value) => JSON.stringify(value)),
    document.map((value) => `\n${JSON.stringify(value, null, 3)} `),
  );
const specification = fc.oneof(
  fc.record({ specType: fc.constant('openapi'), spec: fc.oneof(documentOf(openapi), yamlText) }),
  fc.record({ specType: fc.constant('postman'), spec: documentOf(postman) }),
  fc.record({ specType: fc.constant('graphql'), spec: graphqlText }),
);
const spec = specification.map((whole) => whole.spec);

const files = fc.uniqueArray(fc.record({ path: fc.tuple(word, word).map((parts) => parts.join('/')), content: fc.string() }), {
  selector: ({ path }) => path,
  minLength: 1,
  maxLength: 3,
});
const language = fc.constantFrom(...languages);
const connector = fc.oneof(
  fc.record({ jobId: fc.uuid() }),
  fc.record({ files, language }),
  fc.record({ code: fc.string({ minLength: 1 }), language }),
);

const options = fc.record(
  {
    webhook: fc.constant({ url: 'https://hooks.example.com/x' }),
    metadata: fc.dictionary(word, word, { maxKeys: 3 }),
    engine: fc.constantFrom('auto', 'openhands', 'embedded'),
    fallback: fc.constantFrom('none', 'embedded'),
    priority: fc.constantFrom('normal', 'low'),
    maxCostUsd: fc.integer({ min: 1, max: 100 }),
  },
  { requiredKeys: [] },
);

const customizations = fc.record(
  {
    names: fc.dictionary(word, fc.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/), { maxKeys: 3 }),
    descriptions: fc.dictionary(word, word, { maxKeys: 3 }),
    maxTools: fc.integer({ min: 1, max: 2000 }),
    mode: fc.constantFrom('auto', 'list', 'dynamic'),
    refs: fc.constantFrom('inline', 'defs'),
    outputSchemas: fc.boolean(),
    baseUrl: fc.constant('https://api.example.com/v1/'),
  },
  { requiredKeys: [] },
);

const generated = fc.record(
  {
    authConfig: json,
    customizations,
    selectedEndpoints: fc.array(fc.oneof(word, fc.record({ method: word, path: word })), { minLength: 1, maxLength: 3 }),
    language,
    runtime: fc.constantFrom('docker', 'lambda'),
  },
  { requiredKeys: [] },
);

const own: Record<JobType, fc.Arbitrary<object>> = {
  analyze: specification,
  'generate-connector': fc.tuple(specification, generated, word).map(([what, how, name]) => ({ ...what, ...how, name })),
  'generate-from-description': word.map((description) => ({ description: `  ${description} ` })),
  'generate-tests': fc.record({ connector, spec }),
  'generate-documentation': fc.record({ connector, spec }),
  'validate-connector': fc.record({ connector, tests: optional(files) }),
  'fix-connector': fc.record({
    connector,
    error: fc.record({ message: word, stack: fc.string(), apiResponse: fc.jsonValue() }, { requiredKeys: ['message'] }),
  }),
};

describe('a rebuilt submission', () => {
  it.each(jobTypes)('of the type %s is admitted as what is stored', async (type) => {
    await fc.assert(
      fc.asyncProperty(own[type], options, async (fields, chosen) => {
        const first = await admitted(type, JSON.parse(JSON.stringify({ ...fields, ...chosen })));
        const back = await rebuilt({ ...first, generation: 1, former: [] });
        const again = await admitted(type, withOriginalText(back.body, back));
        expect(await stored(again)).toEqual(await stored(first));
        // As it is patched, the specification is an object; only its text may differ then.
        const asObject = await stored(await admitted(type, back.body));
        expect({ ...asObject, files: [] }).toEqual({ ...(await stored(first)), files: [] });
        expect(asObject.files.map(meaning)).toEqual((await stored(first)).files.map(meaning));
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['JSON text', '{ "openapi": "3.0.0", "paths": {}, "x-large": 12345678901234567890 }'],
    ['JSON text with a comment', '{ "openapi": "3.0.0", "paths": {}, // none\n "x-large": 12345678901234567890 }'],
  ])('holds a specification that was %s as an object, and its text unless the object changes', async (_what, text) => {
    const back = await rebuilt({ ...(await admitted('analyze', { specType: 'openapi', spec: text })), generation: 1, former: [] });
    expect(back.body).toEqual({ specType: 'openapi', spec: { openapi: '3.0.0', paths: {}, 'x-large': Number('12345678901234567890') } });
    expect(withOriginalText({ ...back.body, priority: 'low' }, back)).toMatchObject({ spec: text });
    const changed: Body = { ...back.body, spec: { openapi: '3.1.0' } };
    expect(withOriginalText(changed, back)).toBe(changed);
  });

  it('says so when what is stored is no JSON', async () => {
    const admission = await admitted('generate-connector', { name: 'x', specType: 'graphql', spec: 'type Query { a: Int }' });
    const files = admission.files.map((file) => ({ ...file, format: 'json' as const }));
    expect((await rebuild({ ...admission, files, generation: 1, former: [] })).ok).toBe(false);
  });
});

const meaning = ({ text, ...file }: { readonly text: string; readonly format: string | undefined }) => ({
  ...file,
  value: file.format === 'json' ? JSON.parse(text) : text,
});
