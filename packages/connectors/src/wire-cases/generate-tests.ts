/**
 * A connector and its specification -> a suite in the connector's language, with a page that says what it covers
 * and what it does not.
 */
import { type GeneratedFile, ok, type Result } from '@mcpoverflow/types';
import { code, page } from '../documentation/markdown.ts';
import { type SpecificationFault, unusable } from '../fault.ts';
import { shorten } from '../json.ts';
import { languages } from '../languages/index.ts';
import type { ConnectorPlan } from '../languages/language.ts';
import type { ApiModel } from '../model/model.ts';
import type { RecognisedConnector } from '../recognition/recognise-connector.ts';
import { operationLabel } from '../tools/operation-facts.ts';
import { type WireCases, wireCases } from './wire-cases.ts';

export interface GeneratedSuite {
  readonly framework: string;
  readonly files: readonly GeneratedFile[];
  readonly cases: number;
}

/** Tools and operations named when they cannot be tested; more are only counted. */
const NAMED_TOOLS = 50;

/** Generates the suite. Fails with `specification-unusable` when the specification describes none of the connector's tools. */
export function generateTests({ language, plan }: RecognisedConnector, model: ApiModel): Result<GeneratedSuite, SpecificationFault> {
  const suite = wireCases(plan, model);
  if (suite.cases.length === 0)
    return unusable('The specification describes none of the connector’s operations: send the one that the connector was made from.');
  const { testFramework, testFiles, commands } = languages[language];
  const files = [...testFiles(plan, suite.cases), { path: 'TESTS.md', content: coverage(plan, suite, commands(plan).test) }];
  return ok({ framework: testFramework, files, cases: suite.cases.length });
}

/** Names of tools are letters, digits, `_` and `-`: nothing of them is markup between backticks. Addresses are the specification's. */
function coverage({ operations }: ConnectorPlan, suite: WireCases, command: string): string {
  const { cases, isCut, untested, unknown, toolless, mistaken } = suite;
  return page([
    '# Tests',
    `\`${command}\` plays ${cases.length} cases: each calls a tool, stands in for the API, and compares what went over the wire and what came back with what the API's specification says. No request leaves this machine.`,
    'There are cases for every operation with its required and with all its arguments, for each way parameters are written, each way to be let in, each documented failure, the next page of a list where its parameters or a `Link` header tell of one, and missing arguments; of the whole connector how it meets an API that is busy, silent, out of reach, too talkative or elsewhere, and, beside the cases, that `CONNECTOR_TOKEN` closes it.',
    mistaken.length === 0
      ? ''
      : `The connector's table and the specification differ about ${told(mistaken)}. A case for each difference fails until the connector is mended; generate the suite again then.`,
    isCut ? `The API is too large for all of them: the suite holds the first ${cases.length}.` : '',
    untested === 0 ? '' : `${untested} of ${operations.size} operations have no case.`,
    unknown.length === 0 ? '' : `The specification does not describe these tools, so there are no cases for them: ${told(unknown)}.`,
    toolless.length === 0
      ? ''
      : `The specification has operations that the connector has no tool for. No case calls them, and that fails nothing: ${told(toolless.map(operationLabel))}.`,
  ]);
}

/** The first names of a list, and how many more there are. */
function told(names: readonly string[]): string {
  const more = names.length - NAMED_TOOLS;
  const first = names.slice(0, NAMED_TOOLS).map((name) => code(shorten(name, 200)));
  return `${first.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
