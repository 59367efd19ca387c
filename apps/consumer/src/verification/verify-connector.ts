/**
 * Runs a connector before anybody is told that it is done: it is loaded into an isolate of its own, met as
 * clients of both eras of the protocol meet it, every declared tool must be listed, and every tool is called
 * against a mock of its API and must reach it as it says. Calls follow one another, so that a request which
 * reaches the mock belongs to the tool being called.
 *
 * The connector's code is hostile. The isolate sees dummy settings only, its whole network is the mock
 * upstream, and answers are bounded in size and time. What stays open: the local runtime enforces no
 * CPU limit, so an endless loop freezes the process there; the supervisor of `npm start` ends that.
 */
import { COMPATIBILITY_DATE, type MockUpstream as Upstream } from '@mcpoverflow/connectors';
import { fail, type GeneratedFile, type Language, ok, type Runtime, type Verification } from '@mcpoverflow/types';
import { readLibraries } from './libraries.ts';
import { type Era, eras, type ListedTool, type McpSession, openSession } from './mcp-session.ts';
import { type Traffic, withUpstream } from './mock-upstream.ts';
import { type ConnectorModule, connectorModules } from './modules.ts';
import { Report, WHOLE_CONNECTOR } from './report.ts';
import { schemaJudge } from './schema-judge.ts';
import { dynamicToolNames, type ExpectedOperation, tryDynamicTools } from './try-dynamic.ts';
import { type DeclaredOperation, type Knowledge, type Trial, tryTools } from './try-tools.ts';

/** A larger connector would not fit into this Worker's 128 MB. The largest of the corpus (Microsoft Graph) has 9.4 million. */
const MAX_CONNECTOR_CHARACTERS = 12 * 1024 * 1024;
/** One tool must not eat the time of all. */
const REQUEST_TIMEOUT_MS = 10_000;
const PROBE_TIMEOUT_MS = 5_000;
/** Tools of a connector that declares none: more are listed, and not called. */
const MAX_UNDECLARED_TOOLS = 200;
/** The part of a connector that is the same for every runtime. */
const CORE = 'src/worker.ts';

/** What the platform lends. */
export interface VerificationPort {
  readonly loader: WorkerLoader;
  /** The network of one verification: `(verification) => ctx.exports.MockUpstream({ props: { verification } })`. */
  readonly outbound: (verification: string) => Fetcher;
  /** Told the name of every tool before it is called, in the dynamic mode with the operation; false: nothing more may be run. */
  readonly beforeCall?: (tool: string) => Promise<boolean>;
}

export interface DeclaredTool {
  readonly name: string;
  /** What it calls; a tool of the dynamic mode calls any. */
  readonly operation?: DeclaredOperation;
}

export interface VerificationInput {
  readonly files: readonly GeneratedFile[];
  readonly language: Language;
  readonly runtime: Runtime;
  /** What must be listed, neither more nor less; null when nobody said, so that only the protocol is judged. */
  readonly tools: readonly DeclaredTool[] | null;
  /** What a connector of the dynamic mode must find and call; null when nobody knows. */
  readonly operations: readonly ExpectedOperation[] | null;
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
  /** For one request to the connector; 10 seconds unless it says otherwise. */
  readonly requestTimeoutMs?: number;
}

/** A connector that was run, or why none was. */
export type Tried = { readonly ran: true; readonly report: Report } | { readonly ran: false; readonly reason: string };

/**
 * Verifies a connector. Never rejects for what a connector does: every fault is one of the result's
 * failures, at most 50 of them, each at most 500 characters. After 50 the remaining tools are not called.
 */
export async function verifyConnector(port: VerificationPort, input: VerificationInput, limits: VerificationLimits): Promise<Verification> {
  const tried = await tryConnector(port, input, limits);
  return tried.ran ? tried.report.verification() : tried;
}

