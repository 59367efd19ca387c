/**
 * Model -> plan -> connector. The plan is the connector in no language yet; tests and documentation are made
 * from the same. Everything a caller asked for and did not get is told in `skipped` and `issues`.
 */
import {
  type Connector,
  type Issue,
  type Language,
  ok,
  type Parameters,
  type Result,
  type Runtime,
  refusedTarget,
  type Tool,
} from '@mcpoverflow/types';
import { type SpecificationFault, unusable } from '../fault.ts';
import { oneLine, shorten } from '../json.ts';
import { dynamicTools } from '../languages/dynamic-tools.ts';
import { languages } from '../languages/index.ts';
import type { ConnectorPlan } from '../languages/language.ts';
import type { Api, Operation } from '../languages/typescript/runtime/operation.ts';
import type { ApiModel } from '../model/model.ts';
import { knownPath } from '../readers/openapi/servers.ts';
import { type BuiltTools, buildTools, MAX_OPERATIONS, type ToolShape, toTool } from '../tools/build-tools.ts';
import { plainText } from '../tools/plain-text.ts';
import { withAuthConfig } from './auth-config.ts';
import { credentialsOf } from './credentials.ts';
import { readCustomizations } from './customizations.ts';
import { selectOperations } from './select-operations.ts';

/** More tools than this fill a model's context before it has done anything (reference, rule 7). */
const MAX_LISTED_TOOLS = 128;
const MAX_LIST_TOKENS = 50_000;
/** A rule of thumb for JSON. */
const CHARACTERS_PER_TOKEN = 4;
/** What a list holds when a caller insists on one. */
const MAX_TOOLS = 2000;

export interface ConnectorOptions {
  readonly name: string;
  readonly language: Language;
  readonly runtime: Runtime;
  readonly selectedEndpoints?: Parameters['selectedEndpoints'];
  /** `{type: "bearer" | "basic" | "apiKey", name?, in?}`: how to be let in when the specification does not say. Never a value. */
  readonly authConfig?: Parameters['authConfig'];
  /** As `customizationsSchema` says; anything else is told as an issue. */
  readonly customizations?: Parameters['customizations'];
}

export interface PlannedConnector {
  readonly plan: ConnectorPlan;
  /** What the connector lists: a tool per operation, or the three of the dynamic mode. */
  readonly tools: readonly Tool[];
  readonly skipped: Connector['skipped'];
  readonly issues: readonly Issue[];
}

/** Generates a connector. Fails with `specification-unusable` when there is nothing to generate from. */
export function generateConnector(model: ApiModel, options: ConnectorOptions): Result<Omit<Connector, 'verification'>, SpecificationFault> {
  const planned = planConnector(model, options);
  if (!planned.ok) return planned;
  const { plan, tools, skipped, issues } = planned.value;
  return ok({
    name: plan.api.name,
    language: options.language,
    runtime: options.runtime,
    files: [...languages[options.language].connectorFiles(plan)],
    tools: [...tools],
    skipped: [...skipped],
    issues: [...issues],
  });
}

/** Plans a connector: which operations it offers, under which names, and how it is let in. */
export function planConnector(model: ApiModel, options: ConnectorOptions): Result<PlannedConnector, SpecificationFault> {
  const refusal = refusedTarget(options.language, options.runtime);
  if (refusal !== null) return unusable(refusal);
  if (model.operations.length === 0) return unusable('The specification describes no operations, so a connector would have no tools.');
  const selection = selectOperations(model, options.selectedEndpoints);
  if (selection.chosen.size === 0)
    return unusable('None of the selected endpoints is in the specification. Write them as "GET /path" or by operationId.');
  const authorized = withAuthConfig(model, options.authConfig);
  const customized = readCustomizations(model, options.customizations);
  const offered = offer(authorized.model, selection.chosen, customized.value, options.runtime);
  const { operations } = offered.built;
  if (operations.size === 0) return unusable('No operation of the specification can be called over HTTP.');
  const baseUrl = customized.value.baseUrl ?? model.baseUrl;
  const used = new Set([...operations.values()].flatMap((operation) => operation.security.flat()));
  const api: Api = {
    name: packageName(options.name),
    title: shorten(oneLine(model.title), 100) || 'API',
    version: shorten(oneLine(model.version), 40) || '1',
    ...(baseUrl === undefined ? {} : { baseUrl }),
    instructions: instructionsOf(model),
    ...(offered.mode === 'dynamic' ? { mode: 'dynamic' as const, tools: dynamicTools } : {}),
    credentials: credentialsOf(authorized.model.securitySchemes, used),
  };
  return ok({
    plan: { api, operations, runtime: options.runtime, ...(baseUrl === undefined ? pathOf(model) : {}) },
    tools: listedTools(offered.mode, operations),
    skipped: [...offered.built.skipped],
    issues: [...model.issues, ...selection.issues, ...authorized.issues, ...customized.issues, ...offered.issues, ...offered.built.issues],
  });
}

