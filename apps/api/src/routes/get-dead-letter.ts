/** `GET /api/dead-letters/{deadLetterId}`: all of it, with the job or the webhook call as it is now. */
import { type DeadLetterDetail, deadLetterDetailSchema, type JobSummary, ok, type Result } from '@mcpoverflow/types';
import { callDeadLetters, deadLetterNotFound } from '../dead-letters/call-dead-letters.ts';
import { deadLetterIdOf } from '../dead-letters/dead-letter-id.ts';
import type { ApiContext } from '../env.ts';
import { callObject } from '../jobs/call-job.ts';
import { aboutRequest, log } from '../log.ts';
import { problemResponse, type Refusal } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { deadLetterIdParameter } from '../route-parameters.ts';

type Joined = Pick<DeadLetterDetail, 'job' | 'jobUnavailable' | 'jobHistory' | 'delivery' | 'formerSubmissions'>;

/** What replays replaced. The Job is asked only when it was brought back: it answers with all its input. */
async function askFormer(c: ApiContext, tenant: string, { jobId, generation }: JobSummary): Promise<Result<Joined, Refusal>> {
  if (generation === 1) return ok({});
  const stored = await callObject(c, c.env.JOB, jobId, (job) => job.submission(tenant));
  if (!stored.ok) return stored;
  if (stored.value.kind === 'not-found' || stored.value.submission.former.length === 0) return ok({});
  const formerSubmissions = stored.value.submission.former.map(({ revision, lastGeneration, parameters }) => {
    const { authConfig: _secret, ...shown } = parameters;
    return { revision, lastGeneration, parameters: shown };
  });
  return ok({ formerSubmissions });
}

/** What the Job has to tell, asked in the name of its tenant: whoever may see the entry may see that too. Nothing when it is deleted. */
async function askJob(c: ApiContext, { tenant, jobId, deliveryId }: DeadLetterDetail): Promise<Result<Joined, Refusal>> {
  if (tenant === undefined || jobId === undefined) return ok({});
  const [changes, deliveries] = await Promise.all([
    callObject(c, c.env.JOB, jobId, (job) => job.changes(tenant, 0, 0)),
    callObject(c, c.env.JOB, jobId, (job) => job.deliveries(tenant)),
  ]);
  if (!changes.ok) return changes;
  if (!deliveries.ok) return deliveries;
  if (changes.value.kind === 'not-found') return ok({});
  const { job, events } = changes.value;
  const own = deliveries.value.kind === 'found' ? deliveries.value.deliveries : [];
  const delivery = own.find((one) => one.deliveryId === deliveryId);
  const former = await askFormer(c, tenant, job);
  if (!former.ok) return former;
  return ok({ job, jobHistory: [...events], ...(delivery === undefined ? {} : { delivery }), ...former.value });
}

async function getDeadLetter(c: ApiContext): Promise<Response> {
  const id = deadLetterIdOf(c);
  if (!id.ok) return problemResponse(c, id.error);
  const read = await callDeadLetters(c, (deadLetters, scope) => deadLetters.read(scope, id.value));
  if (!read.ok) return problemResponse(c, read.error);
  if (read.value.kind === 'not-found') return problemResponse(c, deadLetterNotFound);
  const { deadLetter } = read.value;
  const joined = await askJob(c, deadLetter);
  // A letter is wanted most when something is broken, and that may be its job.
  if (!joined.ok) log('warn', 'dead letter without its job', { ...aboutRequest(c), jobId: deadLetter.jobId ?? '' });
  const known: Joined = joined.ok ? joined.value : { jobUnavailable: true };
  return c.json({ ...deadLetter, ...known }, 200, { 'Cache-Control': 'no-store' });
}

export const getDeadLetterRoute: DocumentedRoute = {
  method: 'get',
  path: '/api/dead-letters/{deadLetterId}',
  scope: 'operate',
  operation: {
    operationId: 'getDeadLetter',
    tag: 'Dead letters',
    summary: 'Get a dead letter',
    description:
      'With its history, and with the job, its history, the webhook call as they are now, and what replays changed, unless the job was deleted. When the job does not answer, the dead letter comes without it and says `jobUnavailable`.',
    parameters: [deadLetterIdParameter],
    answers: { 200: { description: 'The dead letter.', schema: deadLetterDetailSchema } },
    problems: ['dead-letter-not-found', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: getDeadLetter,
};
