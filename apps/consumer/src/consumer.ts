/**
 * What the api asks of the consumer besides its jobs: is the agent well, and which engine would do the
 * work. The answer is kept for ten seconds, so that a health check a second costs the agent nothing.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { ConsumerRpc, Engine, Health } from '@mcpoverflow/types';
import { agentOf, type EngineChoice, resolveEngine } from './agent/agents.ts';
import type { Env } from './env.ts';
import { readSettings } from './settings.ts';

const KEEP_MS = 10_000;
const PROBE_TIMEOUT_MS = 5_000;

interface Probe {
  readonly at: number;
  readonly health: Promise<Health['openhands']>;
}
/** Per isolate: two isolates probe twice, which harms nobody. */
const probes = new Map<Engine, Probe>();

export class Consumer extends WorkerEntrypoint<Env> implements ConsumerRpc {
  async openhandsHealth(): Promise<Health['openhands']> {
    return this.#probe(resolveEngine('auto', readSettings(this.env)));
  }

  async engineFor(requested: EngineChoice): Promise<{ readonly engine: Engine; readonly version: string }> {
    const engine = resolveEngine(requested, readSettings(this.env));
    return { engine, version: (await this.#probe(engine)).version ?? 'unknown' };
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
    return { healthy: true, version: answer.value.version, latency, engine };
  }
}
