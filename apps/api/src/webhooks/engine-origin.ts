/** The address by which callers reach the engine: what the operator says, else the one that this request used. */
import type { ApiContext } from '../env.ts';

/** Scheme and host, without a path. Needs `settings`. */
export const engineOrigin = (c: ApiContext): string => new URL(c.get('settings').PUBLIC_URL ?? c.req.url).origin;
