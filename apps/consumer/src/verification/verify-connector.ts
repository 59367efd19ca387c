/**
 * Runs a connector before anybody is told that it is done: it is loaded into an isolate of its own,
 * every declared tool must be listed, and every tool is called against a mock of its API and must reach
 * it. Calls follow one another, so that a request which reaches the mock belongs to the tool being called.
 *
 * The connector's code is hostile. The isolate sees dummy settings only, its whole network is the mock
 * upstream, and answers are bounded in size and time. What stays open: the local runtime enforces no
 * CPU limit, so an endless loop freezes the process there; the supervisor of `npm start` ends that.
 */
import { COMPATIBILITY_DATE, type MockUpstream as Upstream } from '@mcpoverflow/connectors';
import type { GeneratedFile, Language, Runtime, Tool, Verification } from '@mcpoverflow/types';
import { readLibraries } from './libraries.ts';
import { type McpSession, openSession } from './mcp-session.ts';
import { type Traffic, withUpstream } from './mock-upstream.ts';
import { connectorModules } from './modules.ts';

const RUNNER = 'worker-loader';
/** A larger connector would not fit into this Worker's 128 MB beside the model of its API. */
const MAX_CONNECTOR_CHARACTERS = 8 * 1024 * 1024;
/** Stands in the place of a tool's name where the connector as a whole fails. */
const WHOLE_CONNECTOR = '(connector)';
/** Enough to see what is wrong; more would only fill the agent's context. */
const MAX_FAILURES = 50;
const MAX_MESSAGE_CHARACTERS = 500;
/** One tool must not eat the time of all. */
const REQUEST_TIMEOUT_MS = 10_000;
const PROBE_TIMEOUT_MS = 5_000;

/** What the platform lends. */
export interface VerificationPort {
  readonly loader: WorkerLoader;
  /** The network of one verification: `(verification) => ctx.exports.MockUpstream({ props: { verification } })`. */
  readonly outbound: (verification: string) => Fetcher;
}

export interface VerificationInput {
  readonly files: readonly GeneratedFile[];
  readonly language: Language;
  readonly runtime: Runtime;
  /** What must be listed, neither more nor less; null when nobody said, so that only the listing itself is judged. */
  readonly tools: readonly Pick<Tool, 'name'>[] | null;
  /** Arguments to call each tool with. A declared tool without a call is a failure: nothing passes untried. */
  readonly calls: readonly { readonly tool: string; readonly arguments: Readonly<Record<string, unknown>> }[];
  /** The connector's settings: base URL and dummy credentials, never real ones. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Answers in the API's place; null when nothing describes the API. Then everything is answered with an
   * empty object, which a good tool may rightly complain about: it must reach the API, no more.
   */
  readonly upstream: Upstream | null;
}

export interface VerificationLimits {
  /** For the whole verification. */
  readonly timeoutMs: number;
  /** CPU time for one request to the connector; enforced where deployed only. */
  readonly cpuMs: number;
}

/**
 * Verifies a connector. Never rejects for what a connector does: every fault is one of the result's
 * failures, at most 50 of them, each at most 500 characters. After 50 the remaining tools are not called.
 */
export async function verifyConnector(port: VerificationPort, input: VerificationInput, limits: VerificationLimits): Promise<Verification> {
  if (input.language !== 'typescript' || input.runtime !== 'cloudflare-workers') {
    return {
      ran: false,
      reason: `The engine runs TypeScript connectors for cloudflare-workers; this one is ${input.language} for ${input.runtime}.`,
    };
  }
  const characters = input.files.reduce((sum, file) => sum + file.content.length, 0);
  if (characters > MAX_CONNECTOR_CHARACTERS) {
    return {
      ran: false,
      reason: `The engine runs connectors of up to ${MAX_CONNECTOR_CHARACTERS} characters; this one has ${characters}.`,
    };
  }
  const report = new Report(unjudged(input));
  const prepared = connectorModules(input.files, readLibraries());
  if (!prepared.ok) {
    report.fail(WHOLE_CONNECTOR, prepared.error);
    return report.verification();
  }

  const verification = crypto.randomUUID();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), limits.timeoutMs);
  const load = (main: string, modules: Record<string, string | { readonly js: string } | { readonly json: unknown }>) =>
    port.loader
      .load({
        compatibilityDate: COMPATIBILITY_DATE,
        mainModule: main,
        modules,
        env: { ...input.environment },
        globalOutbound: port.outbound(verification),
        limits: { cpuMs: limits.cpuMs },
      })
      .getEntrypoint();
  try {
    return await withUpstream(verification, input.upstream ?? undescribedApi, async (traffic) => {
      try {
        await tryEveryTool(load(prepared.value.main, { ...prepared.value.modules }), input, traffic, deadline.signal, report);
      } catch (error) {
        report.fail(WHOLE_CONNECTOR, error instanceof Error ? error.message : 'failed without a reason');
      }
      const isDoubtful = report.hasFailures && report.toolsCalled > 0;
      if (isDoubtful && (await missesUpstream(load('probe.js', { 'probe.js': PROBE }), traffic))) return UPSTREAM_MISSED;
      return report.verification();
    });
  } finally {
    clearTimeout(timer);
  }
}

