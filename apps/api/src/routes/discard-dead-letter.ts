/** `DELETE /api/dead-letters/{deadLetterId}`: leave this one as it is. */
import { discardedSchema } from '@mcpoverflow/types';
import { callDeadLetters, deadLetterNotFound } from '../dead-letters/call-dead-letters.ts';
import { deadLetterIdOf } from '../dead-letters/dead-letter-id.ts';
import { discard } from '../dead-letters/discard.ts';
import type { ApiContext } from '../env.ts';
import { problemResponse } from '../problems.ts';
import type { DocumentedRoute } from '../route.ts';
import { deadLetterIdParameter } from '../route-parameters.ts';

async function discardDeadLetter(c: ApiContext): Promise<Response> {
  const id = deadLetterIdOf(c);
  if (!id.ok) return problemResponse(c, id.error);
  const read = await callDeadLetters(c, (deadLetters, scope) => deadLetters.read(scope, id.value));
  if (!read.ok) return problemResponse(c, read.error);
  if (read.value.kind === 'not-found') return problemResponse(c, deadLetterNotFound);
  return discard(c, { kind: 'ids', ids: [id.value] });
}

export const discardDeadLetterRoute: DocumentedRoute = {
  method: 'delete',
  path: '/api/dead-letters/{deadLetterId}',
  scope: 'operate',
  operation: {
    operationId: 'discardDeadLetter',
    tag: 'Dead letters',
    summary: 'Discard a dead letter',
    description: 'It stays as `discarded`, with its history, for as long as its job is kept. `discarded: 0`: it was not `dead`.',
    parameters: [deadLetterIdParameter],
    answers: { 200: { description: 'Whether it was discarded by this call.', schema: discardedSchema } },
    problems: ['dead-letter-not-found', 'unauthorized', 'forbidden', 'unavailable'],
  },
  handler: discardDeadLetter,
};
