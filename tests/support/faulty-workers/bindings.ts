/** Bindings that fail on command. Everything but the failure is the platform's own. */
import { presentFaults } from './faults.ts';

/** A queue whose `send` can fail, or say yes and lose the message; then the log alone knows of it. */
export function faultyQueue<Body>(queue: Queue<Body>): Queue<Body> {
  const instead = async (sent: unknown): Promise<QueueSendResponse> => {
    if (presentFaults().sends === 'fail') throw new Error('Queue sends are failing (test)');
    console.info(JSON.stringify({ message: 'message lost (test)', sent }));
    return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
  };
  const works = (): boolean => presentFaults().sends === 'work';
  return {
    metrics: () => queue.metrics(),
    send: (body, options) => (works() ? queue.send(body, options) : instead(body)),
    sendBatch: (messages, options) => (works() ? queue.sendBatch(messages, options) : instead([...messages])),
  };
}

const storeCalls: ReadonlySet<PropertyKey> = new Set(['get', 'getWithMetadata', 'put', 'delete', 'list']);

/** A KV namespace whose calls can fail. */
export function faultyStore<Store extends object>(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      if (presentFaults().store === 'fails' && storeCalls.has(name)) return () => Promise.reject(new Error('KV is failing (test)'));
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
