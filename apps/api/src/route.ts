/**
 * A route is a value: address, handler, and what the OpenAPI document says about it. The Worker
 * registers the same list that the document is generated from, so neither can forget the other.
 */
import type { ApiKeyScope, ProblemCode } from '@mcpoverflow/types';
import type * as z from 'zod';
import type { ApiContext } from './env.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly schema: z.ZodType;
}

export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** `application/json` unless said otherwise. */
  readonly mediaType?: string;
}

export interface Operation {
  readonly operationId: string;
  readonly tag: 'Submit' | 'Jobs' | 'Webhooks' | 'Dead letters' | 'Engine';
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: { readonly schema: z.ZodType; readonly example: unknown /** May be left out. */; readonly optional?: true };
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems: readonly ProblemCode[];
}

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** With parameters in braces, as OpenAPI writes them: `/api/jobs/{jobId}`. */
  readonly path: string;
  /** What a key must be allowed to call it; null where any caller may who got this far. */
  readonly scope: ApiKeyScope | null;
  /** Refused while the engine is drained (`ACCEPT_JOBS=false`). */
  readonly startsJobs?: true;
  readonly handler: (c: ApiContext) => Response | Promise<Response>;
}

/** A route of the public contract. Only the pages that show the contract are not part of it. */
export interface DocumentedRoute extends Route {
  readonly operation: Operation;
}
