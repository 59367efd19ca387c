/**
 * What a Worker uses of the platform, counted where it is used. One set of counters per isolate;
 * locally a Worker is one isolate, so these are the Worker's.
 */
export interface Counters {
  queueMessages: number;
  kvReads: number;
  kvWrites: number;
  objectRequests: number;
  objectMs: number;
  rowsWritten: number;
  rowsRead: number;
  alarmsSet: number;
  analyticsPoints: number;
  logLines: number;
}

export const counters: Counters = {
  queueMessages: 0,
  kvReads: 0,
  kvWrites: 0,
  objectRequests: 0,
  objectMs: 0,
  rowsWritten: 0,
  rowsRead: 0,
  alarmsSet: 0,
  analyticsPoints: 0,
  logLines: 0,
};

/** A queue whose messages are counted. */
export function countingQueue<Body>(queue: Queue<Body>): Queue<Body> {
  return {
    send: (body, options) => {
      counters.queueMessages += 1;
      return queue.send(body, options);
    },
    sendBatch: (messages, options) => {
      const all = [...messages];
      counters.queueMessages += all.length;
      return queue.sendBatch(all, options);
    },
    metrics: () => queue.metrics(),
  };
}

/** A namespace whose objects' calls are counted. Calls are told apart from everything else a stub has by being functions. */
export function countingNamespace<N extends { get(id: DurableObjectId): object }>(namespace: N): N {
  return new Proxy(namespace, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name !== 'get') return member.bind(target);
      return (id: DurableObjectId) => countingStub(target.get(id));
    },
  });
}

const countingStub = (stub: object): object =>
  new Proxy(stub, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        counters.objectRequests += 1;
        return Reflect.apply(member, target, args);
      };
    },
  });

/** Counts what an object stores. An alarm is billed as a row written (Cloudflare's Durable Objects pricing page). */
export function countStorage(storage: DurableObjectStorage): void {
  const setAlarm = storage.setAlarm.bind(storage);
  storage.setAlarm = (at, options) => {
    counters.alarmsSet += 1;
    counters.rowsWritten += 1;
    return setAlarm(at, options);
  };
  const { kv, sql } = storage;
  const put = kv.put.bind(kv);
  kv.put = (key, value) => {
    counters.rowsWritten += 1;
    put(key, value);
  };
  const exec = sql.exec.bind(sql);
  sql.exec = (query, ...bindings) => {
    const cursor = exec<never>(query, ...bindings);
    // The local runtime notes the names of objects in a table of its own.
    if (query.includes('miniflare')) return cursor;
    counters.rowsWritten += cursor.rowsWritten;
    counters.rowsRead += cursor.rowsRead;
    return cursor;
  };
}

/** Counts the lines that the Worker logs from now on. */
export function countLogLines(): void {
  for (const level of ['info', 'warn', 'error'] as const) {
    const write = console[level].bind(console);
    console[level] = (...said: unknown[]) => {
      counters.logLines += 1;
      write(...said);
    };
  }
}

/** Runs one alarm and counts it as the request it is billed as. */
export async function countingAlarm(alarm: () => Promise<void>): Promise<void> {
  counters.objectRequests += 1;
  const startedAt = Date.now();
  await alarm();
  counters.objectMs += Date.now() - startedAt;
}
