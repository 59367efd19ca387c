/** `POST /api/dead-letters/replay`: bring dead letters back, or only plan it. */
import { type ReplayRequest, replayRequestSchema, replaySchema } from '@mcpoverflow/types';
import { parseIdempotencyKey } from '../admission/idempotency-key.ts';
import { readSmallBody } from '../admission/small-body.ts';
import { executePlan, startReplay } from '../dead-letters/replay.ts';
import type { ApiContext } from '../env.ts';
import { problemResponse, type Refusal } from '../problems.ts';
import type { DocumentedRoute, Parameter } from '../route.ts';
import { idempotencyKeyParameter } from '../route-parameters.ts';
import { takePlace } from '../submission/tenant-bounds.ts';

/** Room for 1,000 ids of 128 characters, and a patch. */
const MAX_BYTES = 256 * 1024;

const example: ReplayRequest = { fingerprint: '5f2b8c1d0e9a4f37', ratePerSecond: 5, canary: 1 };

const replayKeyParameter: Parameter = {
  ...idempotencyKeyParameter,
  description:
    'The same key and body give the same replay; the same key and another body are refused. Not together with `planId`: a plan is started once by itself.',
};

const keyWithPlan: Refusal = {
  code: 'invalid-idempotency-key',
  detail: 'Leave the key out: a plan is started once by itself, however often it is asked for.',
};

async function replayDeadLetters(c: ApiContext): Promise<Response> {
  const key = parseIdempotencyKey(c.req.header('Idempotency-Key'));
  if (!key.ok) return problemResponse(c, key.error);
  const body = await readSmallBody(c.req.raw, replayRequestSchema, MAX_BYTES);
  if (!body.ok) return problemResponse(c, body.error);
  if (body.value.planId !== undefined && key.value !== undefined) return problemResponse(c, keyWithPlan);
  // A tenant that replays its own is held to its bounds when it orders; the engine's operator is not.
  const place = await takePlace(c, true);
  if (!place.ok) return problemResponse(c, place.error);
  place.value.release();
  const replay = body.value.planId === undefined ? await startReplay(c, body.value, key.value) : await executePlan(c, body.value);
  if (!replay.ok) return problemResponse(c, replay.error);
  const headers = { Location: replay.value.links.self, 'Cache-Control': 'no-store' };
  return c.json(replay.value, body.value.dryRun === true ? 200 : 202, headers);
}

export const replayDeadLettersRoute: DocumentedRoute = {
  method: 'post',
  path: '/api/dead-letters/replay',
  scope: 'operate',
  startsJobs: true,
  operation: {
    operationId: 'replayDeadLetters',
    tag: 'Dead letters',
    summary: 'Replay dead letters',
    description:
      'A job comes back under its id, with its tenant, metadata and webhook, as a new generation; of a webhook call the call itself is sent again. Say which: `ids`, a `filter`, a `fingerprint`, or the `planId` of a dry run. A `patch` changes the submission of a single job for this replay alone: its paths begin with the fields of the submission (`/spec/info/title`), `/webhook` and `/metadata` excepted; a connector sent as `code` is at `/connector/files/0/content`, and only a specification in JSON can be reached into. A plan that had a patch cannot be started: send the same body without `dryRun`. An empty `filter` is for dry runs only; `{"status":"dead"}` means everything dead.',
    parameters: [replayKeyParameter],
    body: { schema: replayRequestSchema, example },
    answers: {
      200: { description: 'The plan of a dry run: `planned`, item by item. Its `replayId` is the `planId`.', schema: replaySchema },
      202: { description: 'The replay, which goes on by itself. `Location` names it.', schema: replaySchema },
    },
    problems: [
      'invalid-request',
      'invalid-json',
      'invalid-idempotency-key',
      'invalid-patch',
      'unauthorized',
      'forbidden',
      'job-not-found',
      'dead-letter-not-found',
      'replay-not-found',
      'job-not-failed',
      'replay-not-possible',
      'body-too-large',
      'unsupported-media-type',
      'idempotency-mismatch',
      'too-many-jobs',
      'cost-limit-reached',
      'unavailable',
    ],
  },
  handler: replayDeadLetters,
};
