/**
 * What the api asks of the consumer besides its jobs: is the agent well, how does the engine stand, which engine
 * would do the work, a look at a run that may have ended, and a test call to a webhook. The agent's answer is kept for ten seconds, so that a health check a second costs the agent nothing.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { ConsumerRpc, Engine, EngineFigures, Health, OpenhandsHealth, Ping, PingRequest } from '@mcpoverflow/types';
import { agentOf, type EngineChoice, resolveEngine } from './agent/agents.ts';
import { RPC_TIMEOUT_MS, within } from './deadline.ts';
import type { Env } from './env.ts';
import { figuresOf } from './figures.ts';
import { poolOf } from './pool/agent-pool.ts';
import { parseSettings, readSettings } from './settings.ts';
import { attemptCall, secretsTimeoutMs } from './webhooks/attempt-call.ts';
import { pingBody } from './webhooks/event-body.ts';
import { secretsOf } from './webhooks/tenant-webhooks.ts';

const KEEP_MS = 10_000;
const PROBE_TIMEOUT_MS = 5_000;
/** How long a submission waits for the first version ever; the probe goes on. */
const VERSION_WAIT_MS = 250;

interface Probe {
  readonly at: number;
  readonly health: Promise<Health['openhands']>;
}
/** Per isolate: two isolates probe twice, which harms nobody. */
const probes = new Map<Engine, Probe>();
/** What an engine last said of itself. It outlives the probes: a submission waits for no slow agent. */
const versions = new Map<Engine, string>();

export class Consumer extends WorkerEntrypoint<Env> implements ConsumerRpc {
  async openhandsHealth(): Promise<OpenhandsHealth> {
    const settings = parseSettings(this.env);
    if (!settings.ok) return { kind: 'misconfigured', detail: `The consumer Worker is set up wrongly: ${settings.error}` };
    return { kind: 'probed', openhands: await this.#probe(resolveEngine('auto', settings.value)) };
  }

  async engineFor(requested: EngineChoice): Promise<{ readonly engine: Engine; readonly version: string | null }> {
    const engine = resolveEngine(requested, readSettings(this.env));
    const probe = this.#probe(engine);
    // The next one shall know, whether or not this one waits.
    this.ctx.waitUntil(probe);
    const known = versions.get(engine);
    if (known !== undefined) return { engine, version: known };
    return {
      engine,
      version: await within(probe, VERSION_WAIT_MS, 'the agent').then(
        ({ version }) => version,
        () => null,
      ),
    };
  }

  async wakeAgentPool(conversationId: string): Promise<void> {
    // The embedded agent posts to nobody.
    if (readSettings(this.env).openhands === undefined) return;
    await within(poolOf(this.env, 'openhands').wake(conversationId), RPC_TIMEOUT_MS, 'the agent pool');
  }

  async figures(tenant: string | null): Promise<EngineFigures> {
    return figuresOf(this.env, tenant, this.#probe(resolveEngine('auto', readSettings(this.env))));
  }

  async pingWebhook({ tenant, url, origin, traceparent }: PingRequest): Promise<Ping> {
    const now = Date.now();
    const deliveryId = `msg_${crypto.randomUUID().replaceAll('-', '')}`;
    const call = { deliveryId, tenant, url, origin, body: pingBody(now), traceparent };
    const settings = readSettings(this.env);
    const outcome = await attemptCall(call, {
      settings,
      fetch: (target, init) => fetch(target, init),
      secretsOf: secretsOf(this.env, secretsTimeoutMs(settings)),
    });
    const attempt = { number: 1, at: new Date(now).toISOString(), ...outcome };
    return { delivered: outcome.error === undefined, webhookId: deliveryId, attempt };
  }

  #probe(engine: Engine): Promise<Health['openhands']> {
    const now = Date.now();
    const known = probes.get(engine);
    if (known !== undefined && now - known.at < KEEP_MS) return known.health;
    const health = this.#ask(engine);
    probes.set(engine, { at: now, health });
    return health;
  }

  async #ask(engine: Engine): Promise<Health['openhands']> {
    const agent = agentOf(engine, readSettings(this.env), this.env.EMBEDDED_AGENT);
    const startedAt = Date.now();
    if (agent === null) return { healthy: false, version: null, latency: 0, engine, message: 'OPENHANDS_API_URL is not set.' };
    const answer = await agent.health(AbortSignal.timeout(PROBE_TIMEOUT_MS));
    const latency = Date.now() - startedAt;
    if (!answer.ok) return { healthy: false, version: null, latency, engine, message: answer.error.message };
    const { version } = answer.value;
    if (version !== null) versions.set(engine, version);
    return { healthy: true, version, latency, engine };
  }
}
