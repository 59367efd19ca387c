/**
 * What a caller may submit: one schema a route. HTTP validation and the OpenAPI document both come
 * from here. Unknown fields are refused, so that a misspelt option is an error and not a surprise.
 */
import * as z from 'zod';
import { uuidSchema } from './ids.ts';
import { type Language, languageSchema, type Runtime, refusedTarget, runtimeSchema, supportedRuntimes } from './targets.ts';

export const specTypes = ['openapi', 'graphql', 'postman'] as const;
export const engines = ['openhands', 'embedded'] as const;

export const specTypeSchema = z.enum(specTypes);
export const engineSchema = z.enum(engines).meta({ id: 'Engine', description: 'Who does the work.' });
export type SpecType = z.infer<typeof specTypeSchema>;
export type Engine = z.infer<typeof engineSchema>;

/** Control characters break logs, terminals and file names; names and metadata never need them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point.
const controlCharacters = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const printable = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((text) => !controlCharacters.test(text), 'must not contain control characters');

/** Events a webhook can ask for. */
export const webhookEvents = ['job.completed', 'job.failed', 'job.cancelled', 'job.started'] as const;
export const webhookEventSchema = z.enum(webhookEvents).meta({ id: 'WebhookEvent' });
export type WebhookEvent = z.infer<typeof webhookEventSchema>;
/** What is sent unless `events` says otherwise: every way to end. */
export const endingEvents: readonly WebhookEvent[] = ['job.completed', 'job.failed', 'job.cancelled'];