/** As {@link verifyConnector}, with everything that was seen. */
export async function tryConnector(port: VerificationPort, input: VerificationInput, limits: VerificationLimits): Promise<Tried> {
  const refusal = refusalOf(input);
  if (refusal !== null) return { ran: false, reason: refusal };
  const report = new Report();
  const libraries = readLibraries();
  const prepared = connectorModules(input.files, libraries);
  if (!prepared.ok) {
    const { kind, message } = prepared.error;
    if (kind === 'elsewhere' && input.tools === null) return { ran: false, reason: message };
    report.fail(WHOLE_CONNECTOR, message);
    return { ran: true, report };
  }

  const verification = crypto.randomUUID();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), limits.timeoutMs);
  const load = (
    main: string,
    modules: Record<string, string | ConnectorModule>,
    network: Fetcher | null,
    env: Readonly<Record<string, string>>,
  ) =>
    port.loader
      .load({
        compatibilityDate: COMPATIBILITY_DATE,
        mainModule: main,
        modules,
        env: { ...env },
        globalOutbound: network,
        limits: { cpuMs: limits.cpuMs },
      })
      .getEntrypoint();
  const surroundings = { upstream: input.upstream ?? undescribedApi, hosts: hostsOf(input) };
  try {
    return await withUpstream(verification, surroundings, async (traffic): Promise<Tried> => {
      const network = port.outbound(verification);
      try {
        const connector = load(prepared.value.main, { ...prepared.value.modules }, network, input.environment);
        const judge = schemaJudge((main, modules) => load(main, modules, null, {}), libraries, deadline.signal);
        const trial: Trial = {
          report,
          traffic,
          judge,
          knowledge: knowledgeOf(input),
          signal: deadline.signal,
          beforeCall: async (tool) => {
            if ((await port.beforeCall?.(tool)) === false) deadline.abort();
          },
        };
        await tryEverything(connector, input, trial, limits.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);
      } catch (error) {
        report.fail(WHOLE_CONNECTOR, error instanceof Error ? error.message : 'failed without a reason');
      }
      const isDoubtful = report.failed > 0 && report.toolsCalled > 0;
      if (isDoubtful && (await missesUpstream(load('probe.js', { 'probe.js': PROBE }, network, {}), traffic))) return UPSTREAM_MISSED;
      return { ran: true, report };
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Why the engine cannot run this connector; null when it can. */
function refusalOf({ language, runtime, files }: VerificationInput): string | null {
  if (language !== 'typescript') return `The engine runs TypeScript connectors; this one is ${language} for ${runtime}.`;
  if (runtime !== 'cloudflare-workers' && !files.some(({ path }) => path === CORE))
    return `The engine runs the web-standard core of a connector for ${runtime}, ${CORE}; this one has none.`;
  const characters = files.reduce((sum, file) => sum + file.content.length, 0);
  return characters > MAX_CONNECTOR_CHARACTERS
    ? `The engine runs connectors of up to ${MAX_CONNECTOR_CHARACTERS} characters; this one has ${characters}.`
    : null;
}

function knowledgeOf({ tools, upstream }: VerificationInput): Knowledge {
  if (tools === null) return 'unknown';
  return upstream === null ? 'undescribed' : 'described';
}

/** The API's own hosts and that of the address the connector is given. */
function hostsOf({ upstream, environment }: VerificationInput): ReadonlySet<string> | null {
  if (upstream === null) return null;
  const given = Object.values(environment).flatMap((value) => (URL.canParse(value) ? [new URL(value).host] : []));
  return new Set([...upstream.hosts, ...given]);
}

/** The API nobody described. */
const undescribedApi: Pick<Upstream, 'respond'> = {
  respond: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '{}', reached: [] }),
};

/** A Worker of our own that does nothing but call its outbound network. */
const PROBE = `export default { fetch: () => fetch('https://api.example.com/') };`;
const UPSTREAM_MISSED: Tried = {
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

async function tryEverything(connector: Fetcher, input: VerificationInput, trial: Trial, requestTimeoutMs: number): Promise<void> {
  const { report } = trial;
  const met = await meet(connector, input, trial, requestTimeoutMs);
  if (!met.ok) {
    for (const error of met.error) report.fail(WHOLE_CONNECTOR, error);
    return;
  }
  const { first, second } = met.value;
  const listed = await first.listTools();
  if (!listed.ok) return report.fail(WHOLE_CONNECTOR, listed.error);
  report.passed += 1;
  report.toolsListed = listed.value.length;
  compareList(listed.value, input.tools, report);
  await compareLists(listed.value, second, report);
  tellUnjudged(input, listed.value.length, report);

  const names = listed.value.map(({ name }) => name);
  const isDynamic = dynamicToolNames.every((name) => names.includes(name)) && names.length === dynamicToolNames.length;
  if (isDynamic && input.tools !== null) return tryDynamicTools(input.operations, first, second, trial);
  await tryTools(toolsToTry(listed.value, input.tools), first, second, trial);
}

/** Meets the connector in both eras. What says what it is must answer in both; of a stranger's, one is enough. */
async function meet(connector: Fetcher, { tools }: VerificationInput, { report, signal }: Trial, requestTimeoutMs: number) {
  const sessions: McpSession[] = [];
  const errors = new Map<string, Era>();
  for (const era of eras) {
    const session = await openSession(connector, era, { signal, requestTimeoutMs });
    if (session.ok) sessions.push(session.value);
    else if (!errors.has(session.error)) errors.set(session.error, era);
  }
  report.passed += sessions.length;
  const [first, second = first] = sessions;
  const [[error, era] = []] = errors;
  if (first === undefined || second === undefined) return fail([...errors.keys()]);
  if (error === undefined || era === undefined) return ok({ first, second });
  const complaint = `does not answer clients of ${era}: ${error}`;
  if (tools !== null) return fail([complaint]);
  report.note(`The connector ${complaint}.`);
  return ok({ first, second });
}

/** What is declared and what is listed must be the same names, once each, with inputs that clients accept. */
function compareList(listed: readonly ListedTool[], declared: VerificationInput['tools'], report: Report): void {
  if (listed.length === 0) report.fail(WHOLE_CONNECTOR, 'lists no tools');
  const missing = new Set((declared ?? listed).map((tool) => tool.name));
  const seen = new Set<string>();
  for (const { name, inputSchema } of listed) {
    if (seen.has(name)) report.fail(name, 'is listed more than once');
    else if (!missing.delete(name)) report.fail(name, 'is listed but not declared');
    // One such schema makes clients drop every tool of the server.
    if (inputSchema === undefined) report.fail(name, 'has an input schema whose type is not "object"');
    seen.add(name);
  }
  for (const name of missing) report.fail(name, 'is declared but not listed');
}

/** Clients of either era must see the same tools. */
async function compareLists(first: readonly ListedTool[], session: McpSession, report: Report): Promise<void> {
  const second = await session.listTools();
  if (!second.ok) return report.fail(WHOLE_CONNECTOR, second.error);
  const names = (tools: readonly ListedTool[]): string => JSON.stringify(tools.map(({ name }) => name));
  if (names(first) === names(second.value)) report.passed += 1;
  else report.fail(WHOLE_CONNECTOR, 'lists other tools, or in another order, when it is asked again');
}

/** Every tool that is listed and was declared, once. */
function toolsToTry(listed: readonly ListedTool[], declared: VerificationInput['tools']) {
  if (declared === null) return listed.slice(0, MAX_UNDECLARED_TOOLS);
  const operations = new Map(declared.map(({ name, operation }) => [name, operation]));
  const byName = new Map(listed.map((tool) => [tool.name, tool]));
  return [...byName.values()].flatMap((tool) => {
    const operation = operations.get(tool.name);
    return operations.has(tool.name) ? [{ ...tool, ...(operation === undefined ? {} : { operation }) }] : [];
  });
}

/** What this verification cannot judge, for whoever reads that it passed. */
function tellUnjudged({ tools, upstream, runtime }: VerificationInput, listed: number, report: Report): void {
  if (tools === null) report.note('Nothing says which tools it should have and which API they call: they had to answer, no more.');
  else if (upstream === null)
    report.note(
      'No specification describes the API: every tool was called and had to reach it; what it made of the answer was not judged.',
    );
  if (tools === null && listed > MAX_UNDECLARED_TOOLS) report.note(`Only ${MAX_UNDECLARED_TOOLS} of its tools were called.`);
  if (runtime !== 'cloudflare-workers') report.note(`What ${runtime} needs around ${CORE} was not run.`);
}
