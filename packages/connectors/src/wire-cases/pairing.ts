/**
 * Which operation of the specification a tool stands for. What survived of a table that may be wrong anywhere is
 * enough: its method and path first, then the tool's name, which is the engine's own unless a caller chose another.
 * A tool is unknown only when neither is in the specification.
 */
import type { ConnectorPlan } from '../languages/language.ts';
import type { Operation } from '../languages/typescript/runtime/operation.ts';
import type { ApiModel, ApiOperation } from '../model/model.ts';
import { unsendable } from '../tools/build-tools.ts';
import { toolNames } from '../tools/tool-names.ts';
import { differencesOf, truthOf } from './differences.ts';
import { templateOf } from './slots.ts';

export interface Pair {
  readonly tool: string;
  /** What the connector's table says. */
  readonly actual: Operation;
  /** What the specification says. */
  readonly source: ApiOperation;
}

export interface Pairing {
  /** In the order of the connector's tools. */
  readonly pairs: readonly Pair[];
  /** Tools that the specification does not describe. */
  readonly unknown: readonly string[];
  /** Operations that could have a tool, and have none. */
  readonly toolless: readonly ApiOperation[];
}

interface Candidate {
  readonly source: ApiOperation;
  /** What the engine calls the operation's tool, unless a caller wants it otherwise. */
  readonly ownName: string;
}

/** Pairs every tool of the plan with its operation. */
export function pairOperations(plan: ConnectorPlan, model: ApiModel): Pairing {
  const names = toolNames(model.operations);
  const candidates = model.operations
    .map((source, index): Candidate => ({ source, ownName: names[index] ?? '' }))
    .filter(({ source }) => unsendable(source, model.references) === undefined);
  const byAddress = Map.groupBy(candidates, ({ source }) => addressOf(source));
  const byName = new Map(candidates.map((candidate) => [candidate.ownName, candidate]));
  const found = new Map<string, Candidate>();
  const taken = new Set<Candidate>();
  const pair = (tool: string, candidate: Candidate | undefined): void => {
    if (candidate === undefined) return;
    found.set(tool, candidate);
    taken.add(candidate);
  };

  for (const [tool, row] of plan.operations) {
    const named = byName.get(tool);
    if (named !== undefined && addressOf(named.source) === addressOf(row)) pair(tool, named);
  }
  for (const [tool, row] of plan.operations) {
    if (found.has(tool)) continue;
    const all = byAddress.get(addressOf(row)) ?? [];
    const free = all.filter((candidate) => !taken.has(candidate));
    const named = byName.get(tool);
    const isNamed = named !== undefined && !taken.has(named);
    // Two tools may call one operation, but one that has the name of another operation was meant for that.
    pair(tool, closest(free.length === 0 && !isNamed ? all : [...free, ...(isNamed ? [named] : [])], row));
  }
  return {
    pairs: [...plan.operations].flatMap(([tool, actual]) => {
      const candidate = found.get(tool);
      return candidate === undefined ? [] : [{ tool, actual, source: candidate.source }];
    }),
    unknown: [...plan.operations.keys()].filter((tool) => !found.has(tool)),
    toolless: candidates.filter((candidate) => !taken.has(candidate)).map(({ source }) => source),
  };

  /** The one with the fewest differences; of equals the first. */
  function closest(choices: readonly Candidate[], row: Operation): Candidate | undefined {
    if (choices.length < 2) return choices[0];
    const distances = new Map(choices.map((each) => [each, differencesOf(truthOf(each.source, model), row).length]));
    const distance = (candidate: Candidate): number => distances.get(candidate) ?? 0;
    return choices.reduce((best, candidate) => (distance(candidate) < distance(best) ? candidate : best));
  }
}

const addressOf = ({ method, path }: Pick<ApiOperation, 'method' | 'path'>): string => `${method} ${templateOf(path)}`;
