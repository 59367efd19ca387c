/**
 * What each kind of job yields. The agent's `result.json` is parsed against these, and its JSON
 * Schema lies beside the task, so that agent, engine and caller share one definition.
 */
import * as z from 'zod';
import { filePathSchema, fileSchema, type JobType } from './submissions.ts';
import { languageSchema, runtimeSchema } from './targets.ts';

export const issueSchema = z
  .object({ severity: z.enum(['error', 'warning', 'info']), pointer: z.string(), message: z.string() })
  .meta({ id: 'Issue', description: 'Something about the specification a person may want to mend.' });
export type Issue = z.infer<typeof issueSchema>;

const parameterSummarySchema = z.object({ name: z.string(), in: z.string(), required: z.boolean(), type: z.string().optional() });

export const analysisSchema = z
  .object({
    title: z.string(),
    version: z.string(),
    purpose: z.string(),
    domain: z.string(),
    authMethods: z.array(z.object({ type: z.string(), name: z.string().optional(), description: z.string().optional() })),
    rateLimits: z.string().optional(),
    endpoints: z.array(
      z.object({
        method: z.string(),
        path: z.string(),
        operationId: z.string(),
        summary: z.string(),
        category: z.string(),
        parameters: z.array(parameterSummarySchema),
        deprecated: z.boolean(),
      }),
    ),
    dataModels: z.array(z.object({ name: z.string(), description: z.string().optional(), fields: z.array(z.string()) })),
    recommendedTools: z.array(z.object({ name: z.string(), description: z.string(), operations: z.array(z.string()) })),
    bestPractices: z.array(z.string()),
    issues: z.array(issueSchema),
    stats: z.record(z.string(), z.number()),
  })
  .meta({ id: 'Analysis' });
export type Analysis = z.infer<typeof analysisSchema>;

export const verificationSchema = z
  .object({
    ran: z.boolean(),
    runner: z.string().optional().meta({ description: 'What ran the connector, for example `worker-loader`.' }),
    toolsListed: z.number().int().optional(),
    toolsCalled: z.number().int().optional(),
    passed: z.boolean().optional(),
    failures: z.array(z.object({ tool: z.string(), message: z.string() })).optional(),
    reason: z.string().optional().meta({ description: 'Why it did not run, or not all of it.' }),
  })
  .meta({ id: 'Verification' });
export type Verification = z.infer<typeof verificationSchema>;

export const toolSchema = z
  .object({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    description: z.string(),
    method: z.string(),
    path: z.string(),
    inputSchema: z.record(z.string(), z.unknown()),
    outputSchema: z.record(z.string(), z.unknown()).optional(),
    annotations: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Tool' });
export type Tool = z.infer<typeof toolSchema>;

export const connectorSchema = z
  .object({
    name: z.string(),
    language: languageSchema,
    runtime: runtimeSchema,
    files: z.array(fileSchema).min(1),
    tools: z.array(toolSchema),
    skipped: z.array(z.object({ operation: z.string(), reason: z.string() })),
    issues: z.array(issueSchema).optional(),
    verification: verificationSchema,
  })
  .meta({ id: 'Connector' });
export type Connector = z.infer<typeof connectorSchema>;

export const generatedTestsSchema = z
  .object({ framework: z.string(), files: z.array(fileSchema).min(1), cases: z.number().int(), verification: verificationSchema })
  .meta({ id: 'GeneratedTests' });
export const documentationSchema = z
  .object({ files: z.array(fileSchema).min(1), verification: verificationSchema })
  .meta({ id: 'Documentation' });
export const validationSchema = z
  .object({
    valid: z.boolean(),
    issues: z.array(issueSchema),
    testResults: z.object({ passed: z.number().int(), failed: z.number().int(), skipped: z.number().int(), duration: z.number() }),
    performance: z.object({ avgResponseTime: z.number(), p95ResponseTime: z.number(), p99ResponseTime: z.number() }),
    verification: verificationSchema,
  })
  .meta({ id: 'Validation' });
export const fixSchema = z
  .object({
    fixed: z.boolean(),
    files: z.array(fileSchema),
    fixedCode: z.string(),
    explanation: z.string(),
    confidence: z.number().min(0).max(1),
    changes: z.array(z.string()),
    verification: verificationSchema,
  })
  .meta({ id: 'Fix' });

/** The result schema of every kind of job. */
export const resultSchemas = {
  analyze: analysisSchema.extend({ verification: verificationSchema }).meta({ id: 'AnalysisResult' }),
  'generate-connector': connectorSchema,
  'generate-from-description': connectorSchema,
  'generate-tests': generatedTestsSchema,
  'generate-documentation': documentationSchema,
  'validate-connector': validationSchema,
  'fix-connector': fixSchema,
} as const satisfies Record<JobType, z.ZodType>;
export type JobResult = z.infer<(typeof resultSchemas)[JobType]>;

/** A file that the agent made: with its content, or as the path of a file in the result folder. */
export const agentFileSchema = z
  .strictObject({ path: filePathSchema, content: z.string().optional() })
  .meta({ description: 'Leave `content` out for a file that lies under that path in the result folder.' });
const agentFiles = z.array(agentFileSchema).min(1);

/**
 * What the agent writes: the result without `verification`. An agent's word on its own work is not
 * taken: the engine verifies and writes that field itself. Files may be listed by their path alone, because
 * an agent writes files better than it writes JSON that holds them.
 */
export const agentResultSchemas = {
  analyze: analysisSchema,
  'generate-connector': connectorSchema.omit({ verification: true }).extend({ files: agentFiles }),
  'generate-from-description': connectorSchema.omit({ verification: true }).extend({ files: agentFiles }),
  'generate-tests': generatedTestsSchema.omit({ verification: true }).extend({ files: agentFiles }),
  'generate-documentation': documentationSchema.omit({ verification: true }).extend({ files: agentFiles }),
  'validate-connector': validationSchema.omit({ verification: true }),
  // `fixedCode` is the first file's content when the agent leaves it out.
  'fix-connector': fixSchema.omit({ verification: true }).extend({ files: z.array(agentFileSchema), fixedCode: z.string().optional() }),
} as const satisfies Record<JobType, z.ZodType>;
