/** Decides where the calls of a job go: to the submission's own webhook, else to the tenant's default, else nowhere. */
import { endingEvents, fail, type JobWebhook, ok, type Result, type Webhook } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import type { Refusal } from '../problems.ts';
import { defaultWebhook } from './default-webhook.ts';
import { engineOrigin } from './engine-origin.ts';
import { urlJudgeOf } from './judge-webhook-url.ts';

/** The webhook of a job whose submission says `given`; undefined when there is to be none. */
export type ChooseWebhook = (given: Webhook | undefined) => Promise<Result<JobWebhook | undefined, Refusal>>;

/**
 * The choice for one request: the items of a batch share look-ups and the default. The default was judged
 * when it was set and is, like every URL, judged again before every attempt; here it is not.
 */
export function webhookChoiceOf(c: ApiContext): ChooseWebhook {
  const judge = urlJudgeOf(c);
  const origin = engineOrigin(c);
  const jobWebhook = ({ url, events }: Webhook): JobWebhook => ({ url, events: [...new Set(events ?? endingEvents)], origin });
  let ofTenant: ReturnType<typeof defaultWebhook> | undefined;

  return async (given) => {
    if (given !== undefined) {
      const judged = await judge(given.url, '/webhook/url');
      return judged.ok ? ok(jobWebhook(given)) : judged;
    }
    ofTenant ??= defaultWebhook(c, Date.now());
    const webhook = await ofTenant;
    if (!webhook.ok) return fail(webhook.error);
    return ok(webhook.value === null ? undefined : jobWebhook(webhook.value));
  };
}
