/**
 * A connector that comes without the specification it was made from: handed in, or mended. One of this engine's
 * own says in its data what it calls, which makes a mock; of any other nothing is known but that it speaks MCP.
 */
import { type ConnectorPlan, mockedPlan, mockUpstream, recogniseConnector } from '@mcpoverflow/connectors';
import type { GeneratedFile, Language, Runtime } from '@mcpoverflow/types';
import { gunzipText } from '../gzip.ts';
import type { JobInput } from '../job/job.ts';
import { dynamicToolNames } from './try-dynamic.ts';
import type { VerificationInput } from './verify-connector.ts';

const FOLDER = 'connector/';

/** The connector among a job's input; empty when an earlier job is named instead. */
export async function filesHandedIn({ files }: JobInput): Promise<readonly GeneratedFile[]> {
  const handedIn: GeneratedFile[] = [];
  for (const { path, gzip } of files)
    if (path.startsWith(FOLDER)) handedIn.push({ path: path.slice(FOLDER.length), content: await gunzipText(gzip) });
  return handedIn;
}

/** Every address is the mock. */
export const SOME_ADDRESS = { BASE_URL: 'https://api.example.com' };

export interface HandedIn {
  readonly input: VerificationInput;
  /** Made by this engine, as its data shows. */
  readonly isOurs: boolean;
}

/** What to try of the connector in these files. `known` is what is known of it otherwise. */
export function handedInConnector(
  files: readonly GeneratedFile[],
  known: { readonly language?: Language | undefined; readonly runtime?: Runtime | undefined },
): HandedIn {
  const recognised = recogniseConnector(files);
  const language = recognised?.language ?? known.language ?? 'typescript';
  const runtime = recognised?.plan.runtime ?? known.runtime ?? 'cloudflare-workers';
  if (recognised !== null) return { isOurs: true, input: { files, language, runtime, ...describedBy(recognised.plan) } };
  return {
    isOurs: false,
    input: { files, language, runtime, tools: null, operations: null, environment: SOME_ADDRESS, upstream: null },
  };
}

function describedBy(plan: ConnectorPlan): Pick<VerificationInput, 'tools' | 'operations' | 'environment' | 'upstream'> {
  const tools = [...plan.operations].map(([name, { method, path, title }]) => ({
    name,
    operation: { method, path, ...(title === undefined ? {} : { title }) },
  }));
  return {
    tools: plan.api.mode === 'dynamic' ? dynamicToolNames.map((name) => ({ name })) : tools,
    operations: tools.map(({ operation }) => operation),
    environment: plan.api.baseUrl === undefined ? SOME_ADDRESS : {},
    upstream: mockUpstream(mockedPlan(plan)),
  };
}
