/**
 * `POST /api/keys/{keyId}/revoke`: a key stops opening anything, everywhere, within half a minute, by the word
 * of its tenant's index. KV alone, where the record of the key is, needs a minute or more to tell every place,
 * but counts when the index is silent, and for whoever lists or rotates keys: so it is written there, too.
 */
import * as z from 'zod';
import type { ApiContext } from '../env.ts';
import { callObject } from '../jobs/call-job.ts';
import { aboutRequest, log } from '../log.ts';
import { apiKeyRecord, recordRevocation } from '../middleware/api-key-record.ts';
import { problemResponse, type Refusal } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';

const keyIdSchema = z.string().regex(/^[A-Za-z0-9]{16,64}$/);
const revokedSchema = z
  .object({ keyId: z.string(), revoked: z.literal(true), effectiveWithinSeconds: z.number().int(), recorded: z.boolean() })
  .meta({ id: 'RevokedKey' });

/** What an isolate keeps of a tenant, and the call that may be under way. */
const EFFECTIVE_WITHIN_SECONDS = 30;

const keyNotFound: Refusal = { code: 'key-not-found', detail: 'No key has this id: the part of the key between its two underscores.' };

async function revokeKey(c: ApiContext): Promise<Response> {
  const keyId = keyIdSchema.safeParse(c.req.param('keyId'));
  if (!keyId.success) return problemResponse(c, keyNotFound);
  const now = Date.now();
  const found = await apiKeyRecord(c, keyId.data, now);
  if (!found.ok) return problemResponse(c, found.error);
  const { tenant: mine } = c.get('deadLetterScope');
  const record = found.value;
  if (record === undefined || (mine !== null && record.tenant !== mine)) return problemResponse(c, keyNotFound);
  const revoked = await callObject(c, c.env.JOB_INDEX, record.tenant, (index) => index.revokeKey(keyId.data));
  if (!revoked.ok) return problemResponse(c, revoked.error);
  log('warn', 'api key revoked', { ...aboutRequest(c), object: keyId.data });
  const recorded = await recordRevocation(c, keyId.data, record, now);
  const answer: z.infer<typeof revokedSchema> = {
    keyId: keyId.data,
    revoked: true,
    effectiveWithinSeconds: EFFECTIVE_WITHIN_SECONDS,
    recorded,
  };
  return c.json(answer, 200, { 'Cache-Control': 'no-store' });
}

export const revokeKeyRoute: DocumentedRoute = {
  method: 'post',
  path: '/api/keys/{keyId}/revoke',
  scope: 'operate',
  operation: {
    operationId: 'revokeKey',
    tag: 'Engine',
    summary: 'Revoke an API key',
    description:
      'For a key that leaked. It cannot be undone; a new key is made by whoever operates the engine. One’s own tenant’s keys only, unless the caller is the engine’s operator. Repeating it changes nothing, unless `recorded` was false: then it tries that again.',
    parameters: [
      {
        name: 'keyId',
        in: 'path',
        description: 'The part of the key between its two underscores.',
        schema: keyIdSchema,
      },
    ],
    answers: {
      200: {
        description:
          'The key is refused everywhere within `effectiveWithinSeconds`. `recorded`: its record in KV says so, too, which counts while the tenant’s index is silent.',
        schema: revokedSchema,
      },
    },
    problems: ['key-not-found', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: revokeKey,
};
