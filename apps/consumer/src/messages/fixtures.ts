/** An agent as a value, and a turn's work, for the tests beside them. */
import type { Agent, RunSnapshot } from '@mcpoverflow/openhands';
import { ok } from '@mcpoverflow/types';
import type { Work } from '../job/begin.ts';

export const conversationId = '6f1f0000-0000-4000-8000-000000000001';

/** A run on OpenHands that just began. */
export const work: Work = {
  jobId: 'job',
  tenant: 'tenant',
  type: 'generate-documentation',
  kind: 'collect',
  generation: 1,
  engine: 'openhands',
  options: {},
  attempt: 1,
  conversationId,
  runNumber: 1,
  reworks: 0,
  unpauses: 0,
  staleEventId: null,
  failureId: null,
  verificationCrashes: 0,
  maxCostUsd: 5,
  mayExist: true,
  mayCreate: true,
  createAfter: 0,
};

export const snapshot = (status: RunSnapshot['status'], more: Partial<RunSnapshot> = {}): RunSnapshot => ({
  id: conversationId,
  status,
  hasUserMessage: true,
  costUsd: 1,
  promptTokens: 10,
  completionTokens: 5,
  iterations: 2,
  lastEventId: null,
  ...more,
});

/** An agent that answers the calls a test names; any other is one too many. `calls` fills with the names of those that act. */
export function agentOfCalls(answers: Partial<Agent>, calls: string[] = []): Agent {
  const unexpected = (call: string) => async (): Promise<never> => {
    throw new Error(`unexpected call: ${call}`);
  };
  const done = (call: string) => async () => {
    calls.push(call);
    return ok(undefined);
  };
  return {
    filesNeedRun: false,
    start: unexpected('start'),
    get: unexpected('get'),
    getMany: unexpected('getMany'),
    userMessageCount: unexpected('userMessageCount'),
    send: done('send'),
    resume: done('resume'),
    activity: unexpected('activity'),
    failure: unexpected('failure'),
    finalResponse: async () => ok(''),
    upload: done('upload'),
    download: unexpected('download'),
    interrupt: done('interrupt'),
    removeDirectory: done('removeDirectory'),
    delete: done('delete'),
    health: unexpected('health'),
    ...answers,
  };
}
