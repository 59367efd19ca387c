/**
 * What each kind of job yields. The agent's `result.json` is parsed against these, and its JSON
 * Schema lies beside the task, so that agent, engine and caller share one definition.
 */
import * as z from 'zod';
import { filePathSchema, fileSchema, type JobType } from './submissions.ts';
import { languageSchema, runtimeSchema } from './targets.ts';

const described = <T extends z.ZodType>(schema: T, description: string): T => schema.meta({ description });
const text = (description: string) => described(z.string(), description);

export const issueSchema = z
  .object({
    severity: z.enum(['error', 'warning', 'info']),
    pointer: text('Where: a JSON Pointer into the specification, or `path:line` in a connector.'),
    message: text('What is wrong, in a sentence.'),
  })
  .meta({ id: 'Issue', description: 'Something a person may want to mend.' });
export type Issue = z.infer<typeof issueSchema>;

const parameterSummarySchema = z.object({
  name: z.string(),
  in: text('Such as `path`, `query`, `header`, `cookie`, `body`.'),
  required: z.boolean(),
  type: z.string().optional(),
});

export const analysisSchema = z
  .object({
    title: z.string(),
    version: z.string(),
    purpose: text('What the API is for, in one or two sentences.'),
    domain: text('Such as `payments` or `project management`.'),
    authMethods: z.array(
      z.object({
        type: text('Such as `oauth2`, `bearer`, `apiKey (header X-API-Key)`.'),
        name: z.string().optional(),
        description: z.string().optional(),
      }),
    ),
    rateLimits: text('In a sentence; left out when nothing is said about them.').optional(),
    endpoints: described(
      z.array(
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
      'Every operation of the API; none may be missing.',
    ),
    dataModels: z.array(z.object({ name: z.string(), description: z.string().optional(), fields: z.array(z.string()) })),
    recommendedTools: described(
      z.array(z.object({ name: z.string(), description: z.string(), operations: described(z.array(z.string()), 'operationIds.') })),
      'Tools that an MCP connector for this API should have.',
    ),
    bestPractices: described(z.array(z.string()), 'How to use this API well, a sentence each.'),
    issues: z.array(issueSchema),
    stats: described(z.record(z.string(), z.number()), 'Counts, by name.'),
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
    description: text('What it does and when to use it, for a language model.'),
    method: text('The HTTP method of the request it makes.'),
    path: text('The path of the request it makes, such as `/pets/{id}`.'),
    inputSchema: described(z.record(z.string(), z.unknown()), 'The JSON Schema that the connector lists; its `type` is `object`.'),
    outputSchema: z.record(z.string(), z.unknown()).optional(),
    annotations: described(z.record(z.string(), z.unknown()), 'MCP hints such as `readOnlyHint`; may be empty.'),
  })
  .meta({ id: 'Tool' });
export type Tool = z.infer<typeof toolSchema>;

export const connectorSchema = z
  .object({
    name: text('A package name.'),
    language: languageSchema,
    runtime: runtimeSchema,
    files: z.array(fileSchema).min(1),
    tools: described(z.array(toolSchema), 'Exactly the tools that the connector lists.'),
    skipped: described(
      z.array(z.object({ operation: z.string(), reason: z.string() })),
      'Operations that were asked for and have no tool, such as `GET /pets`, and why.',
    ),
    issues: z.array(issueSchema).optional(),
    verification: verificationSchema,
  })
  .meta({ id: 'Connector' });
export type Connector = z.infer<typeof connectorSchema>;

export const generatedTestsSchema = z
  .object({
    framework: text('Such as `vitest`, `pytest`, `go test`.'),
    files: z.array(fileSchema).min(1),
    cases: described(z.number().int(), 'How many test cases there are.'),
    verification: verificationSchema,
  })
  .meta({ id: 'GeneratedTests' });
export const documentationSchema = z
  .object({ files: z.array(fileSchema).min(1), verification: verificationSchema })
  .meta({ id: 'Documentation' });
export const validationSchema = z
  .object({
    valid: described(z.boolean(), 'True when no issue is an error and no test failed.'),
    issues: z.array(issueSchema),
    testResults: z.object({
      passed: z.number().int(),
      failed: z.number().int(),
      skipped: z.number().int(),
      duration: described(z.number(), 'Milliseconds; 0 when no test ran.'),
    }),
    performance: described(
      z.object({ avgResponseTime: z.number(), p95ResponseTime: z.number(), p99ResponseTime: z.number() }),
      'Measured times of tool calls against a local mock, in milliseconds; all 0 when nothing was measured.',
    ),
    verification: verificationSchema,
  })
  .meta({ id: 'Validation' });
export const fixSchema = z
  .object({
    fixed: z.boolean(),
    files: described(z.array(fileSchema), 'Every changed file, whole.'),
    fixedCode: text("The first file's content."),
    explanation: text('The cause, and what was done about it.'),
    confidence: described(z.number().min(0).max(1), 'That the error is gone.'),
    changes: described(z.array(z.string()), 'What was changed, a sentence each.'),
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
  .strictObject({
    path: described(filePathSchema, 'Relative, with slashes, without empty, "." or ".." parts.'),
    content: z.string().optional(),
  })
  .meta({ description: 'Leave `content` out for a file that lies under that path in the result folder.' });
const agentFiles = z.array(agentFileSchema);

/**
 * What the agent writes: the result without `verification`. An agent's word on its own work is not
 * taken: the engine verifies and writes that field itself. Files may be listed by their path alone, because
 * an agent writes files better than it writes JSON that holds them.
 */
export const agentResultSchemas = {
  analyze: analysisSchema,
  'generate-connector': connectorSchema.omit({ verification: true }).extend({ files: agentFiles.min(1) }),
  'generate-from-description': connectorSchema.omit({ verification: true }).extend({ files: agentFiles.min(1) }),
  'generate-tests': generatedTestsSchema.omit({ verification: true }).extend({ files: agentFiles.min(1) }),
  'generate-documentation': documentationSchema.omit({ verification: true }).extend({ files: agentFiles.min(1) }),
  'validate-connector': validationSchema.omit({ verification: true }),
  'fix-connector': fixSchema.omit({ verification: true }).extend({
    files: described(agentFiles, 'Every changed file, whole; none when nothing could be fixed.'),
    fixedCode: text("Leave this out: it becomes the first file's content.").optional(),
  }),
} as const satisfies Record<JobType, z.ZodType>;
/** What an agent's `result.json` holds, its files with or without their content. */
export type AgentResult = z.infer<(typeof agentResultSchemas)[JobType]>;
