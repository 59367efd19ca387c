/**
 * A caller of an engine that may be killed under it. It does what every caller is told to do: a call that
 * got no answer is made again, a submission under the same Idempotency-Key, until the engine is back.
 *
 * Only silence, 503, and what the local runtime says in the place of a Worker that died are forgiven. Anything
 * else that is no success is a mistake of the engine's and fails the test, so that a restart cannot hide one.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  acceptedSchema,
  batchResultSchema,
  type Delivery,
  deliveryListSchema,
  isTerminal,
  type Job,
  type JobEvent,
  type JobSummary,
  jobEventSchema,
  jobListSchema,
  jobSchema,
} from '@mcpoverflow/types';
import type { Engine } from './engine.ts';

/** A killed engine is back within seconds; on a busy machine within a minute. */
const PATIENCE_MS = 120_000;
const ASK_AGAIN_MS = 150;
/** A long poll on an engine that dies frozen would otherwise be waited for until it is ended. */
const CALL_LIMIT_MS = 30_000;

export interface Submission {
  readonly path: '/api/analyze' | '/api/generate-connector';
  readonly body: object;
  readonly idempotencyKey: string;
}

export interface PatientClient {
  /** The job's id once the submission has been answered 202, or 200 when the job has ended already. */
  submit(submission: Submission): Promise<string>;
  /** One try: undefined when there was no answer. */
  submitOnce(submission: Submission): Promise<string | undefined>;
  /** The ids of up to 100 submissions, in their order; throws when one was refused. */
  submitBatch(jobs: readonly object[], idempotencyKey: string): Promise<readonly string[]>;
  /** The job once it has ended. */
  ended(jobId: string): Promise<Job>;
  /** The first page of jobs that match the query; the list follows the jobs within two seconds. */
  list(query: string): Promise<readonly JobSummary[]>;
  /** Everything that happened to a job that has ended. */
  history(jobId: string): Promise<readonly JobEvent[]>;
  /** The log of a job's webhook calls. */
  deliveries(jobId: string): Promise<readonly Delivery[]>;
}

export function patientClient(engine: Pick<Engine, 'fetch'>): PatientClient {
  async function askOnce(path: string, init: RequestInit): Promise<string | undefined> {
    let answer: { status: number; isOurs: boolean; text: string };
    try {
      const response = await engine.fetch(path, { ...init, signal: AbortSignal.timeout(CALL_LIMIT_MS) });
      const isOurs = /json|event-stream/.test(response.headers.get('content-type') ?? '');
      answer = { status: response.status, isOurs, text: await response.text() };
    } catch {
      return undefined;
    }
    if (answer.status === 503 || (answer.status >= 500 && !answer.isOurs)) return undefined;
    if (answer.status >= 300) throw new Error(`${path} was answered ${answer.status}: ${answer.text}`);
    return answer.text;
  }

  async function ask(path: string, init: RequestInit = {}): Promise<string> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      const text = await askOnce(path, init);
      if (text !== undefined) return text;
      if (performance.now() > giveUpAt) throw new Error(`${path} was not answered within ${PATIENCE_MS} ms`);
      await pause(ASK_AGAIN_MS);
    }
  }

  return {
    async submit(submission) {
      return jobIdOf(await ask(submission.path, requestOf(submission)));
    },
    async submitBatch(jobs, idempotencyKey) {
      const text = await ask('/api/jobs/batch', requestOf({ body: { jobs }, idempotencyKey }));
      return batchResultSchema.parse(JSON.parse(text)).jobs.map((item) => {
        if ('problem' in item) throw new Error(`item ${item.index} was refused: ${JSON.stringify(item.problem)}`);
        return item.jobId;
      });
    },
    async submitOnce(submission) {
      const text = await askOnce(submission.path, requestOf(submission));
      return text === undefined ? undefined : jobIdOf(text);
    },
    async ended(jobId) {
      for (;;) {
        const job = jobSchema.parse(JSON.parse(await ask(`/api/jobs/${jobId}`, { headers: { prefer: 'wait=20' } })));
        if (isTerminal(job.status)) return job;
      }
    },
    async list(query) {
      return jobListSchema.parse(JSON.parse(await ask(`/api/jobs?${query}`))).jobs;
    },
    async history(jobId) {
      const lines = (await ask(`/api/jobs/${jobId}/events`)).split('\n').filter((line) => line.startsWith('data:'));
      return lines.map((line) => jobEventSchema.parse(JSON.parse(line.slice('data:'.length))));
    },
    async deliveries(jobId) {
      return deliveryListSchema.parse(JSON.parse(await ask(`/api/jobs/${jobId}/deliveries`))).deliveries;
    },
  };
}

const requestOf = ({ body, idempotencyKey }: Omit<Submission, 'path'>): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', 'idempotency-key': `"${idempotencyKey}"`, prefer: 'respond-async' },
  body: JSON.stringify(body),
});

const jobIdOf = (answer: string): string => acceptedSchema.pick({ jobId: true }).parse(JSON.parse(answer)).jobId;
