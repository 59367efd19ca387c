/**
 * Durable Objects: storage that outlives the object in memory, one alarm, calls by name. Writes are
 * made as the platform makes them: all of one step together, and none by an object that has died.
 */
import { DatabaseSync } from 'node:sqlite';
import type { Network } from './network.ts';
import { asPlatform } from './platform.ts';
import { Process } from './processes.ts';

/** The platform repeats an alarm whose handler failed, six times. */
const ALARM_RETRIES = 6;

/** What a test may see of an object and its calls. */
export interface Spectator {
  /** A row of the key-value interface was written. */
  wrote?(name: string, key: string, before: unknown, after: unknown): void;
  /** A method is about to be called. */
  asked?(name: string, method: string, values: readonly unknown[]): void;
  /** A method returned. `before` is the row `state` as it was at the call. */
  answered?(name: string, method: string, values: readonly unknown[], answer: unknown, before: unknown): void;
}

export type ObjectClass = new (ctx: DurableObjectState, env: never) => object;

export class ObjectHost {
  readonly name: string;
  readonly rows = new Map<string, unknown>();
  readonly #network: Network;
  readonly #construct: (ctx: DurableObjectState) => object;
  readonly #spectator: Spectator;
  #database: DatabaseSync | undefined;
  #instance: { readonly object: object; readonly process: Process } | undefined;
  #alarmAt: number | null = null;
  #alarmVersion = 0;
  #alarmRunning = false;
  #alarmFailures = 0;

  constructor(name: string, network: Network, construct: (ctx: DurableObjectState) => object, spectator: Spectator) {
    this.name = name;
    this.#network = network;
    this.#construct = construct;
    this.#spectator = spectator;
  }

  /** Memory is lost, storage kept. */
  crash(): void {
    this.#network.struck(this.name, 'object evicted');
    this.#instance?.process.kill();
  }

  /** Loses storage too, as a cache that starts from nothing. */
  wipe(): void {
    this.crash();
    this.#removeAll();
    this.#alarmAt = null;
    this.#alarmVersion += 1;
  }

