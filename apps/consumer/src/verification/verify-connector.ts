/**
 * Runs a connector before anybody is told that it is done: it is loaded into an isolate of its own,
 * every declared tool must be listed, and every tool is called against a mock of its API.
 *
 * The connector's code is hostile. The isolate sees dummy settings only, its whole network is the mock
 * upstream, and answers are bounded in size and time. What stays open: the local runtime enforces no
 * CPU limit, so an endless loop freezes the process there; the supervisor of `npm start` ends that.
 */
import { COMPATIBILITY_DATE, type MockUpstream as Upstream } from '@mcpoverflow/connectors';
import type { GeneratedFile, Language, Runtime, Tool, Verification } from '@mcpoverflow/types';
import { readLibraries } from './libraries.ts';
import { type McpSession, openSession } from './mcp-session.ts';
import { withUpstream } from './mock-upstream.ts';
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
/** Calls in flight at once: bounds the memory that answers take. */
const CONCURRENT_CALLS = 4;

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
  readonly tools: readonly Pick<Tool, 'name'>[];
  /** Arguments to call each tool with. A tool without a call is a failure: nothing passes untried. */
  readonly calls: readonly { readonly tool: string; readonly arguments: Readonly<Record<string, unknown>> }[];
  /** The connector's settings: base URL and dummy credentials, never real ones. */
  readonly environment: Readonly<Record<string, string>>;
  /** Answers in the API's place. */
  readonly upstream: Upstream;
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
  const report = new Report();
  const prepared = connectorModules(input.files, readLibraries());
  if (!prepared.ok) {
    report.fail(WHOLE_CONNECTOR, prepared.error);
    return report.verification();
  }

  const verification = crypto.randomUUID();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), limits.timeoutMs);
  try {
    await withUpstream(verification, input.upstream, async () => {
      const connector = port.loader.load({
        compatibilityDate: COMPATIBILITY_DATE,
        mainModule: prepared.value.main,
        modules: { ...prepared.value.modules },
        env: { ...input.environment },
        globalOutbound: port.outbound(verification),
        limits: { cpuMs: limits.cpuMs },
      });
      await tryEveryTool(connector.getEntrypoint(), input, deadline.signal, report);
    });
  } catch (error) {
    report.fail(WHOLE_CONNECTOR, error instanceof Error ? error.message : 'failed without a reason');
  } finally {
    clearTimeout(timer);
  }
  return report.verification();
}

async function tryEveryTool(connector: Fetcher, input: VerificationInput, signal: AbortSignal, report: Report): Promise<void> {
  const session = await openSession(connector, { signal, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  if (!session.ok) return report.fail(WHOLE_CONNECTOR, session.error);
  await compareList(session.value, input.tools, report);
  await callTools(session.value, input, signal, report);
}

/** What is declared and what is listed must be the same names, once each, with inputs that clients accept. */
async function compareList(session: McpSession, declared: VerificationInput['tools'], report: Report): Promise<void> {
  const listed = await session.listTools();
  if (!listed.ok) return report.fail(WHOLE_CONNECTOR, listed.error);
  report.toolsListed = listed.value.length;

  const missing = new Set(declared.map((tool) => tool.name));
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

async function callTools(session: McpSession, input: VerificationInput, signal: AbortSignal, report: Report): Promise<void> {
  const untried = new Set(input.tools.map((tool) => tool.name));
  const calls = input.calls.values();
  const callInTurn = async () => {
    for (const call of calls) {
      if (signal.aborted || report.isFull) return;
      untried.delete(call.tool);
      report.toolsCalled += 1;
      const answer = await session.callTool(call.tool, call.arguments);
      if (!answer.ok) report.fail(call.tool, answer.error);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_CALLS }, callInTurn));
  const why = signal.aborted
    ? 'was not called: the time for the verification was over'
    : 'was not called: there are no arguments to call it with';
  for (const name of untried) report.fail(name, why);
}

/** What was seen so far. */
class Report {
  toolsListed = 0;
  toolsCalled = 0;
  readonly #failures: { tool: string; message: string }[] = [];

  get isFull(): boolean {
    return this.#failures.length >= MAX_FAILURES;
  }

  fail(tool: string, message: string): void {
    if (!this.isFull)
      this.#failures.push({ tool: tool.slice(0, MAX_MESSAGE_CHARACTERS), message: message.slice(0, MAX_MESSAGE_CHARACTERS) });
  }

  verification(): Verification {
    return {
      ran: true,
      runner: RUNNER,
      toolsListed: this.toolsListed,
      toolsCalled: this.toolsCalled,
      passed: this.#failures.length === 0,
      failures: this.#failures,
      ...(this.isFull ? { reason: `Stopped after ${MAX_FAILURES} failures.` } : {}),
    };
  }
}
