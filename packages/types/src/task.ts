/**
 * `task.json`: what the agent is asked to do, uploaded beside the input. Paths are relative to the
 * run's working directory. The agent answers with `result.json` in the same directory.
 */
import * as z from 'zod';
import { endpointSelectionSchema, jobTypeSchema, specTypeSchema } from './submissions.ts';
import { languageSchema, runtimeSchema } from './targets.ts';

export const TASK_FILE = 'task.json';
export const RESULT_FILE = 'result.json';
/** The JSON Schema of {@link RESULT_FILE}; for OpenHands only. */
export const RESULT_SCHEMA_FILE = 'result.schema.json';
/** Where the agent puts the files that {@link RESULT_FILE} lists without their content. */
export const RESULT_FOLDER = 'result';
/**
 * What the engine makes without an agent, as a whole {@link RESULT_FILE} to start from; for OpenHands only, and
 * where there is a generator. A connector's files are listed by their path and lie in {@link BASELINE_FOLDER}.
 */
export const BASELINE_FILE = 'baseline.json';
export const BASELINE_FOLDER = 'baseline';

/** The small part of a submission: everything but the files and the options of the job itself. */
export const parametersSchema = z.object({
  name: z.string().optional(),
  specType: specTypeSchema.optional(),
  language: languageSchema.optional(),
  runtime: runtimeSchema.optional(),
  description: z.string().optional(),
  authConfig: z.record(z.string(), z.unknown()).optional(),
  selectedEndpoints: z.array(endpointSelectionSchema).optional(),
  customizations: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string(), stack: z.string().optional(), apiResponse: z.unknown().optional() }).optional(),
  /** The earlier job whose connector is meant; the consumer fetches it when the job starts. */
  connectorJobId: z.string().optional(),
});
export type Parameters = z.infer<typeof parametersSchema>;

export const specFormats = ['json', 'yaml', 'graphql'] as const;
export type SpecFormat = (typeof specFormats)[number];

export const taskSchema = z.object({
  v: z.literal(1),
  type: jobTypeSchema,
  jobId: z.string(),
  generation: z.number().int(),
  parameters: parametersSchema,
  /** The specification's file, when the job has one. */
  specification: z.object({ path: z.string(), format: z.enum(specFormats) }).optional(),
  /** The connector's and tests' files, when the job works on an existing connector. */
  files: z.array(z.string()),
});
export type Task = z.infer<typeof taskSchema>;
