import { describe, expect, it } from 'vitest';
import { attempted, gone, jobWithWebhook, received, refused, ended as withCall } from '../webhooks/fixtures.ts';
import { deleteJob, retryJob } from './control.ts';
import { begin, completed, failed, finish, NOW, running, submission, submitted } from './fixtures.ts';
import { happeningsOf } from './happenings.ts';
import { timeStages } from './stage-times.ts';
import { isDeleted, type Stored, storedSchema } from './state.ts';

/** As the Job stores them, one after the other. */
function stored(...changes: readonly (readonly [state: Stored, now: number])[]): { states: Stored[]; told: unknown[][] } {
  const states: Stored[] = [];
  const told: unknown[][] = [];
  for (const [state, now] of changes) {
    const before = states.at(-1) ?? null;
    // Transitions carry over what the Job has stored of the times.
    const carried =
      before === null || isDeleted(before) || isDeleted(state) || before.stageTimes === undefined
        ? state
        : { ...state, stageTimes: before.stageTimes };
    const next = timeStages(before, carried, now);
    told.push(happeningsOf(before, next, now));
    states.push(next);
  }
  return { states, told };
}

const kinds = (told: readonly unknown[]) =>
  told.map((each) => (typeof each === 'object' && each !== null && 'kind' in each ? each.kind : each));

describe('what happened to a job', () => {
  it('is told stage by stage, and its end tells how long each took', () => {
    const starting = begin(submitted(), NOW + 500).state;
    const runs = finish(starting, { kind: 'started' }, NOW + 2_000).state;
    const collecting = begin(runs, NOW + 62_000).state;
    const done = finish(collecting, { kind: 'completed' }, NOW + 63_000).state;
    const { told } = stored(
      [submitted(), NOW],
      [starting, NOW + 500],
      [runs, NOW + 2_000],
      [collecting, NOW + 62_000],
      [done, NOW + 63_000],
    );
    expect(told).toEqual([
      [{ kind: 'submitted' }],
      [{ kind: 'stage', from: 'queued', to: 'starting', durationMs: 500 }],
      [{ kind: 'stage', from: 'starting', to: 'running', durationMs: 1_500 }, { kind: 'started' }],
      [{ kind: 'stage', from: 'running', to: 'collecting', durationMs: 60_000 }],
      [
        { kind: 'stage', from: 'collecting', to: 'done', durationMs: 1_000 },
        {
          kind: 'ended',
          status: 'completed',
          durationMs: 63_000,
          stageMs: { queued: 500, starting: 1_500, running: 60_000, collecting: 1_000 },
        },
      ],
    ]);
  });

  it('adds up the stays in a stage to which it comes back, and tells each by itself', () => {
    const runs = running();
    const collecting = begin(runs, NOW + 11_000).state;
    const again = finish(collecting, { kind: 'reworked', lastEventId: null }, NOW + 12_000).state;
    const collectingAgain = begin(again, NOW + 32_000).state;
    const { states, told } = stored(
      [runs, NOW + 1_000],
      [collecting, NOW + 11_000],
      [again, NOW + 12_000],
      [collectingAgain, NOW + 32_000],
    );
    expect(told.at(-1)).toEqual([{ kind: 'stage', from: 'running', to: 'collecting', durationMs: 20_000 }]);
    expect(states.at(-1)).toMatchObject({ stageTimes: { spent: { running: 30_000, collecting: 1_000 } } });
  });

  it('is a submission and its end at once when the result was cached', () => {
    const cached = submitted(null, { ...submission, cachedResult: { gzip: new Uint8Array(), engine: 'embedded' } });
    expect(kinds(happeningsOf(null, cached, NOW))).toEqual(['submitted', 'ended']);
  });

  it('is nothing when nothing but a time has changed', () => {
    const state = running();
    expect(happeningsOf(state, { ...state, checkInAt: NOW + 5 }, NOW + 4_000)).toEqual([]);
  });

  it('begins anew with a generation', () => {
    const again = { ...retryJob(failed(), NOW + 50_000).state, stops: [] };
    const { told, states } = stored([failed(), NOW + 3_000], [again, NOW + 50_000], [begin(again, NOW + 51_000).state, NOW + 51_000]);
    expect(told[1]).toEqual([{ kind: 'brought-back', by: 'retried' }]);
    expect(states.at(-1)).toMatchObject({ stageTimes: { spent: { queued: 1_000 } } });
  });

  it('is its deletion and no more once it is deleted, and then only once', () => {
    const tombstone = deleteJob(completed(), NOW + 9_000);
    expect(happeningsOf(completed(), tombstone, NOW + 9_000)).toEqual([{ kind: 'deleted' }]);
    expect(happeningsOf(tombstone, tombstone, NOW + 9_500)).toEqual([]);
  });

  it('is told of a row that a release without stage times left behind', () => {
    const read = storedSchema.parse(running());
    const collecting = begin(running(), NOW + 9_000).state;
    expect(happeningsOf(read, timeStages(read, collecting, NOW + 9_000), NOW + 9_000)).toEqual([
      { kind: 'stage', from: 'running', to: 'collecting', durationMs: 0 },
    ]);
  });

  it.each([null, 'soon', { since: 'now' }])('is told of a row whose stage times cannot be read: %j', (stageTimes) => {
    expect(storedSchema.parse({ ...running(), stageTimes })).toEqual(running());
  });
});

describe('what happened to a webhook call', () => {
  const before = withCall(jobWithWebhook());

  it('is told attempt by attempt', () => {
    const after = attempted(before, received, NOW + 3_000);
    expect(happeningsOf(before, after, NOW + 3_000)).toMatchObject([
      { kind: 'attempt', attempt: { number: 1, durationMs: 40, status: 204 } },
    ]);
    expect(happeningsOf(after, { ...after, checkInAt: null }, NOW + 4_000)).toEqual([]);
  });

  it('is that it was given up, with the attempt that was the last', () => {
    const once = attempted(before, refused, NOW + 3_000);
    const twice = attempted(once, refused, NOW + 300_000);
    const thrice = attempted(twice, refused, NOW + 900_000);
    expect(kinds(happeningsOf(twice, thrice, NOW + 900_000))).toEqual(['attempt', 'given-up']);
    expect(kinds(happeningsOf(before, attempted(before, gone, NOW + 3_000), NOW + 3_000))).toEqual(['attempt']);
  });
});
