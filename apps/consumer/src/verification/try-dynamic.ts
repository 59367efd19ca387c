/**
 * Tries a connector of the dynamic mode: operations are searched, described and called through its three tools.
 * There are thousands of them, so a sample stands for all: operations spread evenly over the specification, each
 * of which must be found by its own words; or, when no specification is at hand, what common words find.
 */
import { isSentByWorkers, sampleCalls } from '@mcpoverflow/connectors';
import { fail, ok, parseJson, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import type { McpSession } from './mcp-session.ts';
import { complaintAbout, type DeclaredOperation, evenly, isSame, type Trial, type TriedTool, UNCALLED } from './try-tools.ts';

const SEARCH = 'search_operations';
const DESCRIBE = 'describe_operation';
const CALL = 'call_operation';
/** What a connector of the dynamic mode lists. */
export const dynamicToolNames: readonly string[] = [SEARCH, DESCRIBE, CALL];

/** Enough to meet every method and kind of body of a large API. */
const SAMPLE_SIZE = 24;
const FOUND_PER_WORD = 5;
const commonWords = ['get', 'list', 'create', 'update', 'delete'];
const MAX_ANSWER_VALUES = 100_000;

/** An operation that must be there. */
export interface ExpectedOperation extends DeclaredOperation {
  readonly title?: string;
}

interface Probe {
  readonly query: string;
  /** Must be found by the query. */
  readonly operation?: ExpectedOperation;
}

const foundSchema = z.object({
  operations: z.array(z.object({ operation: z.string(), method: z.string(), path: z.string() })).max(1000),
});
type Found = z.infer<typeof foundSchema>['operations'][number];
const describedSchema = z.looseObject({ inputSchema: z.record(z.string(), z.unknown()) });

/** Tries a sample of the operations: the first half through one session, the rest through the other. `expected` is null when nobody knows them. */
export async function tryDynamicTools(
  expected: readonly ExpectedOperation[] | null,
  first: McpSession,
  second: McpSession,
  trial: Trial,
): Promise<void> {
  const { report, signal } = trial;
  const callable = expected?.filter(({ method }) => isSentByWorkers(method)) ?? null;
  const probes: readonly Probe[] =
    callable === null
      ? commonWords.map((query) => ({ query }))
      : evenly(callable, SAMPLE_SIZE).map((operation) => ({ query: wordsOf(operation), operation }));
  let called = 0;
  for (const [index, probe] of probes.entries()) {
    if (signal.aborted || report.isFull) break;
    const session = index < probes.length / 2 ? first : second;
    const found = await search(probe.query, session, trial);
    if (!found.ok) {
      report.fail(SEARCH, found.error);
      continue;
    }
    const { operation: expectedOne } = probe;
    const wanted = expectedOne === undefined ? found.value.slice(0, FOUND_PER_WORD) : thatOne(found.value, expectedOne);
    if (expectedOne !== undefined && wanted.length === 0)
      report.fail(SEARCH, `does not find ${expectedOne.method} ${expectedOne.path} by the words "${probe.query}"`);
    for (const operation of wanted) {
      called += 1;
      await describeAndCall(operation, session, trial);
    }
  }
  if (called === 0 && report.failed === 0) report.fail(CALL, 'was not called: no operation was found');
  const all = expected === null ? 'its operations' : `${expected.length} operations`;
  report.note(`The connector is of the dynamic mode: ${called} of ${all} were searched, described and called.`);
}

const wordsOf = ({ method, path, title = '' }: ExpectedOperation): string =>
  `${method} ${path} ${title}`.replace(/\s+/g, ' ').slice(0, 300);

const thatOne = (found: readonly Found[], wanted: DeclaredOperation): readonly Found[] =>
  found.filter((operation) => isSame(operation, wanted)).slice(0, 1);

const search = async (query: string, session: McpSession, trial: Trial): Promise<Result<readonly Found[], string>> => {
  const found = await ask(SEARCH, { query }, foundSchema, session, trial);
  return found.ok ? ok(found.value.operations) : found;
};

/** Asks a tool that answers with JSON of this form, and must not call the API for it. */
async function ask<T>(
  tool: string,
  args: Readonly<Record<string, unknown>>,
  schema: z.ZodType<T>,
  session: McpSession,
  trial: Trial,
): Promise<Result<T, string>> {
  trial.report.called(tool);
  await trial.beforeCall(tool);
  if (trial.signal.aborted) return fail(UNCALLED);
  const answer = await session.callTool(tool, args);
  const [seen] = trial.traffic.take();
  if (seen !== undefined) return fail(`called ${seen.method} ${seen.host.slice(0, 100)}, which it has no need for`);
  if (!answer.ok) return answer;
  if (answer.value.failure !== null) return fail(answer.value.failure);
  const json = parseJson(answer.value.text, MAX_ANSWER_VALUES);
  const read = json.ok ? schema.safeParse(json.value) : null;
  if (read?.success !== true) return fail(`answered with something else than what it promises: ${answer.value.text.slice(0, 200)}`);
  trial.report.passed += 1;
  return ok(read.data);
}

async function describeAndCall(found: Found, session: McpSession, trial: Trial): Promise<void> {
  const { report, judge } = trial;
  const { operation: name, method, path } = found;
  const described = await ask(DESCRIBE, { operation: name }, describedSchema, session, trial);
  if (!described.ok) return report.fail(DESCRIBE, `${name}: ${described.error}`);
  const { inputSchema } = described.value;
  const calls = (['all', 'required'] as const).flatMap((which) => sampleCalls([{ name, inputSchema }], which));
  const verdicts = await judge(calls.map(({ arguments: value }) => ({ schema: inputSchema, value })));
  const fitting = calls.find(({ isUnfit }, index) => isUnfit !== true && verdicts[index] === null);
  report.called(CALL);
  const given = (fitting ?? calls.at(-1))?.arguments ?? {};
  const tool: TriedTool = { name: CALL, operation: { method, path } };
  const asked = { operation: name, arguments: given };
  const complaint = await complaintAbout(tool, { arguments: asked, forApi: given, announced: `${CALL}: ${name}` }, session, trial);
  if (complaint === null) report.passed += 1;
  else if (fitting === undefined) report.unjudged();
  else report.fail(CALL, `${name}: ${complaint}`);
}