/** The API nobody described. */
const undescribedApi: Upstream = { respond: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }) };

/** A Worker of our own that does nothing but call its outbound network. */
const PROBE = `export default { fetch: () => fetch('https://api.example.com/') };`;
const UPSTREAM_MISSED: Verification = {
  ran: false,
  reason: "The connector's calls did not arrive at the mock of its API: the platform took them to another instance of the engine.",
};

/**
 * Whether calls of an isolate loaded here arrive at an upstream elsewhere: then no tool can work, and no
 * connector is to blame. Found out with a Worker of our own, because a connector could pretend it; a
 * probe that gets no answer proves nothing.
 */
async function missesUpstream(probe: Fetcher, traffic: Traffic): Promise<boolean> {
  const before = traffic.requests;
  try {
    const response = await probe.fetch('https://api.example.com/', { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await response.body?.cancel();
    return traffic.requests === before;
  } catch {
    return false;
  }
}

async function tryEveryTool(
  connector: Fetcher,
  input: VerificationInput,
  traffic: Traffic,
  signal: AbortSignal,
  report: Report,
): Promise<void> {
  const session = await openSession(connector, { signal, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  if (!session.ok) return report.fail(WHOLE_CONNECTOR, session.error);
  await compareList(session.value, input.tools, report);
  await callTools(session.value, input, traffic, signal, report);
}

/** What is declared and what is listed must be the same names, once each, with inputs that clients accept. */
async function compareList(session: McpSession, declared: VerificationInput['tools'], report: Report): Promise<void> {
  const listed = await session.listTools();
  if (!listed.ok) return report.fail(WHOLE_CONNECTOR, listed.error);
  report.toolsListed = listed.value.length;
  if (listed.value.length === 0) report.fail(WHOLE_CONNECTOR, 'lists no tools');

  const missing = new Set((declared ?? listed.value).map((tool) => tool.name));
  const seen = new Set<string>();
  for (const { name, hasObjectInput } of listed.value) {
    if (seen.has(name)) report.fail(name, 'is listed more than once');
    else if (!missing.delete(name)) report.fail(name, 'is listed but not declared');
    // One such schema makes clients drop every tool of the server.
    if (!hasObjectInput) report.fail(name, 'has an input schema whose type is not "object"');
    seen.add(name);
  }
  for (const name of missing) report.fail(name, 'is declared but not listed');
}

async function callTools(
  session: McpSession,
  { tools, calls, upstream }: VerificationInput,
  traffic: Traffic,
  signal: AbortSignal,
  report: Report,
): Promise<void> {
  const untried = new Set((tools ?? []).map((tool) => tool.name));
  for (const call of calls) {
    if (signal.aborted || report.isFull) break;
    untried.delete(call.tool);
    report.toolsCalled += 1;
    const before = traffic.requests;
    const answer = await session.callTool(call.tool, call.arguments);
    if (!answer.ok) report.fail(call.tool, answer.error);
    else if (answer.value !== null && upstream !== null) report.fail(call.tool, answer.value);
    else if (traffic.requests === before) report.fail(call.tool, `never called the API${answer.value === null ? '' : `: ${answer.value}`}`);
  }
  const why = signal.aborted
    ? 'was not called: the time for the verification was over'
    : 'was not called: there are no arguments to call it with';
  for (const name of untried) report.fail(name, why);
}

/** What a verification could not judge, for whoever reads that it passed. */
function unjudged({ tools, upstream }: VerificationInput): string | undefined {
  if (tools === null) return 'Nothing says which tools it should have and which API they call: they were listed, not called.';
  return upstream === null
    ? 'No specification describes the API: every tool was called and had to reach it; what it made of the answer was not judged.'
    : undefined;
}

/** What was seen so far. */
class Report {
  toolsListed = 0;
  toolsCalled = 0;
  readonly #failures: { tool: string; message: string }[] = [];
  readonly #unjudged: string | undefined;

  constructor(unjudged: string | undefined) {
    this.#unjudged = unjudged;
  }

  get hasFailures(): boolean {
    return this.#failures.length > 0;
  }

  get isFull(): boolean {
    return this.#failures.length >= MAX_FAILURES;
  }

  fail(tool: string, message: string): void {
    if (!this.isFull)
      this.#failures.push({ tool: tool.slice(0, MAX_MESSAGE_CHARACTERS), message: message.slice(0, MAX_MESSAGE_CHARACTERS) });
  }

  verification(): Verification {
    const reason = this.isFull ? `Stopped after ${MAX_FAILURES} failures.` : this.#unjudged;
    return {
      ran: true,
      runner: RUNNER,
      toolsListed: this.toolsListed,
      toolsCalled: this.toolsCalled,
      passed: this.#failures.length === 0,
      failures: this.#failures,
      ...(reason === undefined ? {} : { reason }),
    };
  }
}
