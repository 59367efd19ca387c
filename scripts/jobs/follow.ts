/**
 * Follows a job to its end: events while they come, a plain look at the job whenever they do not. The
 * stream ends after five minutes by design and breaks when the engine restarts, so its end means nothing;
 * only the job itself says that it is over.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { isTerminal, type Job, type JobStage, type Result } from '@mcpoverflow/types';
import type { Trouble } from '../engine/connection.ts';
import type { EngineClient } from './engine-client.ts';
import { parseEvents } from './server-sent-events.ts';

const LOOK_EVERY_MS = 1000;
/** An engine that restarts is back long before; jobs go on then, and so do we. */
const PATIENCE_MS = 90_000;

export interface Step {
  readonly stage: JobStage;
  readonly progress: number;
  readonly message?: string | undefined;
}

/**
 * Returns the ended job. Fails at once with what will not pass by itself, after a while with what might.
 * @param tell is told when the engine does not answer for a moment.
 */
export async function followJob(
  client: EngineClient,
  jobId: string,
  onStep: (step: Step) => void,
  tell: (sentence: string) => void,
): Promise<Result<Job, Trouble>> {
  let lastEventId = 0;
  let lastAnswerAt = performance.now();
  for (;;) {
    const stream = await client.events(jobId, lastEventId);
    if (stream.ok && stream.value !== undefined) {
      try {
        for await (const event of parseEvents(stream.value)) {
          lastEventId = event.id;
          onStep(event);
        }
      } catch {
        // Broken off: the look below decides.
      }
    }
    const job = await client.job(jobId);
    if (job.ok) {
      if (isTerminal(job.value.status)) return job;
      lastAnswerAt = performance.now();
      onStep(job.value);
    } else {
      if (job.error.kind !== 'unreachable' || performance.now() - lastAnswerAt > PATIENCE_MS) return job;
      tell('the engine does not answer; trying again');
    }
    await wait(LOOK_EVERY_MS);
  }
}