/** The URL is text here: what it may name depends on where the engine runs, and its faults deserve words of their own. */
export const webhookSchema = z
  .strictObject({
    url: z.string().min(1).max(2048).meta({ format: 'uri' }),
    events: z.array(webhookEventSchema).min(1).max(webhookEvents.length).optional(),
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof webhookSchema>;

export const metadataSchema = z
  .record(printable(64).min(1), printable(512))
  .refine((entries) => Object.keys(entries).length <= 50, 'must have at most 50 entries')
  .meta({ id: 'Metadata', description: 'Up to 50 strings of yours; echoed, never interpreted.' });

/** The options every submission takes beside its own fields. */
export const optionFields = {
  webhook: webhookSchema.optional().meta({
    description:
      'Called, signed, whichever way the job ends. `events`: all endings unless it says otherwise. Unset: the tenant’s default, if any.',
  }),
  metadata: metadataSchema.optional(),
  engine: z
    .enum(['auto', ...engines])
    .optional()
    .meta({ description: '`auto` (default): OpenHands when configured, else embedded.' }),
  fallback: z.enum(['none', 'embedded']).optional().meta({
    description: '`embedded`: when OpenHands fails, the embedded engine takes over and the job says so. `none` (default): the job fails.',
  }),
  priority: z.enum(['normal', 'low']).optional().meta({ description: '`low`: last in line while all runs are taken.' }),
  maxCostUsd: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .meta({ description: 'What the job may cost in US dollars, below the operator’s own bound: a run that costs more is stopped.' }),
};
export const optionsSchema = z.strictObject(optionFields);
export type SubmissionOptions = z.infer<typeof optionsSchema>;
export const optionNames = Object.keys(optionFields) as (keyof SubmissionOptions)[];

export const specSchema = z
  .union([z.string().min(1), z.record(z.string(), z.unknown())])
  .meta({ id: 'Specification', description: 'The specification: an object, or its JSON, YAML or GraphQL text.' });

export const filePathSchema = printable(255)
  .min(1)
  .refine(
    (path) =>
      !path.startsWith('/') && !path.includes('\\') && !path.split('/').some((part) => part === '' || part === '.' || part === '..'),
    {
      message: 'must be a relative path without empty, "." or ".." parts',
    },
  );
export const fileSchema = z.strictObject({ path: filePathSchema, content: z.string() }).meta({ id: 'File' });
export type GeneratedFile = z.infer<typeof fileSchema>;

const connectorReferenceSchema = z
  .union([
    z.strictObject({ jobId: uuidSchema }),
    z.strictObject({ files: z.array(fileSchema).min(1).max(500), language: languageSchema }),
    z.strictObject({ code: z.string().min(1), language: languageSchema }),
  ])
  .meta({ id: 'ConnectorReference', description: 'A connector: the job that made it, its files, or its code.' });
export type ConnectorReference = z.infer<typeof connectorReferenceSchema>;

/** Which operations are wanted: all that fit everything an entry says. */
export const endpointSelectionSchema = z
  .union([
    z.string().min(1).max(512).meta({
      description:
        '"GET /path", "/path", an operationId, "tag:pets", "method:GET", "risk:read" or "risk:write". Paths may hold * (within a segment) and ** (anything).',
    }),
    z
      .strictObject({
        method: z.string().min(1).max(16).optional(),
        path: z.string().min(1).max(2048).optional(),
        tag: z.string().min(1).max(512).optional(),
        operationId: z.string().min(1).max(512).optional(),
      })
      .refine((selection) => Object.keys(selection).length > 0, 'must name a method, path, tag or operationId'),
  ])
  .meta({ id: 'EndpointSelection' });
export type EndpointSelection = z.infer<typeof endpointSelectionSchema>;

const operationKey = z.string().min(1).max(512);

/** Each is compared with every path of the document. */
const MAX_STARRED_SELECTIONS = 50;
const hasStars = (selection: EndpointSelection): boolean =>
  (typeof selection === 'string' ? selection : (selection.path ?? '')).includes('*');

/** What a caller may have otherwise than the specification says. Operations are named as in `selectedEndpoints`: "GET /path" or operationId. */
export const customizationsSchema = z
  .strictObject({
    names: z
      .record(operationKey, z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, _ and -'))
      .optional()
      .meta({ description: 'Names of tools, by operation ("GET /path" or operationId).' }),
    descriptions: z
      .record(operationKey, z.string().min(1).max(4096))
      .optional()
      .meta({ description: 'Descriptions of tools, by operation.' }),
    maxTools: z.int().min(1).max(2000).optional().meta({
      description:
        'More operations than this (128) are offered through search_operations, describe_operation and call_operation; with `mode: list` the rest is skipped.',
    }),
    mode: z.enum(['auto', 'list', 'dynamic']).optional().meta({
      description:
        '`list`: a tool per operation. `dynamic`: three tools that search, describe and call operations. `auto` (default): dynamic above `maxTools` or about 50,000 tokens.',
    }),
    refs: z.enum(['inline', 'defs']).optional().meta({
      description: '`inline` (default): references in schemas are written out while they fit. `defs`: they stay, as `$defs`.',
    }),
    outputSchemas: z.boolean().optional().meta({ description: '`false`: tools have no output schemas.' }),
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      // It is written into the connector's files, and those are no place for secrets.
      .refine((url) => /^https?:\/\/[^/@]+\//.test(URL.parse(url)?.href ?? ''), 'Must hold no user name and no password.')
      .optional()
      .meta({ description: 'Where the API lives, instead of what the specification says.' }),
  })
  .meta({ id: 'Customizations' });
export type Customizations = z.infer<typeof customizationsSchema>;

const nameSchema = printable(100).min(1).meta({ description: 'The connector\u2019s name; sanitised before it becomes a package name.' });

export const analyzeSchema = z
  .strictObject({ specType: specTypeSchema, spec: specSchema, ...optionFields })
  .meta({ id: 'AnalyzeSubmission' });

const runtimeField = runtimeSchema.optional().meta({
  description:
    '`cloudflare-workers` for connectors in TypeScript, `docker` for the others, which do not run there, unless it says otherwise.',
});

/** Fills in the language's own default, and refuses a runtime that the language does not run on, with the list of what works. */
function chooseRuntime({ value, issues }: z.core.ParsePayload<{ language: Language; runtime?: Runtime | undefined }>): void {
  value.runtime ??= supportedRuntimes(value.language)[0];
  const refusal = value.runtime === undefined ? null : refusedTarget(value.language, value.runtime);
  if (refusal !== null) issues.push({ code: 'custom', input: value.runtime, path: ['runtime'], message: refusal });
}

export const generateConnectorSchema = z
  .strictObject({
    name: nameSchema,
    specType: specTypeSchema,
    spec: specSchema,
    language: languageSchema.default('typescript'),
    runtime: runtimeField,
    authConfig: z.record(z.string(), z.unknown()).optional(),
    selectedEndpoints: z
      .array(endpointSelectionSchema)
      .min(1)
      .max(2000)
      .refine((selection) => selection.filter(hasStars).length <= MAX_STARRED_SELECTIONS, 'must have at most 50 entries with stars')
      .optional(),
    customizations: customizationsSchema.optional(),
    ...optionFields,
  })
  .check(chooseRuntime)
  .meta({ id: 'GenerateConnectorSubmission' });

export const generateFromDescriptionSchema = z
  .strictObject({
    description: z.string().trim().min(1).max(20_000),
    language: languageSchema.default('typescript'),
    runtime: runtimeField,
    ...optionFields,
  })
  .check(chooseRuntime)
  .meta({ id: 'GenerateFromDescriptionSubmission' });

export const generateTestsSchema = z
  .strictObject({ connector: connectorReferenceSchema, spec: specSchema, ...optionFields })
  .meta({ id: 'GenerateTestsSubmission' });
export const generateDocumentationSchema = z
  .strictObject({ connector: connectorReferenceSchema, spec: specSchema, ...optionFields })
  .meta({ id: 'GenerateDocumentationSubmission' });
export const validateConnectorSchema = z
  .strictObject({ connector: connectorReferenceSchema, tests: z.array(fileSchema).max(500).optional(), ...optionFields })
  .meta({ id: 'ValidateConnectorSubmission' });
export const fixConnectorSchema = z
  .strictObject({
    connector: connectorReferenceSchema,
    error: z.strictObject({
      message: z.string().min(1).max(20_000),
      stack: z.string().max(100_000).optional(),
      apiResponse: z.unknown().optional(),
    }),
    ...optionFields,
  })
  .meta({ id: 'FixConnectorSubmission' });

/**
 * The seven kinds of work. Per kind: its submission schema, the seed's acknowledgement and its
 * estimate, and how long the submit call waits for the result unasked (`/api/analyze` was
 * synchronous in the original product, so it still waits).
 */
export const jobKinds = {
  analyze: { schema: analyzeSchema, message: 'API analysis started', estimatedMs: 10_000, waitMs: 10_000 },
  'generate-connector': { schema: generateConnectorSchema, message: 'Connector generation started', estimatedMs: 120_000, waitMs: 0 },
  'generate-from-description': {
    schema: generateFromDescriptionSchema,
    message: 'Natural language generation started',
    estimatedMs: 180_000,
    waitMs: 0,
  },
  'generate-tests': { schema: generateTestsSchema, message: 'Test generation started', estimatedMs: 120_000, waitMs: 0 },
  'generate-documentation': {
    schema: generateDocumentationSchema,
    message: 'Documentation generation started',
    estimatedMs: 60_000,
    waitMs: 0,
  },
  'validate-connector': { schema: validateConnectorSchema, message: 'Connector validation started', estimatedMs: 60_000, waitMs: 0 },
  'fix-connector': { schema: fixConnectorSchema, message: 'Connector fix started', estimatedMs: 120_000, waitMs: 0 },
} as const;

export type JobType = keyof typeof jobKinds;
export const jobTypes = Object.keys(jobKinds) as [JobType, ...JobType[]];
export const jobTypeSchema = z.enum(jobTypes).meta({ id: 'JobType' });

/** `POST /api/jobs/batch`: each item is a submission plus the `type` that would be its route. */
export const MAX_BATCH_ITEMS = 100;
export const batchSchema = z
  .strictObject({
    jobs: z
      .array(z.looseObject({ type: jobTypeSchema }))
      .min(1)
      .max(MAX_BATCH_ITEMS),
  })
  .meta({ id: 'BatchSubmission', description: 'Up to 100 submissions, each with a `type` and the fields of that route.' });
