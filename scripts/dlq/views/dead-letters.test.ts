import { expect, test } from 'vitest';
import { columnsOf } from '../../terminal/columns.ts';
import { exampleGroup, exampleLetter, now } from '../testing/examples.ts';
import { detailView, dollars, groupsView, listView } from './dead-letters.ts';

const id = exampleLetter().id;
const command = (words: string): string => `dlq ${words}`;

test('a list on a narrow terminal keeps ids whole and drops what can be missed', () => {
  expect(listView([exampleLetter(), exampleLetter({ status: 'recovered', code: 'agent-iterations-exhausted' })], { width: 80, now })).toBe(
    [
      `ID${' '.repeat(40)}DIED       STATUS     CODE`,
      `${id}  3 min ago  dead       needs-openhands`,
      `${id}  3 min ago  recovered  agent-iteration…`,
    ].join('\n'),
  );
});

test('a list that nobody reads on a terminal is not cut', () => {
  const message = 'x'.repeat(500);
  expect(listView([exampleLetter({ message })], { width: Number.POSITIVE_INFINITY, now })).toContain(
    `${message}  generate-from-description  acme`,
  );
});

test('quarantine shows where it matters: on what is dead', () => {
  const view = (status: 'dead' | 'recovered') => listView([exampleLetter({ status, quarantined: true })], { width: 80, now });
  expect(view('dead')).toContain('quarantine');
  expect(view('recovered')).not.toContain('quarantine');
});

test('nothing is a sentence', () => {
  expect([listView([], { width: 80, now }), groupsView([], { width: 80, now })]).toEqual(['No dead letters.', 'No dead letters.']);
});

test('groups line up and keep their fingerprints', () => {
  const small = exampleGroup({ count: 7, fingerprint: 'aaaa', code: 'agent-unreachable', lastDeathAt: '2026-11-22T09:00:00.000Z' });
  expect(groupsView([exampleGroup(), small], { width: 80, now }).split('\n')).toEqual([
    'COUNT  FINGERPRINT       LAST       CODE              MESSAGE               HELD',
    '  200  f00dfeedf00dfeed  3 min ago  needs-openhands   Generating a connec…     3',
    '    7  aaaa              3 h ago    agent-unreachab…  Generating a connec…     3',
  ]);
});

test('hostile words stay on their line and within the width', () => {
  const hostile = 'all good\u001b[2J\u202e\nfake line\r\u009b31m 世界';
  const lines = listView([exampleLetter({ code: hostile, message: hostile, type: hostile, tenant: hostile })], { width: 120, now }).split(
    '\n',
  );
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line).not.toMatch(/[^ -~…世界]/u);
    expect(columnsOf(line)).toBeLessThanOrEqual(120);
  }
});

test('one is shown with its history and with what can be done', () => {
  const letter = {
    ...exampleLetter({ deaths: 4, deathsOfFingerprint: 3, quarantined: true, costUsd: 1.5 }),
    history: [
      { at: '2026-11-22T11:00:00.000Z', event: 'died' as const, generation: 1, code: 'needs-openhands', message: 'It needs\nOpenHands.' },
      { at: '2026-11-22T11:30:00.000Z', event: 'replayed' as const, generation: 2, replayId: 'rpl_1' },
    ],
  };
  const view = detailView(letter, { width: 80, now }, command);
  expect(view).toContain(`${id}\nneeds-openhands: Generating a connector`);
  expect(view).toContain('Status       dead, in quarantine');
  expect(view).toContain('Died         4 times, 3 of this cause');
  expect(view).toContain('Cost         $1.50');
  expect(view).toContain('1 h ago     died               1  needs-openhands: It needs OpenHands.');
  expect(view).toContain('30 min ago  replayed           2  replay rpl_1');
  expect(view).toContain(`dlq replay --ids ${id} --force`);
  expect(detailView({ ...letter, status: 'recovered' }, { width: 80, now }, command)).not.toContain('dlq');
});

test('a job that does not answer is not called deleted, and a changed submission shows', () => {
  const letter = { ...exampleLetter(), history: [] };
  expect(detailView(letter, { width: 80, now }, command)).toContain('generation 1; it was deleted');
  expect(detailView({ ...letter, jobUnavailable: true }, { width: 80, now }, command)).toContain(
    'generation 1; it does not answer right now',
  );
  const formerSubmissions = [{ revision: 0, lastGeneration: 1, parameters: { name: 'shop' } }];
  expect(detailView({ ...letter, formerSubmissions }, { width: 80, now }, command)).toContain('Submission   changed by a replay;');
});

test('a message is shown as it came, and can only be discarded', () => {
  const { jobId: _, ...message } = exampleLetter({ id: 'message_1', kind: 'message', code: 'unreadable' });
  const view = detailView({ ...message, history: [], queue: 'mcpoverflow-jobs', body: '{"v":7}' }, { width: 80, now }, command);
  expect(view).toContain('Queue        mcpoverflow-jobs');
  expect(view).toContain('The message as it came\n{"v":7}');
  expect(view).toContain('dlq discard message_1');
  expect(view).not.toContain('dlq replay');
});

test.each([
  [0, '$0.00'],
  [0.001, 'less than $0.01'],
  [12.345, '$12.35'],
])('%d dollars are %s', (amount, words) => {
  expect(dollars(amount)).toBe(words);
});
