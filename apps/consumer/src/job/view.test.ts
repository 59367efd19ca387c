import { describe, expect, it } from 'vitest';
import { begin, completed, finish, NOW, policy, running, starting, submission, submitted } from './fixtures.ts';
import { observeProgress } from './observe.ts';
import type { JobState } from './state.ts';
import { summarize } from './view.ts';

const activity = { kind: 'editing', message: 'Editing src/index.ts.' } as const;
const seen = (state: JobState, what: typeof activity | null) =>
  observeProgress(state, state.run?.conversationId ?? '', { usage: { costUsd: 0.1 }, activity: what }, { now: NOW + 9_000, policy }).state;

describe('what happens right now', () => {
  it('is what the agent is seen to do, and what it used so far', () => {
    expect(summarize(seen(running(), activity))).toMatchObject({
      stage: 'running',
      activity: 'editing',
      message: 'Editing src/index.ts.',
      usage: { costUsd: 0.1 },
    });
  });

  it('is what the agent was seen to do last while nothing new is known', () => {
    expect(summarize(seen(seen(running(), activity), null)).message).toBe('Editing src/index.ts.');
    expect(summarize(seen(running(), null)).message).toBe('The agent is at work.');
  });

  it('is the stage as soon as the agent is done', () => {
    const { state } = begin(seen(running(), activity), NOW + 10_000);
    expect(summarize(state)).toMatchObject({ stage: 'collecting', message: 'Fetching the result.' });
    expect(summarize(state).activity).toBeUndefined();
    const ended = summarize(finish(state, { kind: 'completed' }, NOW + 11_000).state);
    expect([ended.message, ended.activity]).toEqual([undefined, undefined]);
  });

  it('is nothing yet of a run that goes back to work with its failures', () => {
    const { state } = begin(seen(running(), activity), NOW + 10_000);
    expect(summarize(finish(state, { kind: 'reworked', lastEventId: null }, NOW + 11_000).state).message).toBe('The agent is at work.');
  });
});

describe('why that engine', () => {
  const reasonOf = (state: JobState) => summarize(state).engineReason;

  it('is not said before somebody has decided', () => expect(reasonOf(submitted())).toBeUndefined());

  it('is what is configured, or what the submission asks for', () => {
    expect(reasonOf(starting())).toBe('OpenHands is configured.');
    expect(reasonOf({ ...starting(), engine: 'embedded' })).toBe('OpenHands is not configured, so the embedded engine does the work.');
    expect(reasonOf({ ...starting(), options: { engine: 'openhands' } })).toBe('The submission asks for OpenHands.');
    expect(reasonOf({ ...completed(), engine: 'embedded', options: { engine: 'embedded' } })).toBe(
      'The submission asks for the embedded engine.',
    );
  });

  it('is who did the work before when the result was kept', () => {
    const cachedResult = { gzip: new Uint8Array(), engine: 'embedded' } as const;
    expect(reasonOf(submitted(null, { ...submission, cachedResult }))).toBe(
      'The same work was done before by the embedded engine, and its result was kept.',
    );
  });
});
