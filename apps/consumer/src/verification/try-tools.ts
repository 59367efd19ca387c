/**
 * Calls every tool twice, first with the arguments it cannot do without, as a client of 2025, then with all it
 * takes, as one of 2026, and holds what came back against what was promised and what the API's mock saw.
 *
 * Arguments are made from the schemas that the connector lists, as a model would make them. Where no arguments
 * could be made that fit, the call proves nothing against the tool, and the report says so.
 */
import { isSentByWorkers, placeholderValues, type SampleCall, sampleCalls } from '@mcpoverflow/connectors';
import type { ListedTool, McpSession, ToolAnswer } from './mcp-session.ts';
import type { Sighting, Traffic } from './mock-upstream.ts';
import { type Report, WHOLE_CONNECTOR } from './report.ts';
import type { Judge } from './schema-judge.ts';

/** Calls with all arguments; they are made once more for each tool, and a list of a thousand would take too long. */
const MAX_FULL_CALLS = 200;

/** Of a path that is told. */
const MAX_TOLD_CHARACTERS = 150;

/** The operation a tool says it calls; a path's placeholders may have any names. */
export interface DeclaredOperation {
  readonly method: string;
  readonly path: string;
}

/** How much is known of the API, and so can be asked of a tool. */
export type Knowledge =
  /** A specification: the answer must be good, and the right operation reached. */
  | 'described'
  /** Nothing but that there is one: it must be reached. */
  | 'undescribed'
  /** Not even that: an answer is enough. */
  | 'unknown';

