/**
 * The OpenAPI document as one page for reading: no scripts, no fonts, no other hosts. It shows what a
 * caller needs in the order they need it; the full schemas follow at the end, folded.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';

const schemaSchema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  default: z.unknown().optional(),
});

const operationSchema = z.object({
  operationId: z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.string().optional(),
  'x-required-scope': z.string().optional(),
  parameters: z.array(z.object({ name: z.string(), in: z.string(), description: z.string() })).optional(),
  requestBody: z.object({ content: z.object({ 'application/json': z.object({ schema: z.unknown(), example: z.unknown() }) }) }).optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), content: z.record(z.string(), z.object({ schema: z.unknown() })).optional() }),
  ),
});

const webhookCallSchema = z.object({
  operationId: z.string(),
  summary: z.string(),
  parameters: z.array(z.object({ name: z.string(), description: z.string() })),
  requestBody: z.object({ content: z.object({ 'application/json': z.object({ schema: z.unknown() }) }) }),
  responses: z.record(z.string(), z.object({ description: z.string() })),
});

const documentSchema = z.object({
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  webhooks: z.record(z.string(), z.object({ post: webhookCallSchema })),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
  'x-problem-codes': z.record(z.string(), z.object({ status: z.number(), title: z.string() })),
  'x-job-error-codes': z.record(z.string(), z.object({ retryable: z.boolean() })),
});
type Document = z.infer<typeof documentSchema>;
type DocumentedOperation = z.infer<typeof operationSchema>;

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
/** Plain text in which `code` is marked by backticks. */
const prose = (text: string): string => escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
const json = (value: unknown): string => `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`;

const styles = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); } h3 { margin-top: 2.25rem; }
code, pre { font: 0.875em/1.5 ui-monospace, monospace; } pre { overflow-x: auto; padding: 0.75rem; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375em; } th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid var(--line); }
nav ul { columns: 2; padding-left: 1.1rem; } summary { cursor: pointer; }
`;

/** Names the page's own styles, so that its policy allows these and no others (CSP, `style-src`). */
export const stylesHash = `sha256-${createHash('sha256').update(styles).digest('base64')}`;

const nameOfReference = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);

/** A schema in a few words; references are linked. */
function typeOf(input: unknown): string {
  const schema = schemaSchema.parse(input);
  if (schema.$ref !== undefined) {
    const name = escapeHtml(nameOfReference(schema.$ref));
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.enum !== undefined) return schema.enum.map((value) => `<code>${escapeHtml(String(value))}</code>`).join(' ');
  if (schema.const !== undefined) return `<code>${escapeHtml(String(schema.const))}</code>`;
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  return escapeHtml([schema.type ?? 'anything'].flat().join(' or '));
}

function fieldsTable(input: unknown): string {
  const { properties = {}, required = [] } = schemaSchema.parse(input);
  const rows = Object.entries(properties).map(([name, property]) => {
    const { description = '', default: preset } = schemaSchema.parse(property);
    const need = required.includes(name) ? 'required' : preset === undefined ? '' : `default <code>${escapeHtml(String(preset))}</code>`;
    return `<tr><td><code>${escapeHtml(name)}</code></td><td>${typeOf(property)}</td><td>${need}</td><td>${prose(description)}</td></tr>`;
  });
  return rows.length === 0 ? '' : `<table><tr><th>Field</th><th>Type</th><th></th><th></th></tr>${rows.join('\n')}</table>`;
}

function resolve(document: Document, input: unknown): unknown {
  const { $ref } = schemaSchema.parse(input);
  return $ref === undefined ? input : document.components.schemas[nameOfReference($ref)];
}

/** `deadLetter` as a variable of a shell: `DEAD_LETTER`. */
const shellName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

function curlOf(method: string, path: string, example: unknown): string {
  const address = `http://localhost:8787${path.replace(/\{(\w+?)Id\}/g, (_whole, name: string) => `$${shellName(name)}_ID`)}`;
  if (example === undefined)
    return `<pre>${escapeHtml(method === 'get' ? `curl ${address}` : `curl -X ${method.toUpperCase()} ${address}`)}</pre>`;
  const body = JSON.stringify(example, null, 2);
  return `<pre>${escapeHtml(`curl -X ${method.toUpperCase()} ${address} \\\n  -H "Content-Type: application/json" \\\n  -d '${body}'`)}</pre>`;
}

/** An answer as it can be told from others. */
const answerName = (status: string, description: string): string => `${status} ${description}`;

/** The answers that most calls share, said once for all of them: they would be half of every table. */
function usualAnswers(operations: readonly DocumentedOperation[]): ReadonlySet<string> {
  const names = operations.flatMap(({ responses }) =>
    Object.entries(responses).map(([status, { description }]) => answerName(status, description)),
  );
  return new Set([...Map.groupBy(names, (name) => name)].filter(([, uses]) => uses.length > operations.length / 2).map(([name]) => name));
}

