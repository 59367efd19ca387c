/**
 * Model -> connector. What has no deterministic generator (other languages, other runtimes) is left to
 * an agent; everything a caller asked for and did not get is told in `skipped` and `issues`.
 */
import { type Connector, type Issue, type Language, ok, type Parameters, type Result, type Runtime } from '@mcpoverflow/types';
import { needsOpenHands, type SpecificationFault, unusable } from '../fault.ts';
import { oneLine, shorten } from '../json.ts';
import { languages } from '../languages/index.ts';
import type { Api } from '../languages/typescript/runtime/operation.ts';
import type { ApiModel, ApiOperation } from '../model/model.ts';
import { absoluteUrl } from '../readers/openapi/servers.ts';
import { buildTools, operationLabel, toTool } from '../tools/build-tools.ts';
import { withAuthConfig } from './auth-config.ts';
import { credentialsOf } from './credentials.ts';

export interface ConnectorOptions {
  readonly name: string;
  readonly language: Language;
  readonly runtime: Runtime;
  readonly selectedEndpoints?: Parameters['selectedEndpoints'];
  /** `{type: "bearer" | "basic" | "apiKey", name?, in?}`: how to be let in when the specification does not say. Never a value. */
  readonly authConfig?: Parameters['authConfig'];
  /** `baseUrl` is understood; other keys are told as issues. */
  readonly customizations?: Parameters['customizations'];
}

/**
 * Generates a connector. Fails with `needs-openhands` for languages and runtimes without a
 * deterministic generator, and with `specification-unusable` when there is nothing to generate from.
 */
export function generateConnector(model: ApiModel, options: ConnectorOptions): Result<Omit<Connector, 'verification'>, SpecificationFault> {
  const language = languages[options.language];
  if (language === undefined) return needsOpenHands(`Connectors in ${options.language} are written by an agent only.`);
  const verdict = language.runtimes[options.runtime];
  if (verdict !== true) return unusable(verdict);
  if (model.operations.length === 0) return unusable('The specification describes no operations, so a connector would have no tools.');

  const selection = selectOperations(model, options.selectedEndpoints);
  if (selection.chosen.size === 0)
    return unusable('None of the selected endpoints is in the specification. Write them as "GET /path" or by operationId.');
  const authorized = withAuthConfig(model, options.authConfig);
  const built = buildTools(authorized.model, (operation) => selection.chosen.has(operation.pointer));
  if (built.operations.size === 0) return unusable('No operation of the specification can be called from a Worker.');
  const customized = customizedBaseUrl(options.customizations);
  const baseUrl = customized.baseUrl ?? model.baseUrl;
  const used = new Set([...built.operations.values()].flatMap((operation) => operation.security.flat()));
  const api: Api = {
    name: packageName(options.name),
    title: shorten(oneLine(model.title), 100) || 'API',
    version: shorten(oneLine(model.version), 40) || '1',
    ...(baseUrl === undefined ? {} : { baseUrl }),
    instructions: instructionsOf(model),
    credentials: credentialsOf(authorized.model.securitySchemes, used),
  };
  return ok({
    name: api.name,
    language: options.language,
    runtime: options.runtime,
    files: [...language.connectorFiles({ api, operations: built.operations, runtime: options.runtime })],
    tools: [...built.operations].map(([name, operation]) => toTool(name, operation)),
    skipped: [...built.skipped],
    issues: [...model.issues, ...selection.issues, ...authorized.issues, ...customized.issues, ...built.issues],
  });
}

/** A name that npm, wrangler and DNS accept. */
export function packageName(name: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return words.slice(0, 54).replace(/-+$/, '') || 'connector';
}

const instructionsOf = (model: ApiModel): string => {
  const about = shorten(oneLine(model.description), 400);
  return `Tools of ${shorten(oneLine(model.title), 100)}.${about === '' ? '' : ` ${about}`}`;
};

function selectOperations(
  model: ApiModel,
  selected: ConnectorOptions['selectedEndpoints'],
): { readonly chosen: ReadonlySet<string>; readonly issues: readonly Issue[] } {
  if (selected === undefined) return { chosen: new Set(model.operations.map((operation) => operation.pointer)), issues: [] };
  const byName = new Map<string, ApiOperation[]>();
  for (const operation of model.operations) {
    for (const name of new Set([operationLabel(operation), operation.operationId ?? operationLabel(operation)])) {
      byName.set(name, [...(byName.get(name) ?? []), operation]);
    }
  }
  const chosen = new Set<string>();
  const issues: Issue[] = [];
  for (const [index, endpoint] of selected.entries()) {
    const name =
      typeof endpoint === 'string'
        ? endpoint.trim().replace(/^([A-Za-z]+)\s+(?=\/)/, (_, method: string) => `${method.toUpperCase()} `)
        : operationLabel({ method: endpoint.method.toUpperCase(), path: endpoint.path });
    const found = byName.get(name) ?? [];
    if (found.length === 0)
      issues.push({
        severity: 'warning',
        pointer: `/selectedEndpoints/${index}`,
        message: `There is no operation "${shorten(name, 200)}".`,
      });
    for (const operation of found) chosen.add(operation.pointer);
  }
  return { chosen, issues };
}

function customizedBaseUrl(customizations: ConnectorOptions['customizations']): {
  readonly baseUrl?: string;
  readonly issues: readonly Issue[];
} {
  const issues: Issue[] = [];
  let baseUrl: string | undefined;
  for (const [key, value] of Object.entries(customizations ?? {})) {
    const url = key === 'baseUrl' && typeof value === 'string' ? absoluteUrl(value) : undefined;
    if (url !== undefined) baseUrl = url;
    else
      issues.push({
        severity: 'info',
        pointer: '/customizations',
        message: `The customization "${shorten(key, 60)}" was not applied: only "baseUrl" with an http(s) URL is understood without an agent.`,
      });
  }
  return { ...(baseUrl === undefined ? {} : { baseUrl }), issues };
}
