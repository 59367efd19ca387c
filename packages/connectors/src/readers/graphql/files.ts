/**
 * Files in a GraphQL schema. GraphQL itself has none: servers take them beside the operation, in a multipart body
 * (graphql-multipart-request-spec), as a scalar that is called `Upload` or `File`. A connector sends JSON alone, so what
 * takes a file is told and left out, and nobody writes base64 where a server refuses it.
 */
import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isNonNullType,
  isScalarType,
} from 'graphql';

type Input = GraphQLArgument | GraphQLInputField;

/** Whether the schema has files at all: most have none, and then nobody looks for them. */
export const hasFiles = (schema: GraphQLSchema): boolean => Object.values(schema.getTypeMap()).some(isFile);

/** Whether one of the inputs, or of what they hold, is a file. */
export const takeFiles = (inputs: readonly Input[]): boolean => inputs.some((input) => holdsFile(input, () => true));

/** Whether nothing can be sent without a file. */
export const needFiles = (inputs: readonly Input[]): boolean =>
  withoutFiles(inputs).filter(isRequired).length < inputs.filter(isRequired).length;

/** The inputs that can be given without a file. */
export const withoutFiles = <Each extends Input>(inputs: readonly Each[]): readonly Each[] =>
  inputs.filter((input) => !holdsFile(input, isRequired));

const isFile = (type: GraphQLNamedType): boolean => isScalarType(type) && /^(upload|file)$/i.test(type.name);

const isRequired = ({ type, default: standard }: Input): boolean => isNonNullType(type) && standard === undefined;

function holdsFile({ type }: Input, isFollowed: (input: Input) => boolean, seen = new Set<GraphQLNamedType>()): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named) || seen.has(named)) return isFile(named);
  seen.add(named);
  return Object.values(named.getFields()).some((field) => isFollowed(field) && holdsFile(field, isFollowed, seen));
}
