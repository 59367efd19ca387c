/**
 * GraphQL schemas -> the one model: every query and mutation is an operation whose body holds the
 * variables of one fixed document. Nothing of a schema tells where the API lives: that is BASE_URL.
 */
import type { Result } from '@mcpoverflow/types';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import type { SpecificationFault } from '../../fault.ts';
import { isObject, type JsonObject, oneLine } from '../../json.ts';
import { type Issues, newIssues } from '../../model/issues.ts';
import type { ApiModel, ApiOperation } from '../../model/model.ts';
import { referencesOf } from '../../model/references.ts';
import { type Files, filesOf } from './files.ts';
import { guarded, type ReadSchema, schemaOfIntrospection, schemaOfText } from './read-schema.ts';
import { isConnection, selectionFor } from './selection.ts';
import { argumentsSchema, hasDefault, namedSchemas } from './type-schemas.ts';

/** Whether a document is the answer to an introspection query. */
export const isIntrospection = (document: JsonObject): boolean =>
  isObject(document.__schema) || (isObject(document.data) && isObject(document.data.__schema));

/** Builds the model of a GraphQL API. Fails with `specification-unusable` for what is no schema. */
export function graphqlModel(document: string | JsonObject): Result<ApiModel, SpecificationFault> {
  const issues = newIssues();
  return guarded(() =>
    modelOf(typeof document === 'string' ? schemaOfText(document, issues) : schemaOfIntrospection(document, issues), issues),
  );
}

type Field = GraphQLField<unknown, unknown>;
type OperationKind = 'query' | 'mutation';

/** Arguments named where the document has no words of its own. */
const MAX_TOLD_ARGUMENTS = 12;

