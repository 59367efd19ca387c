import { describe, expect, it } from 'vitest';
import { cancelJob } from './control.ts';
import { collecting, completed, finish, NOW, running, starting, submitted, tryAgain } from './fixtures.ts';
import { grantPlace, observeEnd } from './observe.ts';

const idOf = (state: { run: { conversationId: string } | null }): string => state.run?.conversationId ?? '';
const ended = (state: Parameters<typeof observeEnd>[0], now = NOW + 10_000) => observeEnd(state, idOf(state), now);

describe('the pool saw the run end', () => {
  it('makes the collect turn due, once however often it is said', () => {
    const { state, answer } = ended(running());
    expect(answer).toEqual({ kind: 'keep' });
    expect(state.expected?.resendAt).toBe(NOW + 10_000);
    const sent = { ...state, expected: state.expected && { ...state.expected, resendAt: NOW + 25_000 } };
    expect(ended(sent, NOW + 12_000).state).toBe(sent);
  });

  it('changes nothing while somebody collects, or waits to try again', () => {
    const held = collecting();
    expect(ended(held).state).toBe(held);
    const later = finish(collecting(), { ...tryAgain, retryAfterMs: 60_000 }, NOW + 3_000).state;
    expect(ended(later).state).toBe(later);
  });

  it('gives the place of an unknown run free', () => {
    expect(observeEnd(running(), 'another', NOW).answer).toEqual({ kind: 'release' });
  });

  it('keeps the place of a run that is being stopped: only the server’s word frees it', () => {
    expect(ended(completed()).answer).toEqual({ kind: 'keep' });
    expect(ended(cancelJob(starting(), NOW).state).answer).toEqual({ kind: 'keep' });
  });

  it('keeps a place while a create may happen under it, and gives it free when none was tried', () => {
    expect(ended(starting()).answer).toEqual({ kind: 'keep' });
    expect(ended(submitted()).answer).toEqual({ kind: 'release' });
  });
});

describe('the pool gave a place', () => {
  it('makes the start turn due', () => {
    const waiting = finish(starting(), { kind: 'waiting' }, NOW).state;
    expect(grantPlace(waiting, idOf(waiting), NOW + 5_000).expected).toMatchObject({ plannedAt: NOW + 5_000, resendAt: NOW + 5_000 });
  });

  it('changes nothing when the job waits for none, or for another run’s', () => {
    const state = starting();
    expect(grantPlace(state, idOf(state), NOW)).toBe(state);
    const waiting = finish(starting(), { kind: 'waiting' }, NOW).state;
    expect(grantPlace(waiting, 'another', NOW)).toBe(waiting);
  });
});
