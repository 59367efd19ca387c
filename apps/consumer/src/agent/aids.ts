/**
 * What lies beside the task to help an agent: the JSON Schema of its result, and a baseline, made without an
 * agent by the same code that does the embedded agent's work. An agent that starts from something that runs
 * improves it, instead of writing a protocol server from memory. The baseline is a whole `result.json`, so
 * that a copy of it is an answer already.
 */
import { analyze, buildModel, connectorOptions, generateConnector } from '@mcpoverflow/connectors';
import { agentResultSchemas, BASELINE_FILE, BASELINE_FOLDER, type JobType, RESULT_SCHEMA_FILE } from '@mcpoverflow/types';
import * as z from 'zod';
import type { JobInput } from '../job/job.ts';
import { describeError, log } from '../log.ts';
import { documentOf } from './document.ts';

/** `path` is relative to the run's folder. */
export interface TextFile {
  readonly path: string;
  readonly content: string;
}

/** The JSON Schema (2020-12) of `result.json`. */
export const schemaFile = (type: JobType): TextFile => ({
  path: RESULT_SCHEMA_FILE,
  content: JSON.stringify(z.toJSONSchema(agentResultSchemas[type]), null, 2),
});

/** The baseline; none where there is no generator for what is asked. */
export async function baselineFiles(type: JobType, input: JobInput): Promise<readonly TextFile[]> {
  if (type !== 'generate-connector' && type !== 'analyze') return [];
  try {
    const document = await documentOf(input);
    const model = document?.ok === true ? buildModel(document.value) : null;
    if (model?.ok !== true) return [];
    if (type === 'analyze') return [{ path: BASELINE_FILE, content: JSON.stringify(analyze(model.value)) }];
    const connector = generateConnector(model.value, connectorOptions(input.parameters, model.value));
    if (!connector.ok) return [];
    const { files } = connector.value;
    const listed = { ...connector.value, files: files.map(({ path }) => ({ path })) };
    return [
      ...files.map(({ path, content }) => ({ path: `${BASELINE_FOLDER}/${path}`, content })),
      { path: BASELINE_FILE, content: JSON.stringify(listed) },
    ];
  } catch (error) {
    // A help is not a condition: the agent has the specification itself.
    log('warn', 'no baseline', { error: describeError(error) });
    return [];
  }
}
