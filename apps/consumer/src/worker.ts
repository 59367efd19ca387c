/** The consumer Worker: what there is, and nothing else. */
import type { Env } from './env.ts';
import { log } from './log.ts';
import { handleDeadLettersBatch } from './messages/dead-letters.ts';
import { handleJobsBatch } from './messages/queue.ts';
import { readSettings } from './settings.ts';
import { handleWebhooksBatch } from './webhooks/webhooks-queue.ts';

export { Consumer } from './consumer.ts';
export { DeadLetters } from './dead-letters/dead-letters.ts';
export { Job } from './job/job.ts';
export { JobIndex } from './job-index/job-index.ts';
export { AgentPool } from './pool/agent-pool.ts';
export { MockUpstream } from './verification/mock-upstream.ts';
export { TenantWebhooks } from './webhooks/tenant-webhooks.ts';
export { WebhookCalls } from './webhooks/webhook-calls.ts';

export default {
  async queue(batch, env, ctx): Promise<void> {
    // Names carry a suffix per environment (`mcpoverflow-jobs-staging`).
    if (batch.queue.startsWith('mcpoverflow-dead-letters')) return handleDeadLettersBatch(batch, env);
    if (batch.queue.startsWith('mcpoverflow-jobs')) {
      const verification = { loader: env.LOADER, outbound: (id: string) => ctx.exports.MockUpstream({ props: { verification: id } }) };
      return handleJobsBatch(batch, { env, settings: readSettings(env), verification });
    }
    if (batch.queue.startsWith('mcpoverflow-webhooks')) {
      return handleWebhooksBatch(batch, env, (message, source) => {
        const call = ctx.exports.WebhookCalls.deliver(message, source);
        ctx.waitUntil(call);
        return call;
      });
    }
    log('error', 'a queue nobody handles', { queue: batch.queue });
    batch.retryAll({ delaySeconds: 60 });
  },
} satisfies ExportedHandler<Env>;
