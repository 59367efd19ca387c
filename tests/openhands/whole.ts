/**
 * Everything at once, and all of it real but the language model: the engine as `npm start` runs it, the
 * agent-server, a proxy between the two that keeps a record, and the model. The server posts its events to
 * the engine, as docs/openhands.md advises.
 */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { type Job, type JobType, jobEventSchema, jobIdForKey } from '@mcpoverflow/types';
import type * as z from 'zod';
import { type Engine, freePort, startEngine } from '../support/engine.ts';
import { acceptedId, endOf, post } from '../support/jobs.ts';
import { type AgentServer, startAgentServer } from '../support/openhands-agent-server.ts';
import { type AgentServerProxy, startAgentServerProxy } from '../support/openhands-agent-server-proxy.ts';
import { type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';
import { diligent } from '../support/scripted-model-work.ts';

/** Planted: none of them may be found anywhere outside of where it belongs. */
export const secrets = {
  sessionKey: 'planted-session-key-7c1f09e2',
  modelKey: 'sk-planted-model-key-55d0a1b3c4',
  hookSecret: 'plantedHookSecret0a1b2c3d4e5f6a7b',
} as const;

/** What the model's tokens cost: a usual call of the scripted one, a thousand in and a hundred out, 0.0012 $. */
export const prices = { inputUsdPerMillion: 1, outputUsdPerMillion: 2 } as const;

export interface Whole extends AsyncDisposable {
  readonly engine: Engine;
  readonly server: AgentServer;
  /** What the engine asks of the server goes through it. */
  readonly proxy: AgentServerProxy;
  /** What the server posts to the engine goes through it. */
  readonly hints: AgentServerProxy;
  readonly model: ScriptedModel;
  /** Submits under a name, from which the job's id follows: see {@link idOf}. */
  submit(type: JobType, name: string, body: object): Promise<string>;
  ended(jobId: string): Promise<Job>;
  /** Resolves with the first event of the job's stream that meets the condition. */
  streamed(jobId: string, condition: (event: StreamedEvent) => boolean): Promise<StreamedEvent>;
  stop(): Promise<void>;
}

/** One that only tells what happens right now has no id. */
const streamedSchema = jobEventSchema.pick({ type: true, stage: true, message: true });
export type StreamedEvent = z.infer<typeof streamedSchema>;

/** The id of the job submitted under that name, known before it is. */
export const idOf = (type: JobType, name: string): Promise<string> => jobIdForKey('local', `/api/${type}`, name);

export interface WholeOptions {
  /** The Python that runs the server. */
  readonly python: string;
  readonly engineEnv?: Readonly<Record<string, string>>;
  readonly serverEnv?: Readonly<Record<string, string>>;
}

/** Starts everything and returns once the engine is ready. */
export async function startWhole({ python, engineEnv = {}, serverEnv = {} }: WholeOptions): Promise<Whole> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    // Callers before whom they call.
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  try {
    const enginePort = await freePort();
    const hints = await startAgentServerProxy(`http://127.0.0.1:${enginePort}`);
    started.push({ stop: hints.close });
    const server = await startAgentServer({
      python,
      sessionApiKey: secrets.sessionKey,
      env: {
        OH_WEBHOOKS_0_BASE_URL: `${hints.url}/hooks/openhands/${secrets.hookSecret}`,
        OH_WEBHOOKS_0_EVENT_BUFFER_SIZE: '1',
        ...serverEnv,
      },
    });
    started.push(server);
    const model = await startScriptedModel({ apiKey: secrets.modelKey, workspace: server.workspace, script: diligent });
    started.push({ stop: model.close });
    const proxy = await startAgentServerProxy(server.url);
    started.push({ stop: proxy.close });
    const engine = await startEngine({
      port: enginePort,
      env: {
        OPENHANDS_API_URL: proxy.url,
        OPENHANDS_API_KEY: secrets.sessionKey,
        OPENHANDS_LLM: 'openai/scripted-model',
        OPENHANDS_WORKSPACE: server.workspace,
        OPENHANDS_HOOK_SECRET: secrets.hookSecret,
        OPENHANDS_MAX_RUNS: '30',
        LLM_API_KEY: secrets.modelKey,
        LLM_BASE_URL: model.url,
        LLM_INPUT_USD_PER_MILLION_TOKENS: String(prices.inputUsdPerMillion),
        LLM_OUTPUT_USD_PER_MILLION_TOKENS: String(prices.outputUsdPerMillion),
        RETRY_BASE_SECONDS: '0.5',
        ...engineEnv,
      },
    });
    started.push(engine);
    return {
      engine,
      server,
      proxy,
      hints,
      model,
      submit: async (type, name, body) =>
        acceptedId(await post(engine, type, { engine: 'openhands', ...body }, { 'Idempotency-Key': `"${name}"` })),
      ended: (jobId) => endOf(engine, jobId),
      streamed: (jobId, condition) => readStream(engine, jobId, condition),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readStream(engine: Engine, jobId: string, condition: (event: StreamedEvent) => boolean): Promise<StreamedEvent> {
  const answer = await engine.fetch(`/api/jobs/${jobId}/events`);
  const lines = createInterface({ input: Readable.from(answer.body ?? []) });
  const seen: string[] = [];
  for await (const line of lines) {
    if (!line.startsWith('data:')) continue;
    seen.push(line);
    const event = streamedSchema.parse(JSON.parse(line.slice('data:'.length)));
    if (condition(event)) return event;
  }
  throw new Error(`The stream of job ${jobId} ended without what was waited for:\n${seen.join('\n')}`);
}
