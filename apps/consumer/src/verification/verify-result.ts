/**
 * From a job and its result to a verification: which files run, against which mock, with which calls.
 * The mock is made from the specification the caller sent, never from what the agent wrote, so that a
 * connector cannot be right by agreeing with itself. Where nothing describes the API, less can be judged,
 * and the verification says so.
 */
import { type ApiModel, buildModel, connectorOptions, mockUpstream, planConnector, selectOperations } from '@mcpoverflow/connectors';
import {
  type Connector,
  connectorSchema,
  type Engine,
  fixSchema,
  type GeneratedFile,
  type JobType,
  type Tool,
  type Verification,
} from '@mcpoverflow/types';
import type { EarlierConnector } from '../agent/connector-source.ts';
import { documentOf } from '../agent/document.ts';
import { inflatedLength } from '../gzip.ts';
import type { JobInput } from '../job/job.ts';
import { droppedOperations } from './dropped-operations.ts';
import { filesHandedIn, handedInConnector, SOME_ADDRESS } from './handed-in.ts';
import { type Validation, validationOf } from './validate.ts';
import { tryConnector, type VerificationInput, type VerificationPort, verifyConnector } from './verify-connector.ts';

/** CPU time for one request to a connector, where the platform enforces it. */
const CPU_MS = 2_000;
/** A specification and a connector that are larger do not fit into this Worker's 128 MB together. */
const MAX_DESCRIBED_CHARACTERS = 24 * 1024 * 1024;
const writtenSchema = connectorSchema.pick({ files: true, language: true, runtime: true, tools: true, skipped: true });
const mendedSchema = fixSchema.pick({ files: true });

/** `written` says what it is; `mended` replaces files of a connector that came from somewhere else. */
export type Runnable =
  | ({ readonly kind: 'written' } & Pick<Connector, 'files' | 'language' | 'runtime' | 'tools' | 'skipped'>)
  | { readonly kind: 'mended'; readonly files: readonly GeneratedFile[] };

export interface RunContext {
  readonly input: JobInput;
  /** Whose result it is. */
  readonly engine: Engine;
  /** The connector of an earlier job; null when it can no longer be read. */
  readonly earlier: (jobId: string) => Promise<EarlierConnector | null>;
  readonly port: VerificationPort;
  /** For the whole verification. */
  readonly timeoutMs: number;
}

const nothingToRun = {
  analyze: 'An analysis holds no code to run.',
  'generate-documentation': 'Documentation holds no code to run.',
  'generate-tests': 'The engine runs connectors, not test suites: these tests were not run.',
} as const satisfies Partial<Record<JobType, string>>;

/** What of a result is tried. */
export type ToRun =
  | { readonly kind: 'run'; readonly connector: Runnable }
  /** The result is a report on the connector that was handed in. */
  | { readonly kind: 'validate' }
  | { readonly kind: 'nothing'; readonly reason: string };

/** The connector in a result, or why there is nothing to run. */
export function connectorToRun(type: JobType, result: object): ToRun {
  switch (type) {
    case 'generate-connector':
    case 'generate-from-description':
      return { kind: 'run', connector: { kind: 'written', ...writtenSchema.parse(result) } };
    case 'fix-connector': {
      const { files } = mendedSchema.parse(result);
      if (files.length === 0) return { kind: 'nothing', reason: 'The answer changes no files, so there is nothing to run.' };
      return { kind: 'run', connector: { kind: 'mended', files } };
    }
    case 'validate-connector':
      return { kind: 'validate' };
    default:
      return { kind: 'nothing', reason: nothingToRun[type] };
  }
}

/**
 * Runs the connector, against a mock of the API where the job's specification describes it. What an agent made
 * of the baseline is compared with it too, in every language: what did not run can fail for that.
 */
export async function runConnector(connector: Runnable, context: RunContext): Promise<Verification> {
  const { input, port, engine } = context;
  const limits = { timeoutMs: context.timeoutMs, cpuMs: CPU_MS };
  if (connector.kind === 'mended') {
    const whole = await mended(connector.files, context);
    return whole === null ? { ran: false, reason: FROM_OUTSIDE } : verifyConnector(port, whole, limits);
  }
  const isTooLarge = sizeOf(connector.files, input) > MAX_DESCRIBED_CHARACTERS;
  const model = isTooLarge ? null : await modelOf(input);
  if (model?.operations.length === 0)
    return { ran: false, reason: 'The specification describes no operations, so there is nothing to call.' };
  const { files, language, runtime, tools } = connector;
  const declared = tools.map((tool) => ({ name: tool.name, ...(tool.path === ANY ? {} : { operation: declaredBy(tool, model) }) }));
  // The embedded agent's connector is the baseline itself.
  const planned = model === null || engine === 'embedded' ? null : planConnector(model, connectorOptions(input.parameters, model));
  const baseline = planned?.ok === true ? planned.value : null;
  const api =
    model === null ? { environment: SOME_ADDRESS, upstream: null, operations: null } : describedBy(model, baseline ?? connector, input);
  const verification = await verifyConnector(port, { files, language, runtime, tools: declared, ...api }, limits);
  const dropped = baseline === null ? [] : droppedOperations(tools, baseline);
  if (isTooLarge && verification.ran) return { ...verification, reason: [TOO_LARGE, verification.reason ?? []].flat().join(' ') };
  if (dropped.length === 0) return verification;
  return { ...verification, passed: false, failures: [...dropped, ...(verification.failures ?? [])] };
}

