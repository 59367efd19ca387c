/**
 * `GET /health`, in the original product's shape. `unhealthy` (503) means that no job can be worked on,
 * because the consumer does not answer or a Worker is set up wrongly; `degraded` that jobs are taken and
 * kept, but wait for OpenHands.
 */
import { type Health, healthSchema } from '@mcpoverflow/types';
import type { ApiContext, JobQueue } from '../env.ts';
import { aboutRequest, describeError, log } from '../log.ts';
import type { DocumentedRoute } from '../route.ts';
import { within } from '../within.ts';

const CONSUMER_LIMIT_MS = 10_000;
const METRICS_LIMIT_MS = 2_000;

/** What the consumer says, or why nothing works on jobs. */
type Probe = { readonly openhands: Health['openhands'] } | { readonly unhealthyBecause: string };

/** A backlog that cannot be read is unknown, not a fault. */
async function backlogOf(queue: JobQueue): Promise<{ backlog: number | null; oldestMessageAt?: string }> {
  try {
    const { backlogCount, oldestMessageTimestamp } = await within(queue.metrics(), METRICS_LIMIT_MS, 'the queue');
    return {
      backlog: backlogCount,
      ...(oldestMessageTimestamp === undefined ? {} : { oldestMessageAt: oldestMessageTimestamp.toISOString() }),
    };
  } catch {
    return { backlog: null };
  }
}

async function probe(c: ApiContext): Promise<Probe> {
  try {
    const answer = await within(c.env.CONSUMER.openhandsHealth(), CONSUMER_LIMIT_MS, 'the consumer');
    return answer.kind === 'probed' ? { openhands: answer.openhands } : { unhealthyBecause: answer.detail };
  } catch (error) {
    log('error', 'consumer unreachable', { ...aboutRequest(c), error: describeError(error) });
    return { unhealthyBecause: 'The consumer Worker does not answer.' };
  }
}

async function health(c: ApiContext): Promise<Response> {
  const { ENVIRONMENT, ACCEPT_JOBS } = c.get('settings');
  const [agent, jobs] = await Promise.all([probe(c), backlogOf(c.env.JOBS_QUEUE)]);
  if ('unhealthyBecause' in agent) return unhealthyResponse(c, ENVIRONMENT, agent.unhealthyBecause, { jobs });
  const { openhands } = agent;
  const status = openhands.healthy ? 'healthy' : 'degraded';
  return healthResponse(c, { status, environment: ENVIRONMENT, openhands, acceptsJobs: ACCEPT_JOBS, queues: { jobs } });
}

function healthResponse(c: ApiContext, health: Omit<Health, 'service' | 'timestamp'>): Response {
  const { status, environment, openhands, acceptsJobs, queues } = health;
  // In the order of the original product, for whoever reads it in a terminal.
  const body: Health = {
    status,
    service: 'mcpoverflow-ai-engine',
    environment,
    openhands,
    timestamp: new Date().toISOString(),
    ...(c.env.RELEASE === undefined ? {} : { version: c.env.RELEASE }),
    ...(acceptsJobs === undefined ? {} : { acceptsJobs }),
    ...(queues === undefined ? {} : { queues }),
  };
  return c.json(body, body.status === 'unhealthy' ? 503 : 200, { 'Cache-Control': 'no-store' });
}

/** 503 in the shape of `/health`; `message` says what an operator has to mend. */
export function unhealthyResponse(c: ApiContext, environment: string, message: string, queues?: Health['queues']): Response {
  const openhands = { healthy: false, version: null, latency: 0, message };
  return healthResponse(c, { status: 'unhealthy', environment, openhands, ...(queues === undefined ? {} : { queues }) });
}

export const healthRoute: DocumentedRoute = {
  method: 'get',
  path: '/health',
  scope: null,
  operation: {
    operationId: 'health',
    tag: 'Engine',
    summary: 'Is the engine well?',
    description: 'Needs no key. OpenHands is probed with a real call, at most every 10 seconds.',
    answers: {
      200: { description: '`healthy`, or `degraded`: jobs are taken, but OpenHands does not answer.', schema: healthSchema },
      503: { description: '`unhealthy`: nothing works on jobs; `openhands.message` says why.', schema: healthSchema },
    },
    problems: [],
  },
  handler: health,
};
