/**
 * The tenant's default webhook: where the calls of submissions go that name no webhook themselves.
 *
 * Asking its object on every submission would double their cost, so an answer, "none" included, is kept
 * for 30 s per isolate; a change that passes through this isolate is known at once, one through another
 * within that time. An object that does not answer refuses the submission: a job made without its
 * webhook would end unheard.
 */
import { ok, type Result, type Webhook } from '@mcpoverflow/types';
import type { ApiContext, Env } from '../env.ts';
import { callObject } from '../jobs/call-job.ts';
import type { Refusal } from '../problems.ts';

interface Kept {
  readonly until: number;
  readonly webhook: Webhook | null;
}

const KEEP_MS = 30_000;
/** Beyond this the tenant that was asked for longest ago is forgotten. */
const MAX_TENANTS = 1_000;

/** Per binding and not per module, so that two environments in one process never share an answer. */
const kept = new WeakMap<Env['TENANT_WEBHOOKS'], Map<string, Kept>>();

function keptOf(c: ApiContext): Map<string, Kept> {
  const known = kept.get(c.env.TENANT_WEBHOOKS) ?? new Map<string, Kept>();
  kept.set(c.env.TENANT_WEBHOOKS, known);
  return known;
}

function keep(c: ApiContext, webhook: Webhook | null, now: number): void {
  const tenants = keptOf(c);
  // Anew at the end of the order, so that the first one is the oldest.
  tenants.delete(c.get('tenant'));
  tenants.set(c.get('tenant'), { until: now + KEEP_MS, webhook });
  const [oldest] = tenants.keys();
  if (tenants.size > MAX_TENANTS && oldest !== undefined) tenants.delete(oldest);
}

/** The default webhook, perhaps as it was up to 30 s ago. `now` in milliseconds. */
export async function defaultWebhook(c: ApiContext, now: number): Promise<Result<Webhook | null, Refusal>> {
  const known = keptOf(c).get(c.get('tenant'));
  return known !== undefined && now < known.until ? ok(known.webhook) : readDefaultWebhook(c, now);
}

/** The default webhook as it is. `now` in milliseconds. */
export async function readDefaultWebhook(c: ApiContext, now: number): Promise<Result<Webhook | null, Refusal>> {
  const before = keptOf(c).get(c.get('tenant'));
  const answer = await callObject(c, c.env.TENANT_WEBHOOKS, c.get('tenant'), (object) => object.defaultWebhook());
  // Whoever changed it while we asked knows better.
  const unchanged = keptOf(c).get(c.get('tenant')) === before;
  if (answer.ok && unchanged) keep(c, answer.value, now);
  return answer;
}

/** Sets the default webhook, or with null removes it. `now` in milliseconds. */
export async function writeDefaultWebhook(c: ApiContext, webhook: Webhook | null, now: number): Promise<Result<void, Refusal>> {
  const answer = await callObject(c, c.env.TENANT_WEBHOOKS, c.get('tenant'), (object) => object.setDefaultWebhook(webhook));
  // Without an answer it may have been set or not: the next reader asks.
  if (answer.ok) keep(c, webhook, now);
  else keptOf(c).delete(c.get('tenant'));
  return answer;
}
