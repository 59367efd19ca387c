/**
 * What can be done without a mind: nothing is guessed and nothing is made up. Whatever needs judgement
 * ends with `needs-openhands` and a sentence on how to configure one.
 */
import {
  type ApiModel,
  analyze,
  buildModel,
  connectorOptions,
  ENGINE_VERSION,
  generateConnector,
  generateDocumentation,
  generateTests,
  type RecognisedConnector,
  readSpecification,
  recogniseConnector,
} from '@mcpoverflow/connectors';
import { fail, type GeneratedFile, type JobType, type Language, ok, type Result, type Task } from '@mcpoverflow/types';
import type { Done, Work, WorkFault } from './perform.ts';

/** Told by `/server_info`. Results are cached under it, so it changes with whatever can change a result. */
export const VERSION = `1.0.0+connectors.${ENGINE_VERSION}`;

/** Where the files of a connector that was handed in lie. */
const CONNECTOR_FOLDER = 'connector/';

/** Analyses specifications, generates connectors, tests and documents its own, validates TypeScript; everything else needs OpenHands. */
export const deterministicWork: Work = (task, read) => {
  switch (task.type) {
    case 'analyze':
      return analysis(task, read);
    case 'generate-connector':
      return connector(task, read);
    case 'generate-tests':
      return tests(task, read);
    case 'generate-documentation':
      return documentation(task, read);
    case 'validate-connector':
      return validation(task, read);
    default:
      return fail(needsMind(task.type));
  }
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

function tests(task: Task, read: (path: string) => string | null): Result<Done, WorkFault> {
  const own = ownConnector(task, read);
  if (!own.ok) return own;
  const model = modelOf(task, read);
  if (!model.ok) return model;
  const suite = generateTests(own.value, model.value);
  if (!suite.ok) return suite;
  const { cases, framework } = suite.value;
  return ok({
    result: suite.value,
    message: `Generated ${cases} cases for ${own.value.plan.operations.size} operations, to be run by ${framework}.`,
  });
}

function documentation(task: Task, read: (path: string) => string | null): Result<Done, WorkFault> {
  const own = ownConnector(task, read);
  if (!own.ok) return own;
  const model = modelOf(task, read);
  if (!model.ok) return model;
  const files = generateDocumentation(own.value, model.value);
  return ok({ result: { files }, message: `Documented ${own.value.plan.operations.size} operations in ${files.length} files.` });
}

/**
 * An empty report: what there is to say of a connector shows when it runs, and the engine itself runs it when it
 * collects this. It can run TypeScript alone.
 */
function validation(task: Task, read: (path: string) => string | null): Result<Done, WorkFault> {
  const files = handedIn(task, read);
  const language = recogniseConnector(files)?.language ?? task.parameters.language ?? languageOf(files);
  if (language !== 'typescript') return fail(needsMind(task.type, ` in ${language}`));
  const result = {
    valid: true,
    issues: [],
    testResults: { passed: 0, failed: 0, skipped: 0, duration: 0 },
    performance: { avgResponseTime: 0, p95ResponseTime: 0, p99ResponseTime: 0 },
  };
  return ok({ result, message: `Read ${files.length} files of a TypeScript connector; it is for the engine to run it.` });
}

/** An earlier job's connector comes without a word on its language. */
function languageOf(files: readonly GeneratedFile[]): Language {
  if (files.some(({ path }) => path.endsWith('.py'))) return 'python';
  return files.some(({ path }) => path.endsWith('.go')) ? 'go' : 'typescript';
}

const handedIn = (task: Task, read: (path: string) => string | null): readonly GeneratedFile[] =>
  task.files
    .filter((path) => path.startsWith(CONNECTOR_FOLDER))
    .map((path) => ({ path: path.slice(CONNECTOR_FOLDER.length), content: read(path) ?? '' }));

/** The connector that was handed in: its data is read, its code never. Somebody else's code would have to be understood. */
function ownConnector(task: Task, read: (path: string) => string | null): Result<RecognisedConnector, WorkFault> {
  const connector = recogniseConnector(handedIn(task, read));
  return connector === null ? fail(needsMind(task.type, ' for a connector that this engine did not make')) : ok(connector);
}

function modelOf(task: Task, read: (path: string) => string | null): Result<ApiModel, WorkFault> {
  const document = documentOf(task, read);
  return document.ok ? buildModel(document.value) : document;
}

/** Apart from the model, so that a large text is not in memory any more when that is made. */
function documentOf(task: Task, read: (path: string) => string | null): Result<unknown, WorkFault> {
  const { specification } = task;
  const { specType } = task.parameters;
  const text = specification === undefined ? null : read(specification.path);
  if (specification === undefined || specType === undefined || text === null) {
    return fail({ code: 'TaskUnreadable', message: 'The task names no specification, or its file is missing.' });
  }
  return readSpecification({ text, specType, format: specification.format });
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

const needsMind = (type: JobType, circumstance = ''): WorkFault => ({
  code: 'needs-openhands',
  message: `${subjects[type]}${circumstance} needs OpenHands. Set OPENHANDS_API_URL (and OPENHANDS_API_KEY, OPENHANDS_LLM, LLM_API_KEY as your server wants them) and retry the job.`,
});
