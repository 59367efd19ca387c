/**
 * Every call that leaves a process: to an object, to a queue, to KV, to the agent. Here the caller is
 * killed before or after the call took effect, the request or the answer is lost, or either is late.
 */
import { currentProcess, never } from './processes.ts';
import type { Chance } from './random.ts';
import type { VirtualTime } from './time.ts';

/** How often what goes wrong, as probabilities per occasion; all zero is a perfect world. */
export interface Trouble {
  /** The caller is killed, once for before and once for after the call. */
  crash: number;
  /** An object is evicted and its call lost with it. */
  callLost: number;
  /** A call takes minutes, either way. */
  hang: number;
  /** A queue delivers twice, or much later. */
  duplicate: number;
  late: number;
  /** The agent refuses before, or fails after it acted. */
  agentRefuses: number;
  answerLost: number;
  /** A create takes effect long after it was sent. */
  createLate: number;
  /** A create persists a conversation without its message and answers 500. */
  createHalf: number;
  /** The agent denies a conversation it has. */
  denies: number;
  /** The agent will not interrupt or delete a conversation just now. */
  keeps: number;
  /** A run says that it finished, and then goes on. */
  flaps: number;
  /** The receiver of webhooks does not take a call, or takes none ever again (410). */
  receiverFails: number;
  receiverGone: number;
}

export const noTrouble: Trouble = {
  crash: 0,
  callLost: 0,
  hang: 0,
  duplicate: 0,
  late: 0,
  agentRefuses: 0,
  answerLost: 0,
  createLate: 0,
  createHalf: 0,
  denies: 0,
  keeps: 0,
  flaps: 0,
  receiverFails: 0,
  receiverGone: 0,
};

export class Network {
  readonly time: VirtualTime;
  readonly chance: Chance;
  /** Changed by the world while it runs. */
  trouble: Trouble;
  /** When trouble last struck a caller or callee of that name: what must be done "within a minute" counts from there. */
  readonly struckAt = new Map<string, number>();
  readonly trace: string[] = [];

  constructor(time: VirtualTime, chance: Chance, trouble: Trouble) {
    this.time = time;
    this.chance = chance;
    this.trouble = trouble;
  }

  note(line: string): void {
    this.trace.push(`${((this.time.now % 86_400_000) / 1000).toFixed(3)} ${line}`);
  }

  struck(name: string, what: string): void {
    this.note(`! ${what} (${name})`);
    this.struckAt.set(name, this.time.now);
  }

  /** Milliseconds one way. */
  latency(stream: string, atMost: number): number {
    if (this.chance.happens(`hang ${stream}`, this.trouble.hang))
      return Math.min(atMost, this.chance.between(`hang ${stream}`, 5_000, 200_000));
    return this.chance.between(`latency ${stream}`, 1, this.chance.happens(`slow ${stream}`, 0.1) ? 2_000 : 20);
  }

  /** @param perform takes effect; resolves with the answer, which then travels back */
  call<T>(callee: string, what: string, perform: () => Promise<T>, atMostMs = Number.POSITIVE_INFINITY): Promise<T> {
    const caller = currentProcess();
    if (caller?.alive === false) return never();
    const name = caller?.name ?? 'caller';
    const stream = `${name} → ${callee}`;
    if (caller !== undefined && this.chance.happens(`crash ${stream}`, this.trouble.crash)) {
      this.struck(name, `killed before ${what} of ${callee}`);
      caller.kill();
      return never();
    }
    return new Promise((resolve, reject) => {
      const back = (settle: () => void): void => {
        const latency = this.latency(stream, Number.POSITIVE_INFINITY);
        if (latency > 5_000) this.struck(name, `answer of ${what} of ${callee} late by ${Math.round(latency)} ms`);
        this.time.after(latency, () => {
          if (caller !== undefined && this.chance.happens(`crash ${stream}`, this.trouble.crash)) {
            this.struck(name, `killed after ${what} of ${callee}`);
            caller.kill();
            return;
          }
          settle();
        });
      };
      const answer = (settle: () => void): void => (caller === undefined ? back(settle) : caller.run(() => back(settle)));
      const latency = this.latency(stream, atMostMs);
      if (latency > 5_000) this.struck(name, `request ${what} of ${callee} late by ${Math.round(latency)} ms`);
      this.time.happen(latency, () => {
        if (this.chance.happens(`lost ${stream}`, this.trouble.callLost)) {
          this.struck(name, `request ${what} of ${callee} lost`);
          answer(() => reject(new Error('the call was lost')));
          return;
        }
        perform().then(
          (value) => {
            if (this.chance.happens(`lost ${stream}`, this.trouble.callLost)) {
              this.struck(name, `answer of ${what} of ${callee} lost`);
              answer(() => reject(new Error('the answer was lost')));
            } else answer(() => resolve(value));
          },
          (error: unknown) => answer(() => reject(error)),
        );
      });
    });
  }
}
