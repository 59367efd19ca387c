/**
 * From a job and its result to a verification: which files run, against which mock, with which calls.
 * The mock is made from the specification the caller sent, never from what the agent wrote, so that a
 * connector cannot be right by agreeing with itself. Where nothing describes the API, less can be judged,
 * and the verification says so.
 */
import { type ApiModel, buildModel, mockUpstream, sampleCalls } from '@mcpoverflow/connectors';
import { connectorSchema, fixSchema, type GeneratedFile, type JobType, type Tool, type Verification } from '@mcpoverflow/types';
import type { EarlierConnector } from '../agent/connector-source.ts';
import { documentOf } from '../agent/document.ts';
import type { JobInput } from '../job/job.ts';
import { type VerificationInput, type VerificationPort, verifyConnector } from './verify-connector.ts';

/** CPU time for one request to a connector, where the platform enforces it. */
const CPU_MS = 2_000;
const writtenSchema = connectorSchema.pick({ files: true, language: true, runtime: true, tools: true });
const mendedSchema = fixSchema.pick({ files: true });

/** `written` says what it is; `mended` replaces files of a connector that came from somewhere else. */
export type Runnable =
  | ({ readonly kind: 'written'; readonly tools: readonly Tool[] } & Pick<VerificationInput, 'files' | 'language' | 'runtime'>)
  | { readonly kind: 'mended'; readonly files: readonly GeneratedFile[] };

export interface RunContext {
  readonly input: JobInput;
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
  'validate-connector': "The report is the agent's: the engine itself ran nothing.",
} as const satisfies Partial<Record<JobType, string>>;

/** The connector in a result, or why there is nothing to run. */
export function connectorToRun(
  type: JobType,
  result: object,
): { readonly kind: 'run'; readonly connector: Runnable } | { readonly kind: 'nothing'; readonly reason: string } {
  switch (type) {
    case 'generate-connector':
    case 'generate-from-description':
      return { kind: 'run', connector: { kind: 'written', ...writtenSchema.parse(result) } };
    case 'fix-connector': {
      const { files } = mendedSchema.parse(result);
      if (files.length === 0) return { kind: 'nothing', reason: 'The answer changes no files, so there is nothing to run.' };
      return { kind: 'run', connector: { kind: 'mended', files } };
    }
    default:
      return { kind: 'nothing', reason: nothingToRun[type] };
  }
}

/** Runs the connector, against a mock of the API where the job's specification describes it. */
export async function runConnector(connector: Runnable, context: RunContext): Promise<Verification> {
  const limits = { timeoutMs: context.timeoutMs, cpuMs: CPU_MS };
  if (connector.kind === 'mended') {
    const whole = await mended(connector.files, context);
    return whole === null ? { ran: false, reason: FROM_OUTSIDE } : verifyConnector(context.port, whole, limits);
  }
  const model = await modelOf(context.input);
  if (model?.operations.length === 0)
    return { ran: false, reason: 'The specification describes no operations, so there is nothing to call.' };
  const { files, language, runtime, tools } = connector;
  const api =
    model === null ? { environment: SOME_ADDRESS, upstream: null } : { environment: settingsFor(model), upstream: mockUpstream(model) };
  return verifyConnector(context.port, { files, language, runtime, tools, calls: sampleCalls(tools), ...api }, limits);
}

const FROM_OUTSIDE = 'The connector was not made by this engine: which libraries and settings it needs is unknown here, so it was not run.';

/** An earlier job's connector with the mended files in place. Its tools may have changed, so none are expected. */
async function mended(files: readonly GeneratedFile[], { input, earlier }: RunContext): Promise<VerificationInput | null> {
  const { connectorJobId } = input.parameters;
  const connector = connectorJobId === undefined ? null : await earlier(connectorJobId);
  if (connector?.language === undefined || connector.runtime === undefined) return null;
  const replaced = new Set(files.map(({ path }) => path));
  return {
    files: [...connector.files.filter(({ path }) => !replaced.has(path)), ...files],
    language: connector.language,
    runtime: connector.runtime,
    tools: null,
    calls: [],
    environment: SOME_ADDRESS,
    upstream: null,
  };
}

/** Every address is the mock. */
const SOME_ADDRESS = { BASE_URL: 'https://api.example.com' };

/** A specification without a server leaves the address to whoever deploys the connector. */
export const settingsFor = (model: ApiModel): Readonly<Record<string, string>> => (model.baseUrl === undefined ? SOME_ADDRESS : {});

async function modelOf(input: JobInput): Promise<ApiModel | null> {
  const document = await documentOf(input);
  const model = document?.ok === true ? buildModel(document.value) : null;
  return model?.ok === true ? model.value : null;
}
