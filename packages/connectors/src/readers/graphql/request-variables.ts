/**
 * The variables that a GraphQL operation declares -> a schema. Types that only the API's own schema
 * explains are left to the example that came with the operation.
 */
import { Kind, parse, type TypeNode } from 'graphql';
import { type JsonObject, objectOr, own, setOwn } from '../../json.ts';

const MAX_TOKENS = 20_000;
const scalars: Readonly<Record<string, string>> = { String: 'string', ID: 'string', Int: 'integer', Float: 'number', Boolean: 'boolean' };

/** The schema of the variables of `document`; `inferred` is the schema of an example of them. */
export function graphqlVariables(document: string, inferred: JsonObject): JsonObject {
  const examples = objectOr(inferred.properties);
  const properties: Record<string, unknown> = { ...examples };
  const required: string[] = [];
  for (const { name, type, hasDefault } of declaredVariables(document)) {
    const schema = schemaOf(type);
    setOwn(
      properties,
      name,
      Object.keys(schema).length > 0 ? { ...objectOr(own(examples, name)), ...schema } : (own(examples, name) ?? {}),
    );
    if (type.kind === Kind.NON_NULL_TYPE && !hasDefault) required.push(name);
  }
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
}

function declaredVariables(document: string): readonly { readonly name: string; readonly type: TypeNode; readonly hasDefault: boolean }[] {
  try {
    return parse(document, { noLocation: true, maxTokens: MAX_TOKENS }).definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION
        ? (definition.variableDefinitions ?? []).map((variable) => ({
            name: variable.variable.name.value,
            type: variable.type,
            hasDefault: variable.defaultValue !== undefined,
          }))
        : [],
    );
  } catch {
    // The text may hold variables of the collection: then the example is all there is.
    return [];
  }
}

function schemaOf(type: TypeNode): JsonObject {
  if (type.kind === Kind.NON_NULL_TYPE) return schemaOf(type.type);
  if (type.kind === Kind.LIST_TYPE) return { type: 'array', items: schemaOf(type.type) };
  const scalar = Object.hasOwn(scalars, type.name.value) ? scalars[type.name.value] : undefined;
  return scalar === undefined ? {} : { type: scalar };
}
