/**
 * What there is to be tested of a connector: every tool with the operation that it stands for. The specification is
 * the truth: arguments and expectations come from the table that the engine makes of the operation itself. Of the
 * connector's own table only its words are taken, what it calls its tools, arguments and variables: they may have been
 * chosen by its owner, and a call must use them.
 */
import { asAuthorized } from '../connector/auth-config.ts';
import type { ConnectorPlan } from '../languages/language.ts';
import type { Operation } from '../languages/typescript/runtime/operation.ts';
import type { ApiModel, ApiOperation, ApiParameter } from '../model/model.ts';
import { buildTools } from '../tools/build-tools.ts';
import { type Difference, differencesOf, truthOf } from './differences.ts';
import { type Pair, pairOperations } from './pairing.ts';
import { type Arguments, fieldsByName, parametersBySlot, type Table, translated, wireName } from './slots.ts';

/** An operation as the specification has it. */
export interface Described {
  readonly tool: string;
  /** What the engine makes of the operation. */
  readonly row: Operation;
  readonly source: ApiOperation;
  /** The specification's parameters by the argument that carries them. */
  readonly parameters: ReadonlyMap<string, ApiParameter>;
}

export interface Subject extends Described {
  /** What the connector's table says. */
  readonly actual: Operation;
  readonly differences: readonly Difference[];
  /** Arguments as the connector calls them. */
  readonly asCalled: (args: Arguments) => Arguments;
}

export interface Subjects {
  /** In the order of the connector's tools. */
  readonly subjects: readonly Subject[];
  /** The API, with what a caller's `authConfig` added to it. */
  readonly model: ApiModel;
  /** How many tools are not among the subjects, because there are too many. */
  readonly left: number;
  /** Tools that the specification does not describe. */
  readonly unknown: readonly string[];
  /** Operations without a tool. */
  readonly toolless: readonly ApiOperation[];
}

interface Compared extends Pair {
  readonly differences: readonly Difference[];
}

/** Pairs every tool of the plan with its operation, and compares the two. Of the tools that differ in nothing, those beyond `most` are left. */
export function subjectsOf(plan: ConnectorPlan, specification: ApiModel, most: number): Subjects {
  const model = asAuthorized(specification, plan.api.credentials);
  const { pairs, unknown, toolless } = pairOperations(plan, model);
  let room = most;
  const chosen = pairs.flatMap((pair): readonly Compared[] => {
    const differences = differencesOf(truthOf(pair.source, model), pair.actual);
    if (differences.length === 0) room -= 1;
    return differences.length === 0 && room < 0 ? [] : [{ ...pair, differences }];
  });
  // A connector promises something of all its answers or, because its owner wants it so, of none.
  const outputSchemas = plan.api.mode !== 'dynamic' && pairs.some(({ actual }) => actual.outputSchema !== undefined);
  const rows = rowsOf(model, new Set(chosen.map(({ source }) => source)), outputSchemas);
  const subjects = chosen.flatMap((compared) => {
    const row = rows.get(compared.source);
    return row === undefined ? [] : [subjectOf(compared, inOrderOf(compared.actual, row))];
  });
  return { subjects, model, left: pairs.length - subjects.length, unknown, toolless };
}

/** What the engine makes of these operations, each of which it can send. */
function rowsOf(model: ApiModel, sources: ReadonlySet<ApiOperation>, outputSchemas: boolean): ReadonlyMap<ApiOperation, Operation> {
  const operations = model.operations.filter((source) => sources.has(source));
  const rows = [...buildTools({ ...model, operations }, () => true, { outputSchemas }).operations.values()];
  return new Map(operations.flatMap((source, index) => (rows[index] === undefined ? [] : [[source, rows[index]]])));
}

function subjectOf({ tool, actual, source, differences }: Compared, row: Operation): Subject {
  const parameters = new Map<string, ApiParameter>();
  for (const parameter of row.parameters) {
    const declared = source.parameters.find((each) => each.in === parameter.in && each.name === wireName(parameter));
    if (declared !== undefined) parameters.set(parameter.argument, declared);
  }
  return { tool, row, source, parameters, actual, differences, asCalled: (args) => translated(args, row, actual) };
}

/** The same table in the order of another: on the wire it is free. */
function inOrderOf(order: Table, truth: Operation): Operation {
  const { body } = truth;
  const fields = body?.fields === undefined ? {} : { body: { ...body, fields: sorted(fieldsByName(body), fieldsByName(order.body)) } };
  return { ...truth, parameters: sorted(parametersBySlot(truth), parametersBySlot(order, truth.path)), ...fields };
}

/** The values of the first map in the order of the second one's keys; what it does not have comes last. */
function sorted<Value>(values: ReadonlyMap<string, Value>, order: ReadonlyMap<string, unknown>): readonly Value[] {
  const rest = [...values].filter(([key]) => !order.has(key)).map(([, value]) => value);
  return [...[...order.keys()].flatMap((key) => values.get(key) ?? []), ...rest];
}