/** The path of a tool that calls any operation. */
const ANY = '*';

/** The operation a tool declares. In front of its path may stand the base path of a server. */
function declaredBy({ method, path }: Tool, model: ApiModel | null): { readonly method: string; readonly path: string } {
  const base = model?.basePaths.find((each) => each !== '' && path.startsWith(`${each}/`)) ?? '';
  const isWhole = base === '' || model?.operations.some((operation) => operation.path === path) === true;
  return { method, path: isWhole ? path : path.slice(base.length) };
}

/** What the specification says of the API, as far as the connector was asked to offer it. */
function describedBy(
  model: ApiModel,
  { skipped }: Pick<Connector, 'skipped'>,
  { parameters }: JobInput,
): Pick<VerificationInput, 'environment' | 'upstream' | 'operations'> {
  const { chosen } = selectOperations(model, parameters.selectedEndpoints);
  const left = new Set(skipped.map(({ operation }) => operation));
  const operations = model.operations
    .filter(({ method, path, pointer }) => chosen.has(pointer) && !left.has(`${method} ${path}`))
    .map(({ method, path, summary }) => ({ method, path, ...(summary === undefined ? {} : { title: summary }) }));
  return { environment: settingsFor(model), upstream: mockUpstream(model), operations };
}

/** A specification without a server leaves the address to whoever deploys the connector. */
const settingsFor = (model: ApiModel): Readonly<Record<string, string>> => (model.baseUrl === undefined ? SOME_ADDRESS : {});

/** Runs the connector that was handed in and puts what was measured into the agent's report on it. */
export async function validateConnector(result: object, context: RunContext): Promise<Validation> {
  const { input, engine, port, timeoutMs } = context;
  const tests = { given: input.files.filter(({ path }) => path.startsWith('tests/')).length, couldRun: engine === 'openhands' };
  const connector = await handedIn(context);
  const begun = performance.now();
  const tried =
    connector === null
      ? ({ ran: false, reason: 'The connector can no longer be read.' } as const)
      : await tryConnector(port, handedInConnector(connector.files, connector).input, { timeoutMs, cpuMs: CPU_MS });
  return validationOf(result, { tried, duration: performance.now() - begun, tests });
}

const FROM_OUTSIDE = 'The connector was not made by this engine: which libraries and settings it needs is unknown here, so it was not run.';

/** The connector with the mended files in place; null when it is none of this engine's. */
async function mended(files: readonly GeneratedFile[], context: RunContext): Promise<VerificationInput | null> {
  const connector = await handedIn(context);
  if (connector === null) return null;
  const replaced = new Set(files.map(({ path }) => path));
  const whole = handedInConnector([...connector.files.filter(({ path }) => !replaced.has(path)), ...files], connector);
  const isFromJob = connector.language !== undefined && connector.runtime !== undefined;
  return whole.isOurs || isFromJob ? whole.input : null;
}

/** The connector a job is about: an earlier job's, or one that came with the submission, of which only the language is told. */
async function handedIn({ input, earlier }: RunContext): Promise<EarlierConnector | null> {
  const { connectorJobId, language } = input.parameters;
  if (connectorJobId !== undefined) return earlier(connectorJobId);
  return { files: [...(await filesHandedIn(input))], ...(language === undefined ? {} : { language }) };
}

const TOO_LARGE = 'The specification is too large to be held beside its connector, so it was not compared with it.';

/** Of a connector and its specification together. */
function sizeOf(files: readonly GeneratedFile[], input: JobInput): number {
  const characters = files.reduce((sum, { content }) => sum + content.length, 0);
  return input.files.reduce((sum, { gzip }) => sum + inflatedLength(gzip), characters);
}

/** The API that the specification describes, where the caller says it lives; null when there is no specification. */
async function modelOf(input: JobInput): Promise<ApiModel | null> {
  const document = await documentOf(input);
  const model = document?.ok === true ? buildModel(document.value) : null;
  if (model?.ok !== true) return null;
  const moved = input.parameters.customizations?.baseUrl;
  if (typeof moved !== 'string' || !URL.canParse(moved)) return model.value;
  const basePath = new URL(moved).pathname.replace(/\/+$/, '');
  return { ...model.value, baseUrl: moved, basePaths: [...model.value.basePaths, basePath] };
}
