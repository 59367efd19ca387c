/** The real api Worker on a platform that fails on command. */

import type { Env } from '../../../apps/api/src/env.ts';
import worker from '../../../apps/api/src/worker.ts';
import { faultyQueue, faultyStore } from './bindings.ts';
import { obeyFaultCommand } from './faults.ts';

interface PlatformEnv extends Omit<Env, 'JOBS_QUEUE'> {
  readonly JOBS_QUEUE: Queue;
}

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const obeyed = await obeyFaultCommand(request);
    if (obeyed !== null) return obeyed;
    return worker.fetch(request, { ...env, JOBS_QUEUE: faultyQueue(env.JOBS_QUEUE), AI_JOBS: faultyStore(env.AI_JOBS) }, ctx);
  },
} satisfies ExportedHandler<PlatformEnv>;