/** What is known of the address of an API whose host is not. */
function pathOf({ basePaths }: ApiModel): Pick<ConnectorPlan, 'basePath'> {
  const basePath = knownPath(basePaths);
  return basePath === undefined ? {} : { basePath };
}

interface Offer {
  readonly mode: 'list' | 'dynamic';
  readonly built: BuiltTools;
  readonly issues: readonly Issue[];
}

/** The operations as a list of tools while that is one a model can read; above it, or when asked for, through three tools. */
function offer(
  model: ApiModel,
  chosen: ReadonlySet<string>,
  customizations: ReturnType<typeof readCustomizations>['value'],
  runtime: Runtime,
): Offer {
  const { mode = 'auto', maxTools, names, descriptions, refs = 'inline', outputSchemas = true } = customizations;
  const build = (shape: Pick<ToolShape, 'maxOperations' | 'outputSchemas'>): BuiltTools =>
    buildTools(model, (operation) => chosen.has(operation.pointer), { names, descriptions, refs, runtime, ...shape });
  const dynamic = (): BuiltTools => build({ maxOperations: MAX_OPERATIONS, outputSchemas: false });
  if (mode === 'dynamic') return { mode, built: dynamic(), issues: [] };
  if (mode === 'list') return { mode, built: build({ maxOperations: maxTools ?? MAX_TOOLS, outputSchemas }), issues: [] };
  if (chosen.size > (maxTools ?? MAX_LISTED_TOOLS))
    return { mode: 'dynamic', built: dynamic(), issues: [tellDynamic(`${chosen.size} operations are too many for a list of tools`)] };

  const full = build({ maxOperations: MAX_TOOLS, outputSchemas });
  if (tokensOf(full) <= MAX_LIST_TOKENS) return { mode: 'list', built: full, issues: [] };
  const plain = outputSchemas ? build({ maxOperations: MAX_TOOLS, outputSchemas: false }) : full;
  const tokens = tokensOf(plain);
  if (tokens > MAX_LIST_TOKENS)
    return { mode: 'dynamic', built: plain, issues: [tellDynamic(`A list of the tools would take about ${tokens} tokens`)] };
  return { mode: 'list', built: plain, issues: [tell('Output schemas were left out: with them the list would take too many tokens.')] };
}

const tell = (message: string): Issue => ({ severity: 'info', pointer: '', message });
const tellDynamic = (why: string): Issue =>
  tell(
    `${why}: the connector offers ${dynamicTools.map(({ name }) => name).join(', ')} instead. Select endpoints, or set the customization mode to "list", for a tool per operation.`,
  );

const tokensOf = ({ operations }: BuiltTools): number =>
  Math.ceil(JSON.stringify(listedTools('list', operations)).length / CHARACTERS_PER_TOKEN);

/** The tools of the dynamic mode call any operation, which stands as `*`. */
function listedTools(mode: Offer['mode'], operations: ReadonlyMap<string, Operation>): readonly Tool[] {
  if (mode === 'list') return [...operations].map(([name, operation]) => toTool(name, operation));
  return dynamicTools.map(({ name, description, inputSchema, annotations }) => ({
    name,
    description,
    method: '*',
    path: '*',
    inputSchema,
    annotations,
  }));
}

/** A name that npm, wrangler and DNS accept. */
export function packageName(name: string): string {
  const words = name
    .normalize('NFKD')
    // An accent is a character of its own by now, and no end of a word.
    .replace(/\p{Mn}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return words.slice(0, 54).replace(/-+$/, '') || 'connector';
}

const instructionsOf = (model: ApiModel): string => {
  const about = shorten(oneLine(plainText(model.description)), 400);
  return `Tools of ${shorten(oneLine(model.title), 100)}.${about === '' ? '' : ` ${about}`}`;
};
