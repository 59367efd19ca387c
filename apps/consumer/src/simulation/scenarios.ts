/** Random scenarios for fast-check. Smaller means calmer, fewer and shorter, so that a counterexample shrinks to its cause. */
import * as fc from 'fast-check';
import { noTrouble, type Trouble } from './network.ts';
import type { Command, Scenario } from './world.ts';

const KEYS = 3;
const key = fc.nat({ max: KEYS - 1 });
const rate = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(0.01, 0.05, 0.2, 0.6) });
const duration = fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 900_000 }));

const submit: fc.Arbitrary<Command> = fc.record({
  kind: fc.constant('submit'),
  key,
  body: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
  sendFails: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  webhook: fc.constantFrom('none', 'ends', 'all'),
  options: fc.constantFrom({}, { fallback: 'embedded' }, { maxCostUsd: 0.5 }, { fallback: 'embedded', maxCostUsd: 0.5 }),
});

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('wait'), ms: duration }) },
  { weight: 4, arbitrary: submit },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('cancel', 'retry', 'remove', 'evict-job', 'lose-run'), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('evict-pool', 'wipe-pool', 'kill-invocations', 'kill-everything') }) },
  { weight: 1, arbitrary: fc.constant<Command>({ kind: 'restart-agent' }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replay-message'), which: fc.nat({ max: 50 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('queue-down', 'kv-down'), ms: duration }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('agent-down'), ms: duration, outage: fc.constantFrom('refused', 'html', 'hangs') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('receiver-down'), ms: duration, outage: fc.constantFrom('refused', 'hangs') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('redeliver'), key, which: fc.nat({ max: 4 }) }) },
);

/** Anything with anything. */
const mixedTrouble: fc.Arbitrary<Trouble> = fc.record({
  crash: rate,
  callLost: rate,
  hang: rate,
  duplicate: rate,
  late: rate,
  agentRefuses: rate,
  answerLost: rate,
  createLate: rate,
  createHalf: rate,
  denies: rate,
  keeps: rate,
  flaps: rate,
  receiverFails: rate,
  receiverGone: rate,
});

/** Troubles that are dangerous together, and meet too rarely by themselves. */
const storms: fc.Arbitrary<Trouble> = fc.constantFrom(
  // Creates that come after everybody has given up on them.
  { ...noTrouble, createLate: 0.8 },
  { ...noTrouble, createLate: 0.5, hang: 0.05, crash: 0.02 },
  // Runs that are thought lost, on a server that will not stop them.
  { ...noTrouble, denies: 0.6, keeps: 0.9 },
  // Calls between objects that arrive when nobody expects them any more.
  { ...noTrouble, hang: 0.1, late: 0.3, duplicate: 0.5 },
  // Calls whose workers are lost, to a receiver that takes few of them.
  { ...noTrouble, crash: 0.1, hang: 0.1, duplicate: 0.5, receiverFails: 0.6 },
);

const trouble = fc.oneof({ weight: 3, arbitrary: mixedTrouble }, { weight: 1, arbitrary: storms });

/** Sometimes the first job is ended while it starts, which is when most is on its way; sometimes its agent goes down at work. */
const opening: fc.Arbitrary<Command[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Command[]>([]) },
  {
    weight: 1,
    arbitrary: fc
      .record({ ms: fc.integer({ min: 1, max: 10_000 }), kind: fc.constantFrom('cancel', 'remove') })
      .map(({ ms, kind }): Command[] => [
        { kind: 'wait', ms },
        { kind, key: 0 },
      ]),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 4 })
      .map((waits) => waits.flatMap((ms): Command[] => [{ kind: 'wait', ms }, { kind: 'restart-agent' }])),
  },
);

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  engine: fc.oneof({ weight: 3, arbitrary: fc.constant('openhands') }, { weight: 1, arbitrary: fc.constant('embedded') }),
  sandboxes: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  maxRuns: fc.constantFrom(10, 1, 2),
  maxRetries: fc.constantFrom(100, 3),
  // Leases of twice that are longer, and shorter, than calls between objects and pauses between messages may be.
  webhookTimeoutMs: fc.constantFrom(15_000, 6_000),
  retentionMs: fc.oneof({ weight: 3, arbitrary: fc.constant(30 * 86_400_000) }, { weight: 1, arbitrary: fc.constant(60_000) }),
  trouble,
  commands: fc
    .tuple(opening, fc.array(command, { minLength: 1, maxLength: 25 }))
    .map(([first, others]): Command[] => [
      { kind: 'submit', key: 0, body: 0, sendFails: false, webhook: 'all', options: { fallback: 'embedded' } },
      ...first,
      ...others,
    ]),
});
