/**
 * A connector and its specification -> a suite in the connector's language, with a page that says what it covers
 * and what it does not.
 */
import { type GeneratedFile, ok, type Result } from '@mcpoverflow/types';
import { type SpecificationFault, unusable } from '../fault.ts';
import { languages } from '../languages/index.ts';
import type { ConnectorPlan } from '../languages/language.ts';
import type { ApiModel } from '../model/model.ts';
import type { RecognisedConnector } from '../recognition/recognise-connector.ts';
import { type WireCases, wireCases } from './wire-cases.ts';

export interface GeneratedSuite {
  readonly framework: string;
  readonly files: readonly GeneratedFile[];
  readonly cases: number;
}

/** Tools named when they cannot be tested; more are only counted. */
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

/** Names of tools are letters, digits, `_` and `-`: nothing of them is markup between backticks. */
function coverage({ operations }: ConnectorPlan, { cases, isCut, untested, unknown }: WireCases, command: string): string {
  const named = unknown.slice(0, NAMED_TOOLS).map((tool) => `\`${tool}\``);
  const more = unknown.length - named.length;
  const paragraphs = [
    '# Tests',
    `\`${command}\` plays ${cases.length} cases: each calls a tool, stands in for the API, and compares what went over the wire and what came back with what the API's specification says. No request leaves this machine.`,
    'There are cases for every operation with its required and with all its arguments, for each way parameters are written, each way to be let in, each documented failure, pages of lists where their parameters give them away, a busy API, a silent one, and missing arguments.',
    isCut ? `The API is too large for all of them: the suite holds the first ${cases.length}.` : '',
    untested === 0 ? '' : `${untested} of ${operations.size} operations have no case.`,
    unknown.length === 0
      ? ''
      : `The specification does not describe ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}: there are no cases for them.`,
  ];
  return `${paragraphs.filter((text) => text !== '').join('\n\n')}\n`;
}
