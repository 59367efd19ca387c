/**
 * The OpenAPI 3.1 document, from the routes and the zod schemas they validate with. All schemas are
 * converted in one go, so that a schema with an id becomes one component however often it is used.
 */
import {
  jobErrorCodes,
  jobEventSchema,
  jobProgressSchema,
  type ProblemCode,
  pingBodySchema,
  problemCodes,
  problemSchema,
  resultSchemas,
  type WebhookEvent,
  webhookBodySchema,
} from '@mcpoverflow/types';
import * as z from 'zod';
import type { DocumentedRoute } from '../src/route.ts';

type Json = Record<string, unknown>;

/** The calls we make, and when. */
const webhookSummaries: Readonly<Record<WebhookEvent | 'ping', string>> = {
  'job.completed': 'A job is completed',
  'job.failed': 'A job has failed',
  'job.cancelled': 'A job is cancelled',
  'job.started': 'A job has started; sent to those who ask for it',
  ping: 'A test call, made once',
};

/** What every call carries (Standard Webhooks 1.0.0). */
const webhookHeaders = [
  { name: 'webhook-id', description: 'Names the event: the same in every attempt, so a repeat can be told from news.' },
  { name: 'webhook-timestamp', description: 'When this attempt was made, in seconds since 1970. Refuse what is older than five minutes.' },
  {
    name: 'webhook-signature',
    description:
      '`v1,` and a base64 HMAC-SHA256 of id, timestamp and raw body, joined by dots; one for each live secret, separated by spaces.',
  },
];

/** Zod writes references to its own `$defs`; OpenAPI keeps schemas under `components`. */
function asComponents(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asComponents);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string' ? inner.replace('#/$defs/', '#/components/schemas/') : asComponents(inner),
    ]),
  );
}

/** Every schema of every operation, under a name that finds it again. */
function schemasOf(routes: readonly DocumentedRoute[]): Record<string, z.ZodType> {
  const schemas: Record<string, z.ZodType> = {
    problem: problemSchema,
    webhook: webhookBodySchema,
    ping: pingBodySchema,
    // Named by the stream that carries them as text.
    event: jobEventSchema,
    progress: jobProgressSchema,
  };
  for (const [type, schema] of Object.entries(resultSchemas)) schemas[`result ${type}`] = schema;
  for (const { operation } of routes) {
    const { operationId, body, answers, parameters = [] } = operation;
    if (body !== undefined) schemas[`body ${operationId}`] = body.schema;
    for (const { name, schema } of parameters) schemas[`parameter ${operationId} ${name}`] = schema;
    for (const [status, { schema }] of Object.entries(answers))
      if (schema !== undefined) schemas[`answer ${operationId} ${status}`] = schema;
  }
  return schemas;
}

const convertedSchema = z.object({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())),
  $defs: z.record(z.string(), z.record(z.string(), z.unknown())),
});

