/**
 * Admits a specification: finds out what it is, refuses what no job could use, and says how it is to be
 * stored. Text is kept as it came (a person will compare line numbers); an object becomes JSON text.
 */
import { fail, type JsonFault, ok, parseLenientJson, type Result, type SpecFormat, type SpecType } from '@mcpoverflow/types';
import { type Refusal, refusalAt } from '../problems.ts';
import { checkDocument, kindOf, MAX_OPERATIONS, tooManyOperations } from './document-shape.ts';
import { countGraphqlOperations, looksLikeGraphql } from './graphql-text.ts';
import { isRecord } from './record.ts';
import { parseYaml, type YamlFault } from './yaml-text.ts';

export interface Specification {
  readonly specType: SpecType;
  readonly format: SpecFormat;
  readonly text: string;
}

type Document = Readonly<Record<string, unknown>>;

const unreadable = (fault: JsonFault | YamlFault, language: string): Refusal =>
  refusalAt('invalid-specification', '/spec', fault.code === 'syntax' ? `is not valid ${language}: ${fault.detail}` : fault.detail);

function parseText(text: string): Result<{ readonly document: unknown; readonly format: 'json' | 'yaml' }, Refusal> {
  if (!/^\s*[{[]/.test(text)) {
    const yaml = parseYaml(text);
    return yaml.ok ? ok({ document: yaml.value, format: 'yaml' }) : fail(unreadable(yaml.error, 'JSON or YAML'));
  }
  const json = parseLenientJson(text);
  if (json.ok) return ok({ document: json.value, format: 'json' });
  if (json.error.code !== 'syntax') return fail(unreadable(json.error, 'JSON'));
  // YAML may be written with braces, too.
  const yaml = parseYaml(text);
  return yaml.ok ? ok({ document: yaml.value, format: 'yaml' }) : fail(unreadable(json.error, 'JSON'));
}

function admitGraphql(text: string): Result<Specification, Refusal> {
  const operations = countGraphqlOperations(text);
  if (!operations.ok) return fail(refusalAt('invalid-specification', '/spec', operations.error));
  if (operations.value > MAX_OPERATIONS) return fail(tooManyOperations('/spec'));
  return ok({ specType: 'graphql', format: 'graphql', text });
}

function admitDocument(document: unknown, claimed: SpecType | undefined): Result<SpecType, Refusal> {
  if (!isRecord(document)) {
    return fail(refusalAt('invalid-specification', '/spec', 'must be an object, or the JSON, YAML or GraphQL text of a specification'));
  }
  const found = kindOf(document);
  if (claimed !== undefined && found !== undefined && claimed !== found) {
    return fail(refusalAt('invalid-specification', '/specType', `says "${claimed}", but the specification is "${found}"`));
  }
  const kind = claimed ?? found;
  if (kind === undefined) {
    return fail(refusalAt('unsupported-specification', '/spec', 'is neither OpenAPI, Swagger, a Postman collection nor a GraphQL schema'));
  }
  if (kind === 'graphql' && found === undefined) {
    return fail(refusalAt('invalid-specification', '/spec', 'must be GraphQL SDL text, or the answer to an introspection query'));
  }
  const checked = checkDocument(kind, document);
  return checked.ok ? ok(kind) : checked;
}

/** `claimed` is the submission's `specType`; routes without one have it found out. */
export function admitSpecification(spec: string | Document, claimed: SpecType | undefined): Result<Specification, Refusal> {
  if (typeof spec !== 'string') {
    const specType = admitDocument(spec, claimed);
    return specType.ok ? ok({ specType: specType.value, format: 'json', text: JSON.stringify(spec) }) : specType;
  }
  // A byte order mark would make valid JSON unreadable further on.
  const text = spec.replace(/^\uFEFF/, '');
  if (
    (claimed === 'graphql' && !/^\s*[{[]/.test(text)) ||
    (claimed === undefined && !/^\s*[{[]/.test(text) && !/^["']?(openapi|swagger)\b/m.test(text) && looksLikeGraphql(text))
  ) {
    return admitGraphql(text);
  }
  const parsed = parseText(text);
  if (!parsed.ok) return parsed;
  const specType = admitDocument(parsed.value.document, claimed);
  return specType.ok ? ok({ specType: specType.value, format: parsed.value.format, text }) : specType;
}
