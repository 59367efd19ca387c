/**
 * Signing without Web Crypto: that works on other threads, in a time that no seed repeats. The secrets
 * stand for the signature, so that a call signed with another one than the last is noticed.
 */
import type { SignedHeaders, WebhookMessage } from '@mcpoverflow/webhooks';

export const signedHeaders = async ({ id, timestampMs, secrets }: WebhookMessage): Promise<SignedHeaders> => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(timestampMs / 1000)),
  'webhook-signature': secrets.join(' '),
});
