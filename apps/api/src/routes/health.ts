/**
 * `GET /health`, in the original product's shape. `unhealthy` (503) means that no job can be worked on
 * because the consumer does not answer; `degraded` that jobs are taken and kept, but wait for OpenHands.
 */
import { type Health, healthSchema } from '@mcpoverflow/types';
import type { ApiContext, JobQueue } from '../env.ts';
import { describeError, log } from '../log.ts';
import type { DocumentedRoute } from '../route.ts';
import { within } from '../within.ts';

const CONSUMER_LIMIT_MS = 10_000;
const METRICS_LIMIT_MS = 2_000;

const noConsumer: Health['openhands'] = { healthy: false, version: null, latency: 0, message: 'The consumer Worker does not answer.' };

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

async function openhandsOf(c: ApiContext): Promise<Health['openhands'] | undefined> {
  try {
    return await within(c.env.CONSUMER.openhandsHealth(), CONSUMER_LIMIT_MS, 'the consumer');
  } catch (error) {
    log('error', 'consumer unreachable', { requestId: c.get('requestId'), error: describeError(error) });
    return undefined;
  }
}

async function health(c: ApiContext): Promise<Response> {
  const [openhands, jobs] = await Promise.all([openhandsOf(c), backlogOf(c.env.JOBS_QUEUE)]);
  const body: Health = {
    status: openhands === undefined ? 'unhealthy' : openhands.healthy ? 'healthy' : 'degraded',
    service: 'mcpoverflow-ai-engine',
    environment: c.get('settings').ENVIRONMENT,
    openhands: openhands ?? noConsumer,
    timestamp: new Date().toISOString(),
    queues: { jobs },
  };
  return c.json(body, body.status === 'unhealthy' ? 503 : 200, { 'Cache-Control': 'no-store' });
}

export const healthRoute: DocumentedRoute = {
  method: 'get',
  path: '/health',
  operation: {
    operationId: 'health',
    tag: 'Engine',
    summary: 'Is the engine well?',
    description: 'Needs no key. OpenHands is probed with a real call, at most every 10 seconds.',
    answers: {
      200: { description: '`healthy`, or `degraded`: jobs are taken, but OpenHands does not answer.', schema: healthSchema },
      503: { description: '`unhealthy`: nothing works on jobs.', schema: healthSchema },
    },
    problems: [],
  },
  handler: health,
};
