/**
 * The only network a connector reaches while it is verified: an API that answers from the
 * specification. The Worker Loader wants a service binding as outbound network, so this is an
 * entrypoint of the consumer, reached through `ctx.exports`.
 *
 * An entrypoint gets nothing but plain data from whoever binds it, and a specification is too large to
 * be copied into every call. So its props name a verification, and the upstream is looked up in this
 * isolate's memory, where it stands for exactly as long as the verification runs. A call that arrives
 * in another isolate, or after the end, is refused: it never meets another job's upstream.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { MockUpstream as Upstream } from '@mcpoverflow/connectors';
import { readBoundedText } from './bounded-text.ts';

/** A sample call sends a few kilobytes; more than this is not a sample. */
const MAX_REQUEST_BYTES = 256 * 1024;
/** With the limit above this bounds the memory one hostile connector can take from its neighbours. */
const MAX_REQUESTS_IN_FLIGHT = 32;

/** What has arrived so far, refused or not. */
export interface Traffic {
  readonly requests: number;
}
interface Standing extends Traffic {
  readonly upstream: Upstream;
  requests: number;
  requestsInFlight: number;
}
const standing = new Map<string, Standing>();

/** Runs `work` while the upstream answers under this verification's id; it is gone afterwards, whatever happened. */
export async function withUpstream<T>(verification: string, upstream: Upstream, work: (traffic: Traffic) => Promise<T>): Promise<T> {
  const entry: Standing = { upstream, requests: 0, requestsInFlight: 0 };
  standing.set(verification, entry);
  try {
    return await work(entry);
  } finally {
    standing.delete(verification);
  }
}

/** The outbound network of one verified connector. Bind it with `ctx.exports.MockUpstream({ props: { verification } })`. */
export class MockUpstream extends WorkerEntrypoint<unknown, { readonly verification: string }> {
  override async fetch(request: Request): Promise<Response> {
    const found = standing.get(this.ctx.props.verification);
    if (found === undefined) return refusal(502, 'No verification with this mock upstream is running here.');
    found.requests += 1;
    if (found.requestsInFlight === MAX_REQUESTS_IN_FLIGHT) return refusal(503, 'Too many requests at once for the mock upstream.');
    found.requestsInFlight += 1;
    try {
      return await answer(found.upstream, request);
    } finally {
      found.requestsInFlight -= 1;
    }
  }
}

async function answer(upstream: Upstream, request: Request): Promise<Response> {
  const body = await readBoundedText(request.body, MAX_REQUEST_BYTES);
  if (!body.ok) return refusal(413, 'The request is too large for the mock upstream.');
  const {
    status,
    headers,
    body: content,
  } = upstream.respond({
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    body: request.body === null ? null : body.value,
  });
  // A 204 or 304 must have no body at all, not an empty one.
  return new Response(content === '' ? null : content, { status, headers });
}

function refusal(status: number, error: string): Response {
  return Response.json({ error }, { status });
}
