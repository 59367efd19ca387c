/**
 * `GET /metrics`: how the engine stands, for Prometheus. A key of the engine's operator sees everything. A
 * tenant's key sees the tenant's own part and whether the agent is well: how busy others are, and what of
 * theirs fails, is nobody else's business.
 */
import * as z from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import type { ApiContext } from '../env.ts';
import { aboutRequest, describeError, log } from '../log.ts';
import { EXPOSITION_TYPE, exposition } from '../metrics/exposition.ts';
import { familiesOf } from '../metrics/families.ts';
import { problemResponse, unavailable } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { within } from '../within.ts';

/** Prometheus gives up after 10 s unless it is told otherwise (`scrape_timeout`). */
const CONSUMER_LIMIT_MS = 9_000;

async function metrics(c: ApiContext): Promise<Response> {
  const { tenant } = c.get('deadLetterScope');
  try {
    const figures = await within(c.env.CONSUMER.figures(tenant), CONSUMER_LIMIT_MS, 'the consumer');
    const about = { version: c.env.RELEASE ?? manifest.version, environment: c.get('settings').ENVIRONMENT, now: Date.now() };
    return new Response(exposition(familiesOf(figures, about)), {
      headers: { 'Content-Type': EXPOSITION_TYPE, 'Cache-Control': 'no-store' },
    });
  } catch (error) {
    log('error', 'consumer unreachable', { ...aboutRequest(c), error: describeError(error) });
    return problemResponse(c, unavailable('The consumer Worker does not tell its figures. Please try again.'));
  }
}

export const metricsRoute: DocumentedRoute = {
  method: 'get',
  path: '/metrics',
  scope: 'operate',
  operation: {
    operationId: 'metrics',
    tag: 'Engine',
    summary: 'How does the engine stand?',
    description:
      'Prometheus’ text format: backlogs, places, outcomes, latencies, dead letters. A key of the engine’s operator sees all of it, a tenant’s key its own jobs and dead letters only.',
    answers: {
      200: { description: 'Prometheus’ text format, version 0.0.4.', schema: z.string(), mediaType: 'text/plain' },
    },
    problems: ['unauthorized', 'forbidden', 'unavailable'],
  },
  handler: metrics,
};
