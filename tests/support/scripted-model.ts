/**
 * A language model on loopback, as far as OpenHands asks one: OpenAI's chat completions, answered from a
 * script. It keeps nothing of a conversation: what was said so far comes with every call, and the run's
 * folder, which lies on this machine, says which job it is about. So any number of conversations, lost and
 * replaced ones included, go on at the same time.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Task, taskSchema } from '@mcpoverflow/types';
import * as z from 'zod';

export interface ModelTurn {
  readonly directory: string;
  readonly task: Task;
  /** Steps since the last message of the user. */
  readonly step: number;
  /** What the user said, first to last. */
  readonly userMessages: readonly string[];
  /** What the tools answered since the last message of the user. */
  readonly observations: readonly string[];
}

export type Answer = (
  | { readonly tool: string; readonly input: object }
  /** Arguments that are no JSON. */
  | { readonly tool: string; readonly brokenInput: string }
  | { readonly say: string }
  | { readonly status: number; readonly message: string }
) & {
  /** Answered only then; a promise that never resolves is a model that hangs. */
  readonly after?: Promise<unknown>;
  /** What the call counts for; a thousand tokens in and a hundred out unless it says otherwise. */
  readonly tokens?: { readonly prompt: number; readonly completion: number };
};

export type Script = (turn: ModelTurn) => Answer | Promise<Answer>;

export interface ScriptedModel extends AsyncDisposable {
  /** What `LLM_BASE_URL` is set to. */
  readonly url: string;
  /** What the model says in that job's runs; every other job gets the script that the model was started with. */
  script(jobId: string, script: Script): void;
  /** Every call about a job that was made so far, in order. */
  turnsOf(jobId: string): readonly ModelTurn[];
  /** Calls whose answer somebody waits for now. */
  waiting(): readonly ModelTurn[];
  /** The most calls that waited at once in different runs of one job. */
  readonly mostRunsOfOneJob: number;
  /** Calls with another key. */
  readonly refused: number;
  /** Resolves once the condition holds; looked at after every call and answer. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const contentSchema = z.union([z.string(), z.array(z.looseObject({ text: z.string().default('') }))]).nullish();
const requestSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: contentSchema })),
});
type Message = z.infer<typeof requestSchema>['messages'][number];

export interface ScriptedModelOptions {
  readonly apiKey: string;
  /** The folder that holds one folder per run. */
  readonly workspace: string;
  readonly script: Script;
}

/** Starts the model on loopback. */
export async function startScriptedModel({ apiKey, workspace, script: usual }: ScriptedModelOptions): Promise<ScriptedModel> {
  const scripts = new Map<string, Script>();
  const tasks = new Map<string, Task>();
  const turns: ModelTurn[] = [];
  const open = new Set<ModelTurn>();
  const watchers = new Set<() => void>();
  let mostRunsOfOneJob = 0;
  let refused = 0;

  const changed = (): void => {
    for (const look of [...watchers]) look();
  };

  function turnOf(messages: readonly Message[]): ModelTurn {
    const userMessages = messages.filter(({ role }) => role === 'user').map(textOf);
    const lastOfUser = messages.findLastIndex(({ role }) => role === 'user');
    const since = messages.slice(lastOfUser + 1);
    const from = userMessages[0]?.indexOf(workspace) ?? -1;
    const name = /^\/([\w-]+)/.exec(userMessages[0]?.slice(from + workspace.length) ?? '')?.[1];
    if (from === -1 || name === undefined) throw new Error(`no folder below ${workspace} in: ${userMessages[0]}`);
    const directory = `${workspace}/${name}`;
    return {
      directory,
      task: taskIn(directory),
      step: since.filter(({ role }) => role === 'assistant').length,
      userMessages,
      observations: since.filter(({ role }) => role === 'tool').map(textOf),
    };
  }

  /** Kept, because the folder goes while the last call may still be under way. */
  function taskIn(directory: string): Task {
    const task = tasks.get(directory) ?? taskSchema.parse(JSON.parse(readFileSync(`${directory}/task.json`, 'utf8')));
    tasks.set(directory, task);
    return task;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { model, messages } = requestSchema.parse(await json(request));
    if (request.headers.authorization !== `Bearer ${apiKey}`) {
      refused += 1;
      return refuse(response, 401, 'Incorrect API key provided.');
    }
    const turn = turnOf(messages);
    turns.push(turn);
    open.add(turn);
    response.once('close', () => {
      open.delete(turn);
      changed();
    });
    const { jobId } = turn.task;
    const runs = new Set([...open].filter(({ task }) => task.jobId === jobId).map(({ directory }) => directory));
    mostRunsOfOneJob = Math.max(mostRunsOfOneJob, runs.size);
    changed();
    const said = await (scripts.get(jobId) ?? usual)(turn);
    await said.after;
    if ('status' in said) return refuse(response, said.status, said.message);
    const { prompt, completion } = said.tokens ?? { prompt: 1000, completion: 100 };
    respond(response, 200, {
      id: `chatcmpl-${turns.length}`,
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1000),
      model,
      choices: [{ index: 0, message: messageOf(said, turn.step), finish_reason: 'say' in said ? 'stop' : 'tool_calls' }],
      usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
    });
  }

  const server = createServer((request, response) => {
    response.on('error', () => {});
    answer(request, response).catch((error: unknown) => refuse(response, 400, `The script failed: ${error}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  return {
    url: `http://127.0.0.1:${port}/v1`,
    script: (jobId, script) => void scripts.set(jobId, script),
    turnsOf: (jobId) => turns.filter(({ task }) => task.jobId === jobId),
    waiting: () => [...open],
    get mostRunsOfOneJob() {
      return mostRunsOfOneJob;
    },
    get refused() {
      return refused;
    },
    until: (condition) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!condition()) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

const textOf = ({ content }: Message): string =>
  typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join('\n');

function messageOf(said: Exclude<Answer, { readonly status: number }>, step: number): object {
  if ('say' in said) return { role: 'assistant', content: said.say };
  const input = 'input' in said ? JSON.stringify(said.input) : said.brokenInput;
  return {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: `call_${step}`, type: 'function', function: { name: said.tool, arguments: input } }],
  };
}

function respond(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const refuse = (response: ServerResponse, status: number, message: string): void =>
  respond(response, status, { error: { message, type: 'error', code: String(status) } });