  async call(method: string, values: readonly unknown[]): Promise<unknown> {
    const { object, process } = this.#live();
    const before = this.rows.get('state');
    this.#spectator.asked?.(this.name, method, values);
    const answer = await this.#during(process, () => {
      const member: unknown = Reflect.get(object, method);
      if (typeof member !== 'function') throw new Error(`${this.name} has no method ${method}`);
      return Reflect.apply(member, object, structuredClone(values));
    });
    this.#spectator.answered?.(this.name, method, values, answer, before);
    return structuredClone(answer);
  }

  /** Runs a step of the object; rejects when the object dies meanwhile. */
  #during(process: Process, step: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const living = process.onDeath(() => reject(new Error('the object was evicted')));
      const settle = (then: () => void): void => {
        living();
        if (process.alive) then();
      };
      process
        .run(async () => step())
        .then(
          (value) => settle(() => resolve(value)),
          (error: unknown) => settle(() => reject(error)),
        );
    });
  }

  #live(): { readonly object: object; readonly process: Process } {
    if (this.#instance === undefined) {
      const process = new Process(this.name);
      process.onDeath(() => {
        if (this.#instance?.process === process) this.#instance = undefined;
      });
      this.#instance = { process, object: process.run(() => this.#construct(this.#context(process))) };
    }
    return this.#instance;
  }

  #context(process: Process): DurableObjectState {
    const writing = (write: () => void): void => {
      if (process.alive) write();
    };
    const storage = {
      kv: {
        get: (key: string) => structuredClone(this.rows.get(key)),
        put: (key: string, value: unknown) =>
          writing(() => {
            const before = this.rows.get(key);
            const after = structuredClone(value);
            this.rows.set(key, after);
            this.#spectator.wrote?.(this.name, key, before, after);
          }),
        delete: (key: string) => writing(() => this.rows.delete(key)),
        list: ({ prefix }: { prefix: string }) =>
          [...this.rows].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1)),
      },
      sql: {
        exec: (query: string, ...bindings: (string | number)[]) => {
          const rows = process.alive
            ? this.#sql()
                .prepare(query)
                .all(...bindings)
            : [];
          return { toArray: () => rows.map((row) => ({ ...row })) };
        },
      },
      transactionSync: <T>(write: () => T): T => {
        const before = new Map(this.rows);
        try {
          return write();
        } catch (error) {
          this.rows.clear();
          for (const [key, value] of before) this.rows.set(key, value);
          throw error;
        }
      },
      setAlarm: async (at: number) => writing(() => this.#setAlarm(at)),
      deleteAlarm: async () =>
        writing(() => {
          this.#alarmAt = null;
          this.#alarmVersion += 1;
        }),
      deleteAll: async () => writing(() => this.#removeAll()),
    };
    return asPlatform({ id: { name: this.name.slice(this.name.indexOf(' ') + 1) }, storage });
  }

  #sql(): DatabaseSync {
    this.#database ??= new DatabaseSync(':memory:');
    return this.#database;
  }

  #removeAll(): void {
    const before = this.rows.get('state');
    this.rows.clear();
    this.#database?.close();
    this.#database = undefined;
    this.#spectator.wrote?.(this.name, 'state', before, undefined);
  }

  #setAlarm(at: number): void {
    this.#alarmAt = at;
    this.#alarmFailures = 0;
    this.#armAlarm();
  }

  #armAlarm(): void {
    const version = ++this.#alarmVersion;
    if (this.#alarmAt === null || this.#alarmRunning) return;
    const lateness = this.#network.chance.between(`alarm ${this.name}`, 0, 30);
    this.#network.time.happen(this.#alarmAt - this.#network.time.now + lateness, () => {
      if (version === this.#alarmVersion) void this.#fireAlarm(version);
    });
  }

  /** One at a time; what the handler sets meanwhile stands, else success clears the alarm and failure repeats it. */
  async #fireAlarm(version: number): Promise<void> {
    this.#alarmRunning = true;
    let failed = false;
    try {
      const { object, process } = this.#live();
      await this.#during(process, () => {
        const alarm: unknown = Reflect.get(object, 'alarm');
        if (typeof alarm !== 'function') throw new Error(`${this.name} has no alarm`);
        return Reflect.apply(alarm, object, []);
      });
    } catch {
      failed = true;
    }
    this.#alarmRunning = false;
    if (version !== this.#alarmVersion) return this.#armAlarm();
    this.#alarmAt = null;
    if (!failed) return;
    this.#alarmFailures += 1;
    if (this.#alarmFailures > ALARM_RETRIES) return;
    this.#alarmAt = this.#network.time.now + 1_000 * 2 ** this.#alarmFailures;
    this.#armAlarm();
  }
}

/** A binding: objects of one class by name. */
export class ObjectNamespace {
  readonly hosts = new Map<string, ObjectHost>();
  readonly #kind: string;
  readonly #network: Network;
  readonly #construct: (ctx: DurableObjectState) => object;
  readonly #spectator: Spectator;

  constructor(kind: string, network: Network, construct: (ctx: DurableObjectState) => object, spectator: Spectator = {}) {
    this.#kind = kind;
    this.#network = network;
    this.#construct = construct;
    this.#spectator = spectator;
  }

  host(name: string): ObjectHost {
    const known = this.hosts.get(name);
    if (known !== undefined) return known;
    const host = new ObjectHost(`${this.#kind} ${name}`, this.#network, this.#construct, this.#spectator);
    this.hosts.set(name, host);
    return host;
  }

  binding(): object {
    return { idFromName: (name: string) => name, get: (name: string) => this.#stub(this.host(name)) };
  }

  #stub(host: ObjectHost): object {
    const methods = new Map<string, (...values: unknown[]) => Promise<unknown>>();
    return new Proxy(
      {},
      {
        get: (_target, method) => {
          // A stub is no promise: `await stub` must not call it.
          if (typeof method !== 'string' || method === 'then') return undefined;
          const known = methods.get(method);
          if (known !== undefined) return known;
          const call = (...values: unknown[]) => {
            const copies = structuredClone(values);
            return this.#network.call(host.name, method, () => host.call(method, copies));
          };
          methods.set(method, call);
          return call;
        },
      },
    );
  }
}
