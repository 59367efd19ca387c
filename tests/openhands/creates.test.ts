/**
 * A create whose answer does not arrive, or is not the truth, leaves one conversation with one message on the
 * real agent-server; and a server without room for all of the runs is asked again until it has some.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import * as z from 'zod';
import type { Fault } from '../support/openhands-agent-server-proxy.ts';
import { diligent } from '../support/scripted-model-work.ts';
import { smallSpecification } from '../support/small-specification.ts';
import { newest } from './versions.ts';
import { idOf, startWhole, type Whole } from './whole.ts';

const agentServers = inject('agentServers');
const ROOM = 3;
/** The engine gives a create up after half of a turn's lease. */
const LEASE_SECONDS = 16;

describe.skipIf(agentServers === null)('a create', () => {
  let whole: Whole;

  beforeAll(async () => {
    whole = await startWhole({
      python: agentServers?.[newest] ?? '',
      engineEnv: {
        TURN_LEASE_SECONDS: String(LEASE_SECONDS),
        CREATE_QUIET_SECONDS: '2',
        RESEND_SECONDS: '2',
        RETRY_ATTEMPTS: '20',
        RETRY_CAP_SECONDS: '4',
      },
      serverEnv: { OH_MAX_CONCURRENT_RUNS: String(ROOM) },
    });
  });
  afterAll(() => whole?.stop());

  const analysis = (title: string) => ({ specType: 'openapi', spec: smallSpecification(title) });

  const faults: readonly (readonly [string, Fault])[] = [
    ['whose answer is lost', { kind: 'lost' }],
    ['that is answered late', { kind: 'late', until: pause(LEASE_SECONDS * 1000) }],
    ['that is answered 500 although the conversation was made', { kind: 'status', status: 500 }],
  ];

  test.concurrent.each(faults)('%s makes one conversation with one message', async (name, fault) => {
    const jobId = await idOf('analyze', name);
    const userMessages: number[] = [];
    whole.proxy.faultOnCreate(jobId, fault);
    whole.model.script(jobId, async (turn) => {
      const conversationId = turn.directory.split('/').at(-1);
      const answer = await whole.server.fetch(`/api/conversations/${conversationId}/events/count?source=user`);
      userMessages.push(z.number().parse(await answer.json()));
      return diligent(turn);
    });

    const job = await whole.ended(await whole.submit('analyze', name, analysis(name)));

    expect(job).toMatchObject({ status: 'completed', engine: 'openhands' });
    const creates = whole.proxy.createsOf(jobId);
    expect(new Set(creates.map(({ conversationId }) => conversationId)).size).toBe(1);
    expect(creates.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(userMessages)).toEqual(new Set([1]));
  });

  test('that the server has no room for is asked for again', async () => {
    const names = Array.from({ length: 4 * ROOM }, (_, index) => `one-of-many-${index}`);
    const jobIds = await Promise.all(names.map((name) => whole.submit('analyze', name, analysis(name))));
    const jobs = await Promise.all(jobIds.map(whole.ended));
    expect(jobs.map(({ status, error }) => error?.message ?? status)).toEqual(names.map(() => 'completed'));
    expect(jobIds.map((jobId) => new Set(whole.proxy.createsOf(jobId).map(({ tags }) => tags.run)))).toEqual(
      names.map(() => new Set(['1'])),
    );
  });
});
