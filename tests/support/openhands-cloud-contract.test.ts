/** The judge of the Cloud's contract must notice what is wrong, or its silence means nothing. */
import { expect, test } from 'vitest';
import { publishedOperation } from './openhands-cloud-contract.ts';

const faults = (method: string, path: string, query: string, body: unknown): string[] | undefined =>
  publishedOperation(method, path)?.requestFaults(new URLSearchParams(query), body);
const id = '6f1f0a51-53c5-4d0b-9a3f-0d8b3f1c2a77';

test('a request as it is published passes', () => {
  expect(faults('POST', '/api/v1/app-conversations', '', { conversation_id: id, llm_model: 'some/model' })).toEqual([]);
  expect(faults('GET', '/api/v1/app-conversations', `ids=${id}&ids=${id}`, undefined)).toEqual([]);
  expect(
    faults('GET', '/api/v1/app-conversations/start-tasks/search', 'limit=100&created_at__gte=2026-11-23T00:00:00.000Z', undefined),
  ).toEqual([]);
});

test.each([
  ['a misspelt field', faults('POST', '/api/v1/app-conversations', '', { conversation: id }), /conversation is not published/],
  ['a wrong type', faults('POST', '/api/v1/app-conversations', '', { conversation_id: 7 }), /body/],
  ['an id that is none', faults('POST', '/api/v1/app-conversations', '', { conversation_id: 'x' }), /body/],
  ['a missing query', faults('GET', '/api/v1/app-conversations', '', undefined), /ids is missing/],
  ['an unknown query', faults('GET', '/api/v1/app-conversations/count', 'status=RUNNING', undefined), /status is not published/],
  ['a page too large', faults('GET', '/api/v1/app-conversations/start-tasks/search', 'limit=101', undefined), /query/],
])('%s is noticed', (_what, found, sentence) => {
  expect(found?.join()).toMatch(sentence);
});

test('an answer is judged by its schema, references included', () => {
  const looked = publishedOperation('GET', '/api/v1/app-conversations');
  const conversation = { created_by_user_id: null, sandbox_id: 's', acp_server: null, launched_agent_profile: null };
  expect(looked?.answerFaults(200, [null, conversation])).toEqual([]);
  expect(looked?.answerFaults(200, [{ ...conversation, sandbox_status: 'ASLEEP' }])).not.toEqual([]);
  expect(looked?.answerFaults(200, [{ sandbox_id: 's' }])).not.toEqual([]);
});

test('a fixed path is not taken for an id, and an unpublished one is nothing', () => {
  expect(publishedOperation('GET', '/api/v1/app-conversations/count')?.name).toBe('get /api/v1/app-conversations/count');
  expect(publishedOperation('DELETE', `/api/v1/app-conversations/${id}`)?.path).toEqual({ conversation_id: id });
  expect(publishedOperation('POST', `/api/v1/app-conversations/${id}/interrupt`)).toBeNull();
});
