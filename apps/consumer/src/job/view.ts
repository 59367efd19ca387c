/** A job as callers see it. */
import type { JobLinks, JobSummary } from '@mcpoverflow/types';
import { isTerminal } from '@mcpoverflow/types';
import { iso } from '../iso-time.ts';
import { webhookProgress } from '../webhooks/delivery-view.ts';
import { engineReason } from './engine-reason.ts';
import { activityOf, messageOf } from './stages.ts';
import type { JobState } from './state.ts';
import { usageOf } from './usage.ts';

/** What its owner asks for: the summary, and how its webhook calls stand. Copies (KV, index) do not follow those. */
export function describe(state: JobState): JobSummary {
  const webhook = webhookProgress(state);
  return webhook === null ? summarize(state) : { ...summarize(state), webhook };
}

/** Everything but the result. */
export function summarize(state: JobState): JobSummary {
  const activity = activityOf(state);
  const reason = engineReason(state);
  const usage = usageOf(state);
  return {
    jobId: state.jobId,
    type: state.type,
    status: state.status,
    stage: state.stage,
    progress: state.progress,
    ...messageOf(state),
    ...(activity === null ? {} : { activity: activity.kind }),
    ...(state.error === null ? {} : { error: state.error }),
    ...(state.engine === null ? {} : { engine: state.engine }),
    ...(reason === null ? {} : { engineReason: reason }),
    ...(state.fallback === null ? {} : { fallback: state.fallback }),
    cached: state.cached,
    generation: state.generation,
    createdAt: iso(state.createdAt),
    updatedAt: iso(state.updatedAt),
    ...(state.startedAt === null ? {} : { startedAt: iso(state.startedAt) }),
    ...(state.completedAt === null ? {} : { completedAt: iso(state.completedAt) }),
    ...(usage === null ? {} : { usage }),
    metadata: state.options.metadata ?? {},
    links: linksOf(state),
  };
}

/** Only what can be done with the job as it stands. */
export function linksOf(state: Pick<JobState, 'jobId' | 'status' | 'type' | 'webhook'>): JobLinks {
  const self = `/api/jobs/${state.jobId}`;
  const hasFiles = state.status === 'completed' && (state.type === 'generate-connector' || state.type === 'generate-from-description');
  return {
    self,
    events: `${self}/events`,
    ...(isTerminal(state.status) ? {} : { cancel: `${self}/cancel` }),
    ...(state.status === 'failed' ? { retry: `${self}/retry` } : {}),
    ...(hasFiles ? { artifact: `${self}/artifact` } : {}),
    ...(state.webhook === null ? {} : { deliveries: `${self}/deliveries` }),
  };
}
