/**
 * How the caller's tenant stands, as its index tells it: which of its keys were revoked, how many of its jobs
 * are in flight, what they cost today. Unlike KV that object is never behind, so an isolate that asks it
 * every 20 seconds knows of a revocation within as many, wherever it runs. One call in 20 seconds for each
 * isolate and tenant costs less than the KV read beside it.
 *
 * When it does not answer, only what cannot change counts on: a revocation is for ever, and KV tells of new
 * ones, a little later. What was in flight or spent a minute ago says nothing any more, and nobody is refused
 * a call because a counter is down.
 */
import type { TenantStanding } from '@mcpoverflow/types';
import type { ApiContext, Env } from './env.ts';
import { aboutRequest, describeError, log } from './log.ts';
import { within } from './within.ts';

const KEEP_MS = 20_000;
/** After a silence it is asked again so much later. */
const KEEP_UNANSWERED_MS = 5_000;
const ANSWER_LIMIT_MS = 2_000;
/** So long its figures count on while it is silent, if the day (UTC) does not end before. */
const FIGURES_LAST_MS = 60_000;
const DAY_MS = 86_400_000;
/** Beyond so many tenants the one that was asked about longest ago is forgotten. */
const MAX_KEPT = 1_000;

export interface KeptStanding {
  readonly standing: TenantStanding;
  /** When it was asked for, when it last answered, and until when it counts, epoch milliseconds. */
  readonly at: number;
  readonly answeredAt: number;
  readonly until: number;
  /** Jobs that this isolate has taken since. */
  taken: number;
}

const unknown: TenantStanding = { revokedKeys: [], jobsInFlight: 0, costUsdToday: 0 };

/** Per binding and not per module, so that two environments in one process never share a tenant. */
const kept = new WeakMap<Env['JOB_INDEX'], Map<string, KeptStanding>>();
/** A call asks once at a time, however many jobs it brings; a promise of one call cannot be awaited by another. */
const asked = new WeakMap<ApiContext, Promise<KeptStanding>>();

/** Whether its jobs and costs still say something at `now`, epoch milliseconds: the index has not been silent for long. */
export const isCurrent = ({ answeredAt }: KeptStanding, now: number): boolean =>
  now < answeredAt + FIGURES_LAST_MS && Math.floor(now / DAY_MS) === Math.floor(answeredAt / DAY_MS);

/** The standing, at most `maxAgeMs` old unless the index is silent. `now` in epoch milliseconds. */
export async function standingOf(c: ApiContext, tenant: string, now: number, maxAgeMs = KEEP_MS): Promise<KeptStanding> {
  const before = kept.get(c.env.JOB_INDEX)?.get(tenant);
  if (before !== undefined && now < Math.min(before.until, before.at + maxAgeMs)) return before;
  const asking = asked.get(c) ?? ask(c, tenant, before, now).finally(() => asked.delete(c));
  asked.set(c, asking);
  return asking;
}

async function ask(c: ApiContext, tenant: string, before: KeptStanding | undefined, now: number): Promise<KeptStanding> {
  try {
    const index = c.env.JOB_INDEX.get(c.env.JOB_INDEX.idFromName(tenant));
    const standing = await within(index.standing(), ANSWER_LIMIT_MS, 'the index');
    return keep(c, tenant, { standing, at: now, answeredAt: now, until: now + KEEP_MS, taken: 0 });
  } catch (error) {
    log('warn', 'tenant standing not read', { ...aboutRequest(c), object: tenant, error: describeError(error) });
    const { standing, answeredAt, taken } = before ?? { standing: unknown, answeredAt: 0, taken: 0 };
    return keep(c, tenant, { standing, at: now, answeredAt, until: now + KEEP_UNANSWERED_MS, taken });
  }
}

function keep(c: ApiContext, tenant: string, entry: KeptStanding): KeptStanding {
  const own = kept.get(c.env.JOB_INDEX) ?? new Map<string, KeptStanding>();
  kept.set(c.env.JOB_INDEX, own);
  own.delete(tenant);
  own.set(tenant, entry);
  const [oldest] = own.keys();
  if (own.size > MAX_KEPT && oldest !== undefined) own.delete(oldest);
  return entry;
}
