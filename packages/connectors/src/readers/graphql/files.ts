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

/** Answers what of a schema's inputs is, holds or needs a file. */
export interface Files {
  /** Whether one of the inputs, or of what they hold, is a file. */
  isTakenBy(inputs: readonly Input[]): boolean;
  /** Whether nothing can be sent without a file. */
  isNeededBy(inputs: readonly Input[]): boolean;
  /** The inputs that can be given without a file. */
  without<Each extends Input>(inputs: readonly Each[]): readonly Each[];
}

/** Looks for the files of a schema once: thousands of fields take the same thousands of types. */
export function filesOf(schema: GraphQLSchema): Files {
  const types = Object.values(schema.getTypeMap());
  const holding = typesWithFiles(types, () => true);
  const needing = typesWithFiles(types, isRequired);
  const without: Files['without'] = (inputs) => inputs.filter(({ type }) => !needing.has(getNamedType(type)));
  return {
    isTakenBy: (inputs) => inputs.some(({ type }) => holding.has(getNamedType(type))),
    isNeededBy: (inputs) => without(inputs).filter(isRequired).length < inputs.filter(isRequired).length,
    without,
  };
}

const isFile = (type: GraphQLNamedType): boolean => isScalarType(type) && /^(upload|file)$/i.test(type.name);

const isRequired = ({ type, default: standard }: Input): boolean => isNonNullType(type) && standard === undefined;

/** The types that are files, and those that hold one of them through fields that are followed. */
function typesWithFiles(types: readonly GraphQLNamedType[], isFollowed: (input: Input) => boolean): ReadonlySet<GraphQLNamedType> {
  const found = new Set(types.filter(isFile));
  // Most schemas have none.
  if (found.size === 0) return found;
  const holders = new Map<GraphQLNamedType, GraphQLNamedType[]>();
  for (const type of types.filter(isInputObjectType))
    for (const field of Object.values(type.getFields())) {
      if (!isFollowed(field)) continue;
      const held = getNamedType(field.type);
      const known = holders.get(held) ?? [];
      known.push(type);
      holders.set(held, known);
    }
  // What is added while a set is walked through is walked through, too.
  for (const type of found) for (const holder of holders.get(type) ?? []) found.add(holder);
  return found;
}