function operationHtml(
  document: Document,
  path: string,
  method: string,
  operation: DocumentedOperation,
  usual: ReadonlySet<string>,
): string {
  const body = operation.requestBody?.content['application/json'];
  const parameters = (operation.parameters ?? []).map(
    ({ name, in: place, description }) =>
      `<tr><td><code>${escapeHtml(name)}</code></td><td>${place}</td><td>${prose(description)}</td></tr>`,
  );
  const special = Object.entries(operation.responses).filter(([status, { description }]) => !usual.has(answerName(status, description)));
  const answers = special.map(([status, { description, content }]) => {
    const schemas = Object.values(content ?? {}).map(({ schema }) => typeOf(schema));
    return `<tr><td>${status}</td><td>${prose(description)}</td><td>${schemas.join(', ')}</td></tr>`;
  });
  const scope = operation['x-required-scope'];
  const need = scope === undefined ? '' : `; needs the scope <code>${escapeHtml(scope)}</code>`;
  return `<section id="${operation.operationId}">
<h3>${escapeHtml(operation.summary)}</h3>
<p><code>${method.toUpperCase()} ${escapeHtml(path)}</code>${need}</p>
<p>${prose(operation.description ?? '')}</p>
${curlOf(method, path, body?.example)}
${body === undefined ? '' : fieldsTable(resolve(document, body.schema))}
${parameters.length === 0 ? '' : `<table><tr><th>Parameter</th><th>In</th><th></th></tr>${parameters.join('\n')}</table>`}
<table><tr><th>Answer</th><th></th><th></th></tr>${answers.join('\n')}</table>
</section>`;
}

/** The calls that we make. They differ in event and body alone, so headers and answers are shown once. */
function webhooksHtml(document: Document): string {
  const calls = Object.entries(document.webhooks).map(([event, { post }]) => ({ event, ...post }));
  const [first] = calls;
  if (first === undefined) return '';
  const events = calls.map(({ event, summary, requestBody }) => {
    const body = typeOf(requestBody.content['application/json'].schema);
    return `<tr><td><code>${escapeHtml(event)}</code></td><td>${prose(summary)}</td><td>${body}</td></tr>`;
  });
  const headers = first.parameters.map(
    ({ name, description }) => `<tr><td><code>${escapeHtml(name)}</code></td><td>${prose(description)}</td></tr>`,
  );
  const answers = Object.entries(first.responses).map(
    ([status, { description }]) => `<tr><td>${escapeHtml(status)}</td><td>${prose(description)}</td></tr>`,
  );
  return `<h2 id="webhook-calls">The calls we make</h2>
<p>A POST to your URL, signed after Standard Webhooks 1.0.0: its libraries verify our calls.</p>
<table><tr><th>Event</th><th></th><th>Body</th></tr>${events.join('\n')}</table>
<table><tr><th>Header</th><th></th></tr>${headers.join('\n')}</table>
<table><tr><th>Your answer</th><th></th></tr>${answers.join('\n')}</table>
${fieldsTable(resolve(document, first.requestBody.content['application/json'].schema))}`;
}

/** The page for an OpenAPI document made by `openapiDocument`. */
export function docsPage(input: unknown): string {
  const document = documentSchema.parse(input);
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const usual = usualAnswers(operations.map(({ operation }) => operation));
  const sections = document.tags.map(({ name, description }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name));
    return `<h2>${escapeHtml(name)}</h2><p>${prose(description)}</p>${own.map(({ path, method, operation }) => operationHtml(document, path, method, operation, usual)).join('\n')}`;
  });
  const usualRows = [...usual].toSorted().map((answer) => `<tr><td>${answer.slice(0, 3)}</td><td>${prose(answer.slice(4))}</td></tr>`);
  const contents = operations.map(({ operation }) => `<li><a href="#${operation.operationId}">${escapeHtml(operation.summary)}</a></li>`);
  const problems = Object.entries(document['x-problem-codes']).map(
    ([code, { status, title }]) => `<tr id="problem-${code}"><td><code>${code}</code></td><td>${status}</td><td>${prose(title)}</td></tr>`,
  );
  const jobErrors = Object.entries(document['x-job-error-codes']).map(
    ([code, { retryable }]) => `<tr><td><code>${code}</code></td><td>${retryable ? 'yes' : 'no'}</td></tr>`,
  );
  const schemas = Object.entries(document.components.schemas)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, schema]) => `<details id="schema-${escapeHtml(name)}"><summary>${escapeHtml(name)}</summary>${json(schema)}</details>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(document.info.title)}</title>
<style>${styles}</style>
</head>
<body>
<h1>${escapeHtml(document.info.title)}</h1>
<p>${prose(document.info.description)} The same in machine form: <a href="/openapi.json">/openapi.json</a>, version ${escapeHtml(document.info.version)}.</p>
<nav><ul>${contents.join('\n')}<li><a href="#webhook-calls">The calls we make</a></li><li><a href="#problems">Problems</a></li><li><a href="#job-errors">Why jobs fail</a></li><li><a href="#schemas">Schemas</a></li></ul></nav>
${sections.join('\n')}
${webhooksHtml(document)}
<h2 id="problems">Problems</h2>
<p>Every error is <code>application/problem+json</code> (RFC 9457) with a stable <code>code</code>. Most calls can be answered these, beside what is said with them:</p>
<table>${usualRows.join('\n')}</table>
<p>All there are:</p>
<table><tr><th>Code</th><th>Status</th><th></th></tr>${problems.join('\n')}</table>
<h2 id="job-errors">Why jobs fail</h2>
<p>The <code>code</code> of a failed job’s <code>error</code>, and whether the same job may succeed when it is retried.</p>
<table><tr><th>Code</th><th>Worth a retry</th></tr>${jobErrors.join('\n')}</table>
<h2 id="schemas">Schemas</h2>
${schemas.join('\n')}
</body>
</html>
`;
}
