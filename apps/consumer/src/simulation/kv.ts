/** KV, as far as it is written: writes to one key keep their order, any write can fail. */
import type { Network } from './network.ts';

export interface Copy {
  readonly value: unknown;
  readonly metadata: unknown;
}

export class SimulatedKv {
  /** Until then every write fails. */
  downUntil = 0;
  readonly copies = new Map<string, Copy>();
  readonly #network: Network;
  readonly #applied = new Map<string, number>();
  #order = 0;

  constructor(network: Network) {
    this.#network = network;
  }

  put(key: string, value: unknown, options?: { metadata?: unknown }): Promise<void> {
    return this.#write(key, () => this.copies.set(key, { value, metadata: options?.metadata }));
  }

  delete(key: string): Promise<void> {
    return this.#write(key, () => this.copies.delete(key));
  }

  #write(key: string, write: () => void): Promise<void> {
    const order = ++this.#order;
    return this.#network.call('KV', 'write', async () => {
      if (this.#network.time.now < this.downUntil) throw new Error('KV PUT failed: 500');
      if (order < (this.#applied.get(key) ?? 0)) return;
      this.#applied.set(key, order);
      write();
    });
  }
}