function modelOf(read: ReadSchema, issues: Issues): ApiModel {
  const { schema } = read;
  const files = filesOf(schema);
  const queries = callableFields(schema.getQueryType(), read, files, issues);
  const mutations = callableFields(schema.getMutationType(), read, files, issues);
  const subscriptions = fieldsOf(schema.getSubscriptionType()).length;
  if (subscriptions > 0) issues.add('info', '', `Subscriptions do not end and cannot be tools; ${subscriptions} were left out.`);
  if (queries.length + mutations.length === 0) issues.add('warning', '', 'The document describes no operations.');
  const shared = new Set(queries.map(({ name }) => name));
  const schemas = namedSchemas(schema, files);
  const description = schema.description ?? '';
  return {
    title: oneLine(description.split('\n')[0]?.replace(/^#+\s*/, '') ?? '') || 'GraphQL API',
    version: '',
    description,
    basePaths: [],
    tags: [],
    operations: [
      ...queries.map((field) => operationOf('query', field, field.name, read, files)),
      ...mutations.map((field) =>
        operationOf('mutation', field, shared.has(field.name) ? `${field.name}_mutation` : field.name, read, files),
      ),
    ],
    securitySchemes: new Map(),
    schemas,
    references: referencesOf({ components: { schemas } }),
    issues: issues.list,
  };
}

/** What a document calls its root may be anything. */
const fieldsOf = (type: unknown): readonly Field[] => (isObjectType(type) ? Object.values(type.getFields()) : []);

/** The fields of a root but those that cannot do without a file. */
function callableFields(
  type: GraphQLObjectType | null | undefined,
  { pointerOf }: ReadSchema,
  files: Files,
  issues: Issues,
): readonly Field[] {
  return fieldsOf(type).filter((field) => {
    const isLost = files.isNeededBy(field.args);
    if (isLost || files.isTakenBy(field.args)) {
      const consequence = isLost ? 'it was left out' : 'what asks for one was left out';
      issues.add(
        'warning',
        pointerOf(type?.name ?? '', field.name),
        `It takes a file, and a connector sends none to GraphQL: ${consequence}.`,
      );
    }
    return !isLost;
  });
}

function operationOf(
  kind: OperationKind,
  field: Field,
  operationId: string,
  { schema, pointerOf }: ReadSchema,
  files: Files,
): ApiOperation {
  const root = (kind === 'query' ? schema.getQueryType() : schema.getMutationType())?.name ?? '';
  const selection = selectionFor(field.type, schema);
  const sent = files.without(field.args);
  const variables = argumentsSchema(sent);
  const data = { type: 'object', properties: { [field.name]: selection.schema }, required: [field.name] };
  const answer = { type: 'object', properties: { data }, required: ['data'] };
  const noEncodings = new Map();
  return {
    method: 'POST',
    // Schema coordinates behind a `#`: they tell operations apart and never reach the wire.
    path: `#${root}.${field.name}`,
    pointer: pointerOf(root, field.name),
    operationId,
    description: described(kind, field, sent, schema),
    tags: [...new Set([subjectOf(field.type, schema) ?? kind, kind])],
    deprecated: field.deprecationReason != null,
    parameters: [],
    body: {
      required: 'required' in variables,
      media: [{ mediaType: 'application/json', schema: variables, encodings: noEncodings }],
    },
    responses: [{ status: '200', description: '', media: [{ mediaType: 'application/json', schema: answer, encodings: noEncodings }] }],
    security: [],
    graphql: { document: documentOf(kind, field, sent, selection.text) },
    annotations: kind === 'query' ? { readOnlyHint: true, destructiveHint: false, idempotentHint: true } : {},
  };
}

/** The document's own words, or what its author would say: what is asked for, what comes back, what it takes. */
function described(kind: OperationKind, field: Field, sent: readonly GraphQLArgument[], schema: GraphQLSchema): string {
  const deprecated = field.deprecationReason ? ` Deprecated: ${field.deprecationReason}` : '';
  if (field.description) return `${field.description}${deprecated}`;
  const names = sent.map(({ name }) => `\`${name}\``);
  const told = [
    ...names.slice(0, MAX_TOLD_ARGUMENTS),
    ...(names.length > MAX_TOLD_ARGUMENTS ? [`${names.length - MAX_TOLD_ARGUMENTS} more`] : []),
  ];
  const taken = told.length === 0 ? '' : ` It takes ${told.join(', ').replace(/, ([^,]*)$/, ' and $1')}.`;
  const asked = kind === 'query' ? 'Query' : 'Mutation';
  return `${asked} \`${field.name}\`. It answers ${answerOf(field.type, schema)}.${taken}${deprecated}`;
}

/** What comes back, in words: `Book`, a list of it, or its pages. */
function answerOf(type: GraphQLOutputType, schema: GraphQLSchema): string {
  const named = getNamedType(type);
  if (isConnection(named)) return `a page of \`${subjectOf(type, schema) ?? named.name}\``;
  return `${isListType(getNullableType(type)) ? 'a list of ' : ''}\`${named.name}\``;
}

/**
 * One operation that passes every argument that JSON can carry on as a variable of its own name. An argument with a default may be left
 * out, whatever its type says, and then so may its variable.
 */
function documentOf(kind: OperationKind, field: Field, sent: readonly GraphQLArgument[], selection: string): string {
  const declared = sent.map((each) => `$${each.name}: ${String(hasDefault(each) ? getNullableType(each.type) : each.type)}`).join(', ');
  const passed = sent.map(({ name }) => `${name}: $${name}`).join(', ');
  const call = passed === '' ? field.name : `${field.name}(${passed})`;
  return `${kind} ${field.name}${declared === '' ? '' : `(${declared})`} { ${`${call} ${selection}`.trim()} }`;
}

/** The thing an operation is about: what its list, its page or its payload holds. Undefined for a scalar. */
function subjectOf(type: GraphQLOutputType, schema: GraphQLSchema): string | undefined {
  const named = getNamedType(type);
  if (isLeafType(named)) return undefined;
  if (isConnection(named)) {
    const fields = named.getFields();
    const edge = getNamedType(fields.edges?.type);
    const items = fields.nodes?.type ?? (isObjectType(edge) ? edge.getFields().node?.type : undefined);
    return items === undefined ? named.name : getNamedType(items).name;
  }
  if (!isObjectType(named) || !/(Payload|Response|Result)$/.test(named.name)) return named.name;
  const wrapped = Object.values(named.getFields()).find((field) => !isLeafType(getNamedType(field.type)) && !/error/i.test(field.name));
  const inner = wrapped === undefined ? undefined : getNamedType(wrapped.type);
  return inner === undefined || inner === named
    ? named.name
    : /(Payload|Response|Result)$/.test(inner.name)
      ? inner.name
      : subjectOf(inner, schema);
}
