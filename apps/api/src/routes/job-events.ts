/**
 * `GET /api/jobs/{jobId}/events`: a job's life as Server-Sent Events.
 *
 * The stream is pulled: one long poll each time the reader is ready for more. A reader that is slow
 * slows the polling down, and one that goes away ends it. After five minutes the stream ends with
 * `retry:`, and the browser comes back with `Last-Event-ID`. It ends sooner when its key does: that is looked
 * at before each poll.
 *
 * What the agent does changes more often than a job keeps events. It is told between them, without an id,
 * as it is when the reader is ready: who was away has missed nothing that still holds.
 */
import { isTerminal, type JobEvent, type JobProgress, type JobSummary, ok, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import type { ApiContext } from '../env.ts';
import { type Changes, nextChanges } from '../jobs/follow-job.ts';
import { jobIdOf } from '../jobs/job-id.ts';
import { isStillLetIn } from '../middleware/authenticate.ts';
import { problemResponse, type Refusal } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { jobIdParameter } from '../route-parameters.ts';

const STREAM_MS = 5 * 60_000;
const POLL_MS = 15_000;
/** Told to the reader as the delay before it reconnects. */
const RECONNECT_MS = 1_000;
const HEARTBEAT = ': heartbeat\n\n';

/** One event of the stream by its fields, as OpenAPI describes streams since 3.2. */
const frameSchema = z.object({
  id: z.string().optional().describe('Of the job’s event: what `Last-Event-ID` names. News of the agent’s work have none.'),
  event: z.string().optional().describe('The `type` of what `data` holds.'),
  data: z.string().meta({
    contentMediaType: 'application/json',
    contentSchema: { anyOf: [{ $ref: '#/components/schemas/JobEvent' }, { $ref: '#/components/schemas/JobProgress' }] },
  }),
});

const frameOf = (event: JobEvent): string => `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

function progressFrameOf({ updatedAt, generation, status, stage, progress, message, activity }: JobSummary): string {
  const now: JobProgress = {
    type: 'job.progress',
    at: updatedAt,
    generation,
    status,
    stage,
    progress,
    ...(message === undefined ? {} : { message }),
    ...(activity === undefined ? {} : { activity }),
  };
  return `event: ${now.type}\ndata: ${JSON.stringify(now)}\n\n`;
}

/** Anything but a plain number means "from the beginning", as for a reader that has seen nothing. */
const lastEventIdOf = (header: string | undefined): number => (/^\d{1,15}$/.test(header ?? '') ? Number(header) : 0);

function eventStream(c: ApiContext, jobId: string, first: Changes, afterEventId: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const deadline = Date.now() + STREAM_MS;
  let lastEventId = afterEventId;
  let told: Pick<JobSummary, 'message' | 'progress'> | undefined;
  let unsent: Changes | undefined = first;
  let ended = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const send = (text: string): void => controller.enqueue(encoder.encode(text));
      const finish = (): void => {
        send(`retry: ${RECONNECT_MS}\n\n`);
        controller.close();
      };
      if (Date.now() >= deadline) return finish();
      let changes = unsent;
      if (changes === undefined) {
        if (!(await isStillLetIn(c))) return finish();
        const next = await nextChanges(c, jobId, lastEventId, ended ? 0 : POLL_MS, told?.message);
        if (!next.ok) return finish();
        changes = next.value;
      }
      unsent = undefined;
      const { job, events } = changes;
      ended = isTerminal(job.status);
      const frames = events.map(frameOf);
      const last = events.at(-1);
      lastEventId = last?.id ?? lastEventId;
      told = last ?? told;
      if (!ended && (told === undefined || job.message !== told.message || job.progress !== told.progress)) {
        frames.push(progressFrameOf(job));
        told = job;
      }
      if (frames.length > 0) return send(frames.join(''));
      return ended ? finish() : send(HEARTBEAT);
    },
  });
}

interface Beginning {
  readonly first: Changes;
  readonly afterEventId: number;
}

/**
 * What the reader has not seen yet. An id beyond the job's last one is of another life of this id (the job
 * was deleted and its key used again): such a reader has seen nothing of this job.
 */
async function beginningOf(c: ApiContext, jobId: string, lastEventId: number): Promise<Result<Beginning, Refusal>> {
  // From one event earlier, because the event that was seen last shows that it exists.
  const first = await nextChanges(c, jobId, Math.max(0, lastEventId - 1), 0);
  if (!first.ok) return first;
  if (lastEventId > 0 && first.value.events.length === 0) return beginningOf(c, jobId, 0);
  const events = first.value.events.filter(({ id }) => id > lastEventId);
  return ok({ first: { ...first.value, events }, afterEventId: lastEventId });
}

async function jobEvents(c: ApiContext): Promise<Response> {
  const jobId = jobIdOf(c);
  if (!jobId.ok) return problemResponse(c, jobId.error);
  const beginning = await beginningOf(c, jobId.value, lastEventIdOf(c.req.header('Last-Event-ID')));
  if (!beginning.ok) return problemResponse(c, beginning.error);
  const { first, afterEventId } = beginning.value;
  // Nothing will ever follow: 204 is what makes an EventSource stop reconnecting.
  if (first.events.length === 0 && isTerminal(first.job.status)) return new Response(null, { status: 204 });
  return new Response(eventStream(c, jobId.value, first, afterEventId), {
    headers: { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
  });
}

export const jobEventsRoute: DocumentedRoute = {
  method: 'get',
  path: '/api/jobs/{jobId}/events',
  scope: 'read',
  operation: {
    operationId: 'streamJobEvents',
    tag: 'Jobs',
    summary: 'Follow a job',
    description:
      'Server-Sent Events with numeric ids; the `data` of each is a JobEvent. Between them `job.progress` without an id tells what happens right now (JobProgress). The stream ends with the job, with its key, or after five minutes; reconnect with `Last-Event-ID`.',
    parameters: [
      jobIdParameter,
      {
        name: 'Last-Event-ID',
        in: 'header',
        description: 'The id of the last event seen; whatever this job has no event for counts as none.',
        schema: z.string(),
      },
    ],
    answers: {
      200: { description: 'The events.', schema: frameSchema, mediaType: 'text/event-stream' },
      204: { description: 'The job has ended and there is nothing more to tell.' },
    },
    problems: ['job-not-found', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: jobEvents,
};
