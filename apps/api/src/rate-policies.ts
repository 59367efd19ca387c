/**
 * How many calls are taken from whom. The numbers are the bindings' own (`[[ratelimits]]` in
 * wrangler.api.toml), which cannot be asked for them; a test holds the two together.
 *
 * The platform counts in each of its places and a little late: a limit keeps floods out, it is no meter.
 */
import type { RateClass } from '@mcpoverflow/types';

export interface RatePolicy {
  /** As the headers name it. */
  readonly name: string;
  readonly binding: 'RATE_LIMIT_IP' | 'RATE_LIMIT_STANDARD' | 'RATE_LIMIT_HIGH';
  readonly calls: number;
  readonly seconds: number;
}

/** Before anybody is known: by the address that calls. High, because a company may call by one address. */
export const addressPolicy: RatePolicy = { name: 'ip', binding: 'RATE_LIMIT_IP', calls: 3_000, seconds: 60 };

/** By key, once it is known whose call it is. */
export const keyPolicies: Readonly<Record<RateClass, RatePolicy>> = {
  standard: { name: 'standard', binding: 'RATE_LIMIT_STANDARD', calls: 300, seconds: 60 },
  high: { name: 'high', binding: 'RATE_LIMIT_HIGH', calls: 3_000, seconds: 60 },
};

/** A call whose key opens nothing counts like so many: who guesses is stopped soon, and with the whole address. */
export const FAILED_AUTHENTICATION_CALLS = 10;
