/**
 * Which operation of the specification a tool stands for. The connector says what its arguments are called,
 * the specification says what must become of them: expectations need both, and of a tool whose operation is
 * not in the specification nothing can be expected.
 */
import type { ConnectorPlan } from '../languages/language.ts';
import type { Operation } from '../languages/typescript/runtime/operation.ts';
import type { ApiModel, ApiOperation, ApiParameter } from '../model/model.ts';
import { operationLabel } from '../tools/operation-facts.ts';

export interface Subject {
  readonly tool: string;
  readonly row: Operation;
  readonly source: ApiOperation;
  /** The specification's parameters by the argument that carries them. */
  readonly parameters: ReadonlyMap<string, ApiParameter>;
}

export interface Subjects {
  readonly subjects: readonly Subject[];
  /** Tools that the specification does not describe. */
  readonly unknown: readonly string[];
}

/** Pairs every tool of the plan with its operation. */
export function subjectsOf(plan: ConnectorPlan, model: ApiModel): Subjects {
  const byLabel = Map.groupBy(model.operations, (operation) => operationLabel(operation));
  const subjects: Subject[] = [];
  const unknown: string[] = [];
  for (const [tool, row] of plan.operations) {
    const candidates = byLabel.get(operationLabel(row)) ?? [];
    const fitting = candidates.flatMap((source) => {
      const parameters = pairedParameters(row, source);
      return parameters === null ? [] : [{ tool, row, source, parameters }];
    });
    // Collections ask one path in several ways: the one with the fewest parameters beyond the tool's is meant.
    const [subject] = fitting.sort((a, b) => a.source.parameters.length - b.source.parameters.length);
    if (subject === undefined) unknown.push(tool);
    else subjects.push(subject);
  }
  return { subjects, unknown };
}

/** Null when the tool has an argument, a body or a GraphQL text that this operation has not. */
function pairedParameters(row: Operation, source: ApiOperation): ReadonlyMap<string, ApiParameter> | null {
  if (row.body?.document !== source.graphql?.document) return null;
  if (row.body !== undefined && source.body === undefined && source.graphql === undefined) return null;
  const paired = new Map<string, ApiParameter>();
  for (const { argument, name = argument, in: place } of row.parameters) {
    const parameter = source.parameters.find((each) => each.in === place && each.name === name);
    if (parameter === undefined) return null;
    paired.set(argument, parameter);
  }
  return paired;
}
