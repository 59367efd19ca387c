import { expect, test } from 'vitest';
import { exampleItem, exampleReplay } from '../testing/examples.ts';
import { allRecovered, hasEnded, outcomeView, planView, progressView } from './replay.ts';

test('a plan says how many, how, what not and why, and what it costs', () => {
  const item = exampleItem('will-replay', { estimatedCostUsd: 0.2 });
  const plan = exampleReplay(
    { total: 30, waiting: 25, skipped: 5 },
    { state: 'planned', canary: 1, stopOnFailureRatio: 0.25, estimatedCostUsd: 5, items: Array.from({ length: 25 }, () => item) },
  );
  const skipped = ['It died three times of one cause.', 'It is being replayed.', 'It died three times of one cause.'].map((reason) =>
    exampleItem('skipped', { reason }),
  );
  const lines = planView(plan, skipped, 80).split('\n');
  expect(lines.slice(0, 9)).toEqual([
    'Plan rpl_1: 25 of 30 will be replayed, 10 a second, 1 first as a canary, stopping when more than 25 % die again.',
    '',
    'Skipped: 5',
    '     2  It died three times of one cause.',
    '     1  It is being replayed.',
    '     2  more, not looked at here',
    '',
    'WILL REPLAY                                COST',
    `${item.deadLetterId}  $0.20`,
  ]);
  expect(lines.slice(-3)).toEqual(['… and 5 more', '', 'Estimated cost: $5.00, as the last time']);
});

test('an empty plan is short', () => {
  expect(planView(exampleReplay({}, { state: 'planned' }), [], 80)).toBe(
    'Plan rpl_1: 0 of 0 will be replayed, 10 a second.\n\nEstimated cost: not known',
  );
});

test('the bar fills as items end, and makes room for the words', () => {
  const replay = exampleReplay({ total: 210, skipped: 10, waiting: 90, running: 10, recovered: 98, died: 2 });
  const words = ' 50 %  100 of 200: 98 recovered, 2 died, 10 running';
  expect(progressView(replay, 120)).toBe(`[${'#'.repeat(20)}${'-'.repeat(20)}] ${words}`);
  expect(progressView(replay, 80)).toBe(`[${'#'.repeat(13)}${'-'.repeat(13)}] ${words}`);
  expect(progressView(replay, 80)).toHaveLength(80);
  expect([progressView(replay, 40), progressView(replay, 0)]).toEqual([words, words]);
});

test('a replay of nothing is done, and one that waits says so', () => {
  expect(progressView(exampleReplay({}, { state: 'completed' }), 0)).toBe('100 %  0 of 0: 0 recovered, completed');
  expect(progressView(exampleReplay({ total: 3, waiting: 3 }, { state: 'paused' }), 0)).toBe('  0 %  0 of 3: 0 recovered, paused');
});

test('an end says what came of it, why, and which died', () => {
  const replay = exampleReplay(
    { total: 5, skipped: 1, recovered: 1, died: 1, notStarted: 2 },
    { state: 'stopped', reason: 'The canary died again.\u001b[2J' },
  );
  const died = exampleItem('died');
  expect(outcomeView(replay, [died])).toBe(
    [
      'The replay is stopped: 1 recovered, 1 died again, 2 not started, 1 skipped.',
      'The canary died again. [2J',
      'Died again:',
      `  ${died.deadLetterId}`,
    ].join('\n'),
  );
});

test('a stopped replay has ended once nothing of it runs', () => {
  const states = [
    exampleReplay({ total: 2, running: 1 }, { state: 'stopped' }),
    exampleReplay({ total: 2, notStarted: 2 }, { state: 'aborted' }),
    exampleReplay({ total: 2, waiting: 2 }, { state: 'paused' }),
    exampleReplay({ total: 2, recovered: 2 }, { state: 'completed' }),
  ];
  expect(states.map(hasEnded)).toEqual([false, true, false, true]);
});

test('what was skipped does not count against it, unless it was all; what died or never started does', () => {
  expect(allRecovered(exampleReplay({ total: 3, skipped: 1, recovered: 2 }))).toBe(true);
  expect(allRecovered(exampleReplay({ total: 3, recovered: 2, died: 1 }))).toBe(false);
  expect(allRecovered(exampleReplay({ total: 3, recovered: 2, notStarted: 1 }))).toBe(false);
  expect(allRecovered(exampleReplay({ total: 1, skipped: 1 }))).toBe(false);
  expect(allRecovered(exampleReplay({}))).toBe(true);
});
