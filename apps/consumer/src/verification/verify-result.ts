/**
 * From a job and its result to a verification: which files run, against which mock, with which calls.
 * The mock is made from the specification the caller sent, never from what the agent wrote, so that a
 * connector cannot be right by agreeing with itself.
 */
import { type ApiModel, buildModel, mockUpstream, readSpecification, sampleCalls } from '@mcpoverflow/connectors';
import { connectorSchema, type JobType, type Verification } from '@mcpoverflow/types';
import type * as z from 'zod';
import { gunzipText } from '../gzip.ts';
import type { JobInput } from '../job/job.ts';
import { type VerificationPort, verifyConnector } from './verify-connector.ts';

/** CPU time for one request to a connector, where the platform enforces it. */
const CPU_MS = 2_000;
const runnableSchema = connectorSchema.pick({ files: true, language: true, runtime: true, tools: true });

type Runnable = z.infer<typeof runnableSchema>;

/** The connector in a result, or why there is nothing to run. */
export function connectorToRun(
  type: JobType,
  result: object,
): { readonly kind: 'run'; readonly connector: Runnable } | { readonly kind: 'nothing'; readonly reason: string } {
  if (type !== 'generate-connector' && type !== 'generate-from-description') {
    return { kind: 'nothing', reason: `A job of type ${type} yields nothing that the engine runs.` };
  }
  const connector = runnableSchema.safeParse(result);
  return connector.success ? { kind: 'run', connector: connector.data } : { kind: 'nothing', reason: 'The result holds no connector.' };
}

/** Runs the connector against a mock of the API that the job's specification describes. */
export async function runConnector(connector: Runnable, input: JobInput, port: VerificationPort, timeoutMs: number): Promise<Verification> {
  const model = await modelOf(input);
  if (model === null) return { ran: false, reason: 'There is no specification to make a mock of the API from.' };
  const { files, language, runtime, tools } = connector;
  return verifyConnector(
    port,
    { files, language, runtime, tools, calls: sampleCalls(tools), environment: settingsFor(model), upstream: mockUpstream(model) },
    { timeoutMs, cpuMs: CPU_MS },
  );
}

/** A specification without a server leaves the address to whoever deploys the connector; here any address is the mock. */
export function settingsFor(model: ApiModel): Readonly<Record<string, string>> {
  return model.baseUrl === undefined ? { BASE_URL: 'https://api.example.com' } : {};
}

async function modelOf({ parameters, files }: JobInput): Promise<ApiModel | null> {
  const specification = files.find((file) => file.format !== undefined);
  if (specification?.format === undefined || parameters.specType === undefined) return null;
  const document = readSpecification({
    text: await gunzipText(specification.gzip),
    specType: parameters.specType,
    format: specification.format,
  });
  if (!document.ok) return null;
  const model = buildModel(document.value);
  return model.ok ? model.value : null;
}
