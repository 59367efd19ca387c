/**
 * OpenHands Cloud's published contract as a judge: which calls there are, what may be asked and what may be
 * answered. The fake Cloud server holds both sides to it, the driver's requests and its own answers, so that
 * neither can drift from what OpenHands publishes. The copy names its source; it is trimmed to what is used.
 */
import { type Schema, Validator } from '@cfworker/json-schema';
import * as z from 'zod';
import published from './openhands-cloud-openapi.json' with { type: 'json' };

const jsonSchema = z.record(z.string(), z.unknown());
const contentSchema = z.object({ content: z.object({ 'application/json': z.object({ schema: jsonSchema }) }).optional() });
const operationSchema = z.object({
  parameters: z.array(z.object({ name: z.string(), in: z.enum(['path', 'query']), required: z.boolean(), schema: jsonSchema })).default([]),
  requestBody: contentSchema.optional(),
  responses: z.record(z.string(), contentSchema),
});
const contract = z
  .object({
    paths: z.record(z.string(), z.record(z.string(), operationSchema)),
    components: z.object({ schemas: z.record(z.string(), jsonSchema) }),
  })
  .parse(published);

export interface Operation {
  /** Such as `get /api/v1/app-conversations`. */
  readonly name: string;
  /** Values of the path's parameters. */
  readonly path: Readonly<Record<string, string>>;
  /** What is wrong with a request: one sentence each. */
  requestFaults(query: URLSearchParams, body: unknown): string[];
  /** What is wrong with an answer. One whose shape is not published is not judged. */
  answerFaults(status: number, body: unknown): string[];
}

/** The operation a call is; null for one that is not published. */
export function publishedOperation(method: string, pathname: string): Operation | null {
  for (const [template, methods] of Object.entries(contract.paths)) {
    const operation = methods[method.toLowerCase()];
    const pattern = new RegExp(`^${template.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const found = operation === undefined ? null : pattern.exec(pathname);
    // A fixed path such as `/count` comes before one with a parameter in its place.
    if (operation === undefined || found === null || (found.groups !== undefined && isFixed(method, pathname))) continue;
    return judge(`${method.toLowerCase()} ${template}`, operation, { ...found.groups });
  }
  return null;
}

const isFixed = (method: string, pathname: string): boolean => contract.paths[pathname]?.[method.toLowerCase()] !== undefined;

function judge(name: string, operation: z.infer<typeof operationSchema>, path: Readonly<Record<string, string>>): Operation {
  return {
    name,
    path,
    requestFaults(query, body) {
      const declared = operation.parameters.filter((parameter) => parameter.in === 'query');
      const unknown = [...new Set(query.keys())].filter((key) => !declared.some((parameter) => parameter.name === key));
      const missing = declared.filter((parameter) => parameter.required && !query.has(parameter.name));
      const wrong = declared.flatMap((parameter) =>
        query.has(parameter.name) ? faultsOf(parameter.schema, queryValue(parameter.schema, query.getAll(parameter.name))) : [],
      );
      const schema = operation.requestBody?.content?.['application/json'].schema;
      return [
        ...unknown.map((key) => `${name}: the query ${key} is not published`),
        ...missing.map((parameter) => `${name}: the query ${parameter.name} is missing`),
        ...wrong.map((fault) => `${name}: query: ${fault}`),
        ...(schema === undefined
          ? []
          : [...faultsOf(schema, body), ...unknownFields(schema, body)].map((fault) => `${name}: body: ${fault}`)),
      ];
    },
    answerFaults(status, body) {
      const schema = operation.responses[String(status)]?.content?.['application/json'].schema;
      return schema === undefined ? [] : faultsOf(schema, body).map((fault) => `${name}: answer ${status}: ${fault}`);
    },
  };
}

function queryValue(schema: Readonly<Record<string, unknown>>, values: readonly string[]): unknown {
  if (schema.type === 'array') return values;
  return schema.type === 'integer' ? Number(values[0]) : values[0];
}

/** Fields are optional in the published requests, so a misspelt one would pass for none. */
function unknownFields(schema: Readonly<Record<string, unknown>>, body: unknown): string[] {
  const target = typeof schema.$ref === 'string' ? contract.components.schemas[schema.$ref.split('/').at(-1) ?? ''] : schema;
  const known = Object.keys(jsonSchema.safeParse(target?.properties).data ?? {});
  return Object.keys(jsonSchema.safeParse(body).data ?? {})
    .filter((field) => !known.includes(field))
    .map((field) => `the field ${field} is not published`);
}

function faultsOf(schema: Readonly<Record<string, unknown>>, value: unknown): string[] {
  const whole: Schema = { ...schema, components: contract.components };
  return new Validator(whole, '2020-12').validate(value).errors.map((error) => `${error.instanceLocation} ${error.error}`);
}
