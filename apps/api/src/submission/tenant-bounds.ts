/**
 * What one tenant may have going at once and spend in a day, so that neither its loop nor its bill takes the
 * engine from the others. It is looked up, not locked: a submission pays for no counter, and the bounds can
 * be exceeded by what other isolates took within the 20 seconds for which a standing is kept, by the seconds
 * until a Job has told its index of itself, and, in money, by what the jobs in flight go on to cost.
 *
 * Who runs without keys has no tenants and no bounds; the engine's operator has no jobs of its own.
 */
import { fail, OPERATOR_TENANT, ok, type Result } from '@mcpoverflow/types';
import type { ApiContext } from '../env.ts';
import type { Refusal } from '../problems.ts';
import { isCurrent, type KeptStanding, standingOf } from '../tenant-standing.ts';

/** A tenant that is refused hears of a free place no later than this. */
const REFUSED_AFTER_MS = 1_000;
const FULL_RETRY_SECONDS = 30;
const DAY_MS = 86_400_000;

export interface Place {
  /** Gives the place back: no job came of it. */
  release(): void;
}

const noPlace: Place = { release: () => undefined };

/** Takes the place of one job, or says which bound stands in the way. `mayCost` is false for work that cannot cost anything. */
export async function takePlace(c: ApiContext, mayCost: boolean): Promise<Result<Place, Refusal>> {
  const tenant = c.get('tenant');
  if (c.get('key') === undefined || tenant === OPERATOR_TENANT) return ok(noPlace);
  const now = Date.now();
  let kept = await standingOf(c, tenant, now);
  if (refusalFor(c, kept, mayCost, now) !== undefined) kept = await standingOf(c, tenant, now, REFUSED_AFTER_MS);
  const refusal = refusalFor(c, kept, mayCost, now);
  if (refusal !== undefined) return fail(refusal);
  kept.taken += 1;
  return ok({
    release: () => {
      kept.taken -= 1;
    },
  });
}

function refusalFor(c: ApiContext, kept: KeptStanding, mayCost: boolean, now: number): Refusal | undefined {
  if (!isCurrent(kept, now)) return undefined;
  const { standing, taken } = kept;
  const { TENANT_MAX_JOBS_IN_FLIGHT: mostJobs, TENANT_MAX_COST_USD_PER_DAY: mostCost } = c.get('settings');
  if (standing.jobsInFlight + taken >= mostJobs) {
    return {
      code: 'too-many-jobs',
      detail: `${mostJobs} jobs may be in flight at once. Wait until some have ended, or cancel them.`,
      headers: { 'Retry-After': String(FULL_RETRY_SECONDS) },
    };
  }
  if (!mayCost || mostCost === undefined || standing.costUsdToday < mostCost) return undefined;
  const dayEnds = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
  return {
    code: 'cost-limit-reached',
    detail: `Jobs that ended today have cost $${mostCost} or more, which is the bound for a day. It ends at ${new Date(dayEnds).toISOString()}. Jobs for the embedded engine are taken.`,
    headers: { 'Retry-After': String(Math.ceil((dayEnds - now) / 1000)) },
  };
}
