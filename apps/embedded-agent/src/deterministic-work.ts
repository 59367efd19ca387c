/**
 * What can be done without a mind: nothing is guessed and nothing is made up. Whatever needs judgement
 * ends with `needs-openhands` and a sentence on how to configure one.
 */
import { type ApiModel, analyze, connectorOptions, ENGINE_VERSION, generateConnector, readModel } from '@mcpoverflow/connectors';
import { fail, type JobType, ok, type Result, type Task } from '@mcpoverflow/types';
import type { Done, Work, WorkFault } from './perform.ts';

/** Told by `/server_info`. Results are cached under it, so it changes with whatever can change a result. */
export const VERSION = `1.0.0+connectors.${ENGINE_VERSION}`;

/** Analyses specifications and generates connectors; everything else, and what those two cannot do, needs OpenHands. */
export const deterministicWork: Work = (task, read) => {
  if (task.type === 'analyze') return analysis(task, read);
  if (task.type === 'generate-connector') return connector(task, read);
  return fail(needsMind(task.type));
};

function analysis(task: Task, read: (path: string) => string | null): Result<Done, WorkFault> {
  const model = modelOf(task, read);
  if (!model.ok) return model;
  const result = analyze(model.value);
  return ok({ result, message: `Analysed ${result.title}: ${result.endpoints.length} endpoints.` });
}

function connector(task: Task, read: (path: string) => string | null): Result<Done, WorkFault> {
  const model = modelOf(task, read);
  if (!model.ok) return model;
  const generated = generateConnector(model.value, connectorOptions(task.parameters, model.value));
  if (!generated.ok) return generated;
  const { tools, skipped } = generated.value;
  return ok({ result: generated.value, message: `Generated ${tools.length} tools; skipped ${skipped.length} operations.` });
}

function modelOf(task: Task, read: (path: string) => string | null): Result<ApiModel, WorkFault> {
  const { specification } = task;
  const { specType } = task.parameters;
  const text = specification === undefined ? null : read(specification.path);
  if (specification === undefined || specType === undefined || text === null) {
    return fail({ code: 'TaskUnreadable', message: 'The task names no specification, or its file is missing.' });
  }
  return readModel({ text, specType, format: specification.format });
}

const subjects: Readonly<Record<JobType, string>> = {
  analyze: 'Analysing this specification',
  'generate-connector': 'Generating this connector',
  'generate-from-description': 'Generating a connector from a description',
  'generate-tests': 'Generating tests',
  'generate-documentation': 'Generating documentation',
  'validate-connector': 'Validating a connector',
  'fix-connector': 'Fixing a connector',
};

const needsMind = (type: JobType): WorkFault => ({
  code: 'needs-openhands',
  message: `${subjects[type]} needs OpenHands. Set OPENHANDS_API_URL (and OPENHANDS_API_KEY, OPENHANDS_LLM, LLM_API_KEY as your server wants them) and retry the job.`,
});
