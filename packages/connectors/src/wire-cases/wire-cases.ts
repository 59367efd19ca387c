/**
 * Specification and connector -> the cases of its test suite, in no language yet. The same input gives the same
 * cases, in an order of worth: what the connector's table says otherwise than the specification first, then what
 * shows something of the whole API, then every operation once, then what else there is to try. Of an API too large for all of them the last ones are left out, and counted.
 */

import { credentialsOf } from '../connector/credentials.ts';
import type { ConnectorPlan } from '../languages/language.ts';
import type { WireCase } from '../languages/wire-case.ts';
import type { ApiModel, ApiOperation } from '../model/model.ts';
import { accessCases } from './access.ts';
import { boundCases } from './bounds.ts';
import { failedCalls, fullCall, refusedCall, requiredCall } from './calls.ts';
import { mismatchCases } from './mismatches.ts';
import type { Material } from './new-case.ts';
import { pageCases } from './pages.ts';
import { patienceCases } from './patience.ts';
import { canBeCalled } from './sample-arguments.ts';
import { styleCases } from './styles.ts';
import { type Subject, subjectsOf } from './subjects.ts';

/** Played in less than a minute. */
const MAX_CASES = 3000;
/** Characters of JSON; a result must fit into one value of the engine's storage, several times over. */
const MAX_LENGTH = 6 * 1024 * 1024;

export interface WireCases {
  readonly cases: readonly WireCase[];
  /** Whether there would be more cases than a suite may hold. */
  readonly isCut: boolean;
  /** Tools without a case of their own, because the suite is full or no arguments were found that fit. */
  readonly untested: number;
  /** Tools that the specification does not describe, for which there are no cases. */
  readonly unknown: readonly string[];
  /** Operations of the specification that could have a tool, and have none. */
  readonly toolless: readonly ApiOperation[];
  /** Tools whose table says something else than the specification. */
  readonly mistaken: readonly string[];
}

/** The cases of a connector, as the specification wants it to behave. */
export function wireCases(plan: ConnectorPlan, specification: ApiModel): WireCases {
  const { subjects, model, left, unknown, toolless } = subjectsOf(plan, specification, MAX_CASES);
  const used = new Set(subjects.flatMap(({ row }) => row.security.flat()));
  const credentials = { ...credentialsOf(model.securitySchemes, used), ...plan.api.credentials };
  const cases: WireCase[] = [];
  const names = new Set<string>();
  const tested = new Set<unknown>();
  let length = 0;
  let isCut = false;
  const callable = subjects.filter(({ row }) => canBeCalled(row.inputSchema));
  for (const made of inOrderOfWorth(callable, { plan, model, credentials })) {
    length += JSON.stringify(made).length;
    isCut = cases.length >= MAX_CASES || length > MAX_LENGTH;
    if (isCut) break;
    cases.push(withUniqueName(made, names));
    tested.add(plan.api.mode === 'dynamic' ? made.arguments.operation : made.tool);
  }
  const mistaken = subjects.filter(({ differences }) => differences.length > 0).map(({ tool }) => tool);
  return { cases, isCut, untested: left + subjects.length - tested.size, unknown, toolless, mistaken };
}

function* inOrderOfWorth(subjects: readonly Subject[], material: Material): Generator<WireCase> {
  for (const subject of subjects) yield* mismatchCases(subject, material);
  yield* patienceCases(subjects, material);
  yield* boundCases(subjects, material);
  yield* accessCases(subjects, material);
  yield* styleCases(subjects, material);
  for (const makeCases of [requiredCall, pageCases, fullCall, failedCalls, refusedCall])
    for (const subject of subjects) yield* makeCases(subject, material);
}

/** Documents may describe one status twice; test runners want every name once. */
function withUniqueName(made: WireCase, names: Set<string>): WireCase {
  let name = made.name;
  for (let count = 2; names.has(name); count += 1) name = `${made.name} (${count})`;
  names.add(name);
  return { ...made, name };
}