export interface Trial {
  readonly report: Report;
  readonly traffic: Traffic;
  readonly judge: Judge;
  readonly knowledge: Knowledge;
  /** Told what is called next, and waited for; it may end everything. */
  readonly beforeCall: (tool: string) => Promise<void>;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

/** A listed tool, and the operation that it declares, if any is. */
export interface TriedTool extends ListedTool {
  readonly operation?: DeclaredOperation;
}

/** Tries the tools through one session and then through the other; both may be the same. */
export async function tryTools(listed: readonly TriedTool[], first: McpSession, second: McpSession, trial: Trial): Promise<void> {
  const { report, signal } = trial;
  const tools = listed.filter(({ operation }) => operation === undefined || isSentByWorkers(operation.method));
  if (tools.length < listed.length) {
    report.skipped += listed.length - tools.length;
    report.note(`${listed.length - tools.length} of its tools use methods that the engine, which runs on Workers, cannot send.`);
  }
  for (const { tool, call, unfit } of await callsOf(tools, 'required', trial)) {
    if (report.isFull) return;
    if (signal.aborted) report.fail(tool.name, UNCALLED);
    else await tryTool(tool, call, unfit, first, trial);
  }
  const sample = evenly(tools, MAX_FULL_CALLS);
  let left = tools.length - sample.length;
  for (const { tool, call, unfit } of await callsOf(sample, 'all', trial)) {
    if (report.isFull) return;
    if (signal.aborted || unfit) left += 1;
    else if (!report.hasFailed(tool.name)) await tryTool(tool, call, false, second, trial);
  }
  tellLateRequest(trial);
  report.skipped += left;
  if (left > 0)
    report.note(`${left} of ${tools.length} tools were not called with all their arguments: too many, no time, or no arguments that fit.`);
}

/** So many of the list, spread over it, the first and the last among them. */
export function evenly<T>(list: readonly T[], count: number): readonly T[] {
  if (list.length <= count) return list;
  const chosen = new Set(Array.from({ length: count }, (_, index) => Math.floor((index * (list.length - 1)) / (count - 1))));
  return list.filter((_, index) => chosen.has(index));
}

interface PlannedCall {
  readonly tool: TriedTool;
  readonly call: SampleCall;
  /** The arguments do not fit the tool's own schema: nothing better was found. */
  readonly unfit: boolean;
}

async function callsOf(tools: readonly TriedTool[], which: 'required' | 'all', { judge }: Trial): Promise<readonly PlannedCall[]> {
  const schemas = tools.map(({ name, inputSchema = {} }) => ({ name, inputSchema }));
  const calls = sampleCalls(schemas, which);
  const verdicts = await judge(calls.map(({ arguments: value }, index) => ({ schema: schemas[index]?.inputSchema ?? {}, value })));
  return tools.flatMap((tool, index) => {
    const call = calls[index];
    return call === undefined ? [] : [{ tool, call, unfit: call.isUnfit === true || verdicts[index] !== null }];
  });
}

async function tryTool(tool: TriedTool, call: SampleCall, unfit: boolean, session: McpSession, trial: Trial): Promise<void> {
  const { report, knowledge } = trial;
  tellLateRequest(trial);
  report.called(tool.name);
  const complaint = await complaintAbout(tool, call, session, trial);
  if (complaint === null) report.passed += 1;
  else if (unfit && knowledge === 'described') {
    report.unjudged();
    report.note(`${tool.name} could not be judged: no arguments were found that fit its input schema.`);
  } else report.fail(tool.name, complaint);
}

/**
 * What arrives between calls is the doing of the tool that was called last; it may be late only because that tool gave no
 * answer in time. Of a call that could not be judged, only where it goes counts.
 */
function tellLateRequest({ report, traffic, knowledge }: Trial): void {
  const late = traffic.take().find(({ astray }) => astray || (knowledge === 'described' && !report.isLastUnjudged));
  const { lastCalled = WHOLE_CONNECTOR } = report;
  if (late === undefined || report.hasFailed(lastCalled)) return;
  report.fail(lastCalled, late.astray ? strayed(late) : `sent ${requestOf(late)} while no tool was called`);
}

type Arguments = Readonly<Record<string, unknown>>;

interface TrialCall {
  readonly arguments: Arguments;
  /** The part of the arguments that the operation takes; without it, all. */
  readonly forApi?: Arguments;
  /** What is said of the call before it is made; without it, the tool's name. */
  readonly announced?: string;
}

/** What is said of a tool that was to be called when everything was ended. */
export const UNCALLED = 'was not called: the time for the verification was over';

/** Calls the tool; null when all is as it should be. */
export async function complaintAbout(
  tool: TriedTool,
  { arguments: args, forApi = args, announced = tool.name }: TrialCall,
  session: McpSession,
  trial: Trial,
): Promise<string | null> {
  const { traffic, knowledge } = trial;
  await trial.beforeCall(announced);
  if (trial.signal.aborted) return UNCALLED;
  const answer = await timed(() => session.callTool(tool.name, args), trial.report);
  const seen = traffic.take();
  const stray = seen.find(({ astray }) => astray);
  if (stray !== undefined) return strayed(stray);
  if (!answer.ok) return answer.error;
  const { failure } = answer.value;
  if (knowledge === 'unknown') return null;
  if (failure !== null && knowledge === 'described') return failure;
  if (seen.length === 0) return `never called the API${failure === null ? '' : `: ${failure}`}`;
  if (knowledge === 'undescribed') return null;
  return wrongRequest(tool, forApi, seen) ?? (await wrongAnswer(tool, answer.value, trial));
}

/** Runs the call and keeps its time. The clock of a Worker stands still while code runs and moves with each answer from outside. */
async function timed<T extends { readonly ok: boolean }>(call: () => Promise<T>, report: Report): Promise<T> {
  const begun = performance.now();
  const answer = await call();
  if (answer.ok) report.callTimes.push(performance.now() - begun);
  return answer;
}

const strayed = ({ host }: Sighting): string => `called ${host.slice(0, 100)}, which is not a host of the API`;

/** Whether the operation that the tool declares was reached, and with the arguments that bear the names of its parts. */
function wrongRequest({ operation }: TriedTool, args: Arguments, seen: readonly Sighting[]): string | null {
  if (operation === undefined) return null;
  const reached = seen.flatMap((sighting) => sighting.reached).filter((each) => isSame(each, operation));
  if (reached.length === 0) {
    const called = seen.map(requestOf).slice(0, 3);
    return `declares ${operation.method} ${operation.path} and called ${called.join(', ')}`;
  }
  const beyond = requestBeyond(operation, seen);
  if (beyond !== undefined) return `also sent ${requestOf(beyond)}, which is not its one request`;
  // Of several requests to one operation, the fullest counts.
  const unsent = reached
    .map((each) => each.unsent.filter((name) => Object.hasOwn(args, name)))
    .reduce((a, b) => (a.length <= b.length ? a : b));
  return unsent.length === 0 ? null : `was given ${unsent.slice(0, 5).join(', ')} and did not send it`;
}

/** A request that the operation does not ask for: another one, or its own write once more. What only reads may ask for one page after another. */
function requestBeyond(operation: DeclaredOperation, seen: readonly Sighting[]): Sighting | undefined {
  const mayRepeat = /^(GET|HEAD|OPTIONS)$/i.test(operation.method);
  const first = seen.findIndex((sighting) => isOwn(sighting, operation));
  return seen.find((sighting, index) => !isOwn(sighting, operation) || (index !== first && !mayRepeat));
}

const requestOf = ({ method, path }: Sighting): string => `${method} ${path.slice(0, MAX_TOLD_CHARACTERS)}`;

/** Whether a request is the operation's, refused or not. A connector follows redirects and asks for pages by the operation itself. */
function isOwn({ reached, method, path }: Sighting, operation: DeclaredOperation): boolean {
  if (reached.length > 0) return reached.some((each) => isSame(each, operation));
  if (method !== operation.method.toUpperCase()) return false;
  const [template = ''] = operation.path.split(/[?#]/);
  // The path of the API's address may stand before it.
  const wanted = `{}${template.replace(PLACEHOLDER, '{}')}`.split('/').map((segment) => segment.split('{}'));
  return [path, path.replace(/\/$/, '')].some((each) => {
    const parts = each.split('/').slice(-wanted.length);
    return parts.length === wanted.length && wanted.every((literals, index) => placeholderValues(parts[index] ?? '', literals, 0) !== null);
  });
}

/** Whether two say one operation: `/pets/{id}` and `/pets/{petId}` are one path. */
export const isSame = (a: DeclaredOperation, b: DeclaredOperation): boolean =>
  a.method.toUpperCase() === b.method.toUpperCase() && templateOf(a.path) === templateOf(b.path);

const PLACEHOLDER = /\{[^{}]*\}/g;

const templateOf = (path: string): string => path.replace(PLACEHOLDER, '{}').replace(/\/+$/, '');

async function wrongAnswer({ outputSchema }: TriedTool, { structured }: ToolAnswer, { judge }: Trial): Promise<string | null> {
  if (outputSchema === undefined) return null;
  if (structured === undefined) return 'has an output schema and answered without structured content';
  const [verdict = null] = await judge([{ schema: outputSchema, value: structured }]);
  return verdict === null ? null : `answered what does not fit its output schema: ${verdict}`;
}
