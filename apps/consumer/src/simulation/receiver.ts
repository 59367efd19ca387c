/**
 * A model of a webhook receiver: down, overloaded, silent, or gone for good. It may have taken a call that
 * its caller never hears of, and it knows for certain which ones it answered with success.
 */
import * as z from 'zod';
import type { Network } from './network.ts';
import { currentProcess, never } from './processes.ts';

export const RECEIVER_URL = 'http://127.0.0.1:9000/hook';

export interface ReceivedCall {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly body: string;
}

export interface ReceiverSpectator {
  /** A worker sends a call; it may or may not arrive. */
  calling(call: ReceivedCall): void;
  /** ...while another one of the same id is still under way. */
  overlapping(id: string): void;
}

/** A request is on its way for no longer than this: what is sent within a lease arrives within it, or next to it. */
const MAX_TRANSPORT_MS = 1_500;

export class ModelReceiver {
  downUntil = 0;
  outage: 'refused' | 'hangs' = 'refused';
  /** Ids that were answered 2xx. */
  readonly accepted = new Set<string>();
  /** Ids that were answered 410. */
  readonly refusedForGood = new Set<string>();
  readonly #network: Network;
  readonly #spectator: ReceiverSpectator;
  readonly #underWay = new Set<string>();

  constructor(network: Network, spectator: ReceiverSpectator) {
    this.#network = network;
    this.#spectator = spectator;
  }

  /** In the place of `fetch`. */
  fetch(init: RequestInit): Promise<Response> {
    const caller = currentProcess();
    if (caller?.alive === false) return never();
    if (init.signal?.aborted) return Promise.reject(init.signal.reason);
    const call = readCall(init);
    this.#spectator.calling(call);
    if (this.#underWay.has(call.id)) this.#spectator.overlapping(call.id);
    this.#underWay.add(call.id);
    const over = (): void => {
      this.#underWay.delete(call.id);
    };
    caller?.onDeath(over);
    return new Promise<Response>((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason), { once: true });
      this.#network.call('receiver', `call ${call.id}`, () => this.#serve(call.id), MAX_TRANSPORT_MS).then(resolve, reject);
    }).finally(over);
  }

  async #serve(id: string): Promise<Response> {
    const { chance, trouble, time } = this.#network;
    if (time.now < this.downUntil) {
      if (this.outage === 'hangs') return never();
      throw new TypeError('fetch failed');
    }
    const stream = `receiver ${id}`;
    if (chance.happens(stream, trouble.receiverGone)) {
      this.#network.note(`receiver is gone for ${id}`);
      this.refusedForGood.add(id);
      return new Response('gone', { status: 410 });
    }
    if (chance.happens(stream, trouble.receiverFails)) {
      const failure = chance.pick(stream, ['500', '502', '429 with Retry-After', 'redirect', 'reset', 'silence'] as const);
      this.#network.note(`receiver fails ${id} with ${failure}`);
      if (failure === '500') return new Response('oops', { status: 500 });
      if (failure === '502') return new Response('<html>Bad gateway</html>', { status: 502 });
      if (failure === '429 with Retry-After') return new Response('slow down', { status: 429, headers: { 'retry-after': '90' } });
      if (failure === 'redirect') return new Response(null, { status: 302, headers: { location: RECEIVER_URL } });
      if (failure === 'reset') throw new TypeError('fetch failed');
      return never();
    }
    this.accepted.add(id);
    return new Response('{"received":true}', { status: 200 });
  }
}

const headersSchema = z.looseObject({ 'webhook-id': z.string(), 'webhook-timestamp': z.string(), 'webhook-signature': z.string() });

function readCall({ headers, body }: RequestInit): ReceivedCall {
  const sent = headersSchema.parse(headers);
  return {
    id: sent['webhook-id'],
    timestamp: sent['webhook-timestamp'],
    signature: sent['webhook-signature'],
    body: z.string().parse(body),
  };
}
