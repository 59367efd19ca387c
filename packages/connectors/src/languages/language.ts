/**
 * What a language has to bring to be generated: one folder with its fixed runtime and an object of this
 * form. Everything that was read out of a specification reaches it as data (`Api`, `Operation`, `WireCase`)
 * and leaves it as data: JSON, or a literal that the language's own serialiser wrote.
 */
import type { GeneratedFile, Language, Runtime } from '@mcpoverflow/types';
import type { Api, Operation } from './typescript/runtime/operation.ts';
import type { WireCase } from './wire-case.ts';

/** A connector as it will be, in no language yet. */
export interface ConnectorPlan {
  /** `name` is a package name already. */
  readonly api: Api;
  /** By the name of their tool, in the document's order. */
  readonly operations: ReadonlyMap<string, Operation>;
  readonly runtime: Runtime;
  /** The path of the API's address, where the specification says no more of it than that. */
  readonly basePath?: string;
}

/** How a person installs, starts and tries a connector; documentation is made from it. */
export interface ConnectorCommands {
  readonly install: string;
  /** Serves MCP over HTTP on this machine. */
  readonly start: string;
  /** Address of the MCP endpoint after `start`. */
  readonly url: string;
  readonly test: string;
  /** How it gets where it shall run, as Markdown. */
  readonly deployment: string;
}

export interface ConnectorLanguage {
  readonly language: Language;
  /** Where its connectors run: true, or a sentence that says why not. */
  readonly runtimes: Readonly<Record<Runtime, true | string>>;
  readonly testFramework: string;
  /** Entry point, manifest with exact versions, lockfile, configuration example, deployment file, README: every file, in the order a person reads them. */
  connectorFiles(plan: ConnectorPlan): readonly GeneratedFile[];
  /** A suite that plays the cases against the connector it lies beside, with a mock upstream of its own. */
  testFiles(plan: ConnectorPlan, cases: readonly WireCase[]): readonly GeneratedFile[];
  commands(plan: ConnectorPlan): ConnectorCommands;
}
