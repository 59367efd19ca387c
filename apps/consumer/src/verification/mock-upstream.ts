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
import type { ReachedOperation, MockUpstream as Upstream } from '@mcpoverflow/connectors';
import { readBoundedText } from './bounded-text.ts';

/** A sample call sends a few kilobytes; more than this is not a sample. */
const MAX_REQUEST_BYTES = 256 * 1024;
/** With the limit above this bounds the memory one hostile connector can take from its neighbours. */
const MAX_REQUESTS_IN_FLIGHT = 32;

/** What stands behind a connector's network. */
export interface Surroundings {
  readonly upstream: Pick<Upstream, 'respond'>;
  /** Hosts that are the API's; null when nobody knows them, so that every host is. */
  readonly hosts: ReadonlySet<string> | null;
}

/** A request that arrived, refused or not. */
export interface Sighting {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  /** It went to a host that is not the API's. */
  readonly astray: boolean;
  /** The operations that it fits; empty when it was refused. */
  readonly reached: readonly ReachedOperation[];
}

/** What has arrived so far. */
export interface Traffic {
  readonly requests: number;
  /** Every sighting since the last time somebody took them, the first {@link MAX_SIGHTINGS} of them. */
  take(): readonly Sighting[];
}

/** One call of a tool makes a request, or a few. */
const MAX_SIGHTINGS = 100;

class Standing implements Traffic {
  readonly #surroundings: Surroundings;
  #sightings: Sighting[] = [];
  requests = 0;
  requestsInFlight = 0;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  take(): readonly Sighting[] {
    const taken = this.#sightings;
    this.#sightings = [];
    return taken;
  }

  async answer(request: Request): Promise<Response> {
    const { hosts, upstream } = this.#surroundings;
    const { host, pathname } = new URL(request.url);
    const astray = hosts !== null && !hosts.has(host);
    const see = (reached: readonly ReachedOperation[]): void => {
      if (this.#sightings.length < MAX_SIGHTINGS) this.#sightings.push({ host, method: request.method, path: pathname, astray, reached });
    };
    if (astray) {
      see([]);
      return refusal(403, `${host} is not a host of the API.`);
    }
    const body = await readBoundedText(request.body, MAX_REQUEST_BYTES);
    if (!body.ok) {
      see([]);
      return refusal(413, 'The request is too large for the mock upstream.');
    }
    const response = upstream.respond({
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body: request.body === null ? null : body.value,
    });
    see(response.reached);
    // A 204 or 304 must have no body at all, not an empty one.
    return new Response(response.body === '' ? null : response.body, { status: response.status, headers: response.headers });
  }
}
const standing = new Map<string, Standing>();

/** Runs `work` while the upstream answers under this verification's id; it is gone afterwards, whatever happened. */
export async function withUpstream<T>(
  verification: string,
  surroundings: Surroundings,
  work: (traffic: Traffic) => Promise<T>,
): Promise<T> {
  const entry = new Standing(surroundings);
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
      return await found.answer(request);
    } finally {
      found.requestsInFlight -= 1;
    }
  }
}

function refusal(status: number, error: string): Response {
  return Response.json({ error }, { status });
}