function convert(schemas: Record<string, z.ZodType>): {
  readonly schema: (name: string) => Json;
  readonly components: Record<string, Json>;
} {
  const converted = z.toJSONSchema(z.object(schemas), {
    target: 'draft-2020-12',
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // The component's name says it; JSON Schema knows no `id`.
      delete jsonSchema.id;
      // True and unreadable: what `format` and `integer` say already.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  const { properties, $defs } = convertedSchema.parse(asComponents(converted));
  const schema = (name: string): Json => {
    const known = properties[name];
    if (known === undefined) throw new Error(`no schema ${name}`);
    return known;
  };
  return { schema, components: $defs };
}

/** What any call can be answered, whatever it is about. */
const anywhere: readonly ProblemCode[] = ['address-too-long', 'rate-limited', 'headers-too-large'];

/** What a route can refuse; also what its place in the application refuses for it. */
const problemsOf = ({ operation, startsJobs }: DocumentedRoute): readonly ProblemCode[] => [
  ...operation.problems,
  ...anywhere,
  ...(startsJobs === true ? (['draining'] as const) : []),
];

function problemAnswers(problems: readonly ProblemCode[]): Json {
  const byStatus = Map.groupBy(problems, (code) => problemCodes[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${problemCodes[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

/** The calls that receivers get, in the same words as the calls that we take. */
function webhookCalls(schema: (name: string) => Json): Json {
  const calls = Object.entries(webhookSummaries).map(([event, summary]) => [
    event,
    {
      post: {
        operationId: `webhook.${event}`,
        tags: ['Webhooks'],
        summary,
        parameters: webhookHeaders.map((header) => ({ ...header, in: 'header', required: true, schema: { type: 'string' } })),
        requestBody: { required: true, content: { 'application/json': { schema: schema(event === 'ping' ? 'ping' : 'webhook') } } },
        responses: {
          '2XX': { description: 'Delivered.' },
          '410': { description: 'Not wanted any more: the job’s calls to this URL end.' },
          default: {
            description: 'Not delivered, redirects included. A call about a job is made again for three days; `Retry-After` is honoured.',
          },
        },
        security: [],
      },
    },
  ]);
  return Object.fromEntries(calls);
}

/** The whole document. `version` is the api's own. */
export function openapiDocument(routes: readonly DocumentedRoute[], version: string): Json {
  const { schema, components } = convert(schemasOf(routes));
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const { method, path, scope, operation } = route;
    const { operationId, tag, summary, description, parameters = [], body, answers } = operation;
    const operationAnswers = Object.entries(answers).map(([status, { description: text, schema: answer, mediaType }]) => {
      const content = answer === undefined ? { type: 'string', format: 'binary' } : schema(`answer ${operationId} ${status}`);
      const hasContent = answer !== undefined || mediaType !== undefined;
      return [
        status,
        { description: text, ...(hasContent ? { content: { [mediaType ?? 'application/json']: { schema: content } } } : {}) },
      ];
    });
    paths[path] = {
      ...paths[path],
      [method]: {
        operationId,
        tags: [tag],
        summary,
        ...(description === undefined ? {} : { description }),
        ...(parameters.length === 0
          ? {}
          : {
              parameters: parameters.map(({ name, in: place, description: text }) => ({
                name,
                in: place,
                required: place === 'path',
                description: text,
                schema: schema(`parameter ${operationId} ${name}`),
              })),
            }),
        ...(body === undefined
          ? {}
          : {
              requestBody: {
                required: body.optional !== true,
                content: { 'application/json': { schema: schema(`body ${operationId}`), example: body.example } },
              },
            }),
        responses: { ...Object.fromEntries(operationAnswers), ...problemAnswers(problemsOf(route)) },
        security: scope === null ? [] : [{ bearer: [] }],
        // OpenAPI 3.1 lets the list above name it, but linters and clients take its names for scopes of OAuth.
        ...(scope === null ? {} : { 'x-required-scope': scope }),
      },
    };
  }
  const results = Object.keys(resultSchemas).map((type) => schema(`result ${type}`));
  const uniqueResults = [...new Map(results.map((result) => [JSON.stringify(result), result])).values()];
  const { Job: job, ...others } = components;
  const properties = z.record(z.string(), z.unknown()).parse(job?.properties);
  return {
    openapi: '3.1.0',
    info: {
      title: 'MCPoverflow AI Engine',
      version,
      description:
        'Send an API specification, get a tested MCP connector. Submissions are jobs: once one has been answered 202 it reaches exactly one end.',
      contact: { name: 'MCPoverflow', url: 'https://github.com/mcpoverflow/mcpoverflow/issues', email: 'support@mcpoverflow.com' },
      license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: [
      { name: 'Submit', description: 'Each call starts one kind of job.' },
      { name: 'Jobs', description: 'Reading, following and steering jobs.' },
      {
        name: 'Webhooks',
        description: 'Signed calls to your service when jobs end: where they go, the secret that signs them, and what became of them.',
      },
      {
        name: 'Dead letters',
        description:
          'What died, why, and bringing it back: failed jobs, webhook calls that were given up, and queue messages nobody could read. Needs a key with the scope `operate`, which sees its own tenant’s; a key of the engine’s operator sees everybody’s.',
      },
      { name: 'Engine', description: 'The engine itself.' },
    ],
    paths,
    webhooks: webhookCalls(schema),
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'An API key, `mcp_<id>_<secret>`; none is needed in the local environment. Every call says which scope its key must have (`x-required-scope`): `submit` starts and steers, `read` looks, `operate` deals with dead letters.',
        },
      },
      schemas: {
        ...others,
        Job: {
          ...job,
          properties: { ...properties, result: { description: 'The result; its shape follows from `type`.', anyOf: uniqueResults } },
        },
      },
    },
    'x-problem-codes': problemCodes,
    'x-job-error-codes': jobErrorCodes,
  };
}
