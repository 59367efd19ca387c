import { describe, expect, it } from 'vitest';
import { nextInLine, type WaitingEntry } from './line.ts';

const entry = (conversationId: string, tenant: string, since: number, priority: 'normal' | 'low' = 'normal'): WaitingEntry => ({
  conversationId,
  tenant,
  since,
  priority,
});

describe('the waiting line', () => {
  it('is empty when nobody waits', () => {
    expect(nextInLine([], new Map())).toBeNull();
  });

  it('serves a tenant’s jobs in the order they came', () => {
    expect(nextInLine([entry('b', 'one', 2), entry('a', 'one', 1)], new Map())?.conversationId).toBe('a');
  });

  it('serves the tenant next that was served longest ago, so a thousand jobs do not hold up another’s one', () => {
    const waiting = [entry('a', 'busy', 1), entry('b', 'busy', 2), entry('c', 'quiet', 9)];
    expect(nextInLine(waiting, new Map([['busy', 5]]))?.conversationId).toBe('c');
    expect(
      nextInLine(
        waiting,
        new Map([
          ['busy', 5],
          ['quiet', 6],
        ]),
      )?.conversationId,
    ).toBe('a');
  });

  it('serves low priority only when nobody else waits', () => {
    const low = entry('low', 'one', 1, 'low');
    expect(nextInLine([low, entry('normal', 'two', 9)], new Map([['two', 99]]))?.conversationId).toBe('normal');
    expect(nextInLine([low], new Map())?.conversationId).toBe('low');
  });
});
