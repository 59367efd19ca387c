import { describe, expect, it, vi } from 'vitest';
import { deadDelivery, death, deathOf, NOW } from './fixtures.ts';
import { afterReport, broughtBack, claimed, isQuarantined, type Letter, letGo, letterOfMessage, MAX_HISTORY } from './letter.ts';
import type { JobReport } from './report.ts';

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));

const after = (letter: Letter | null, report: JobReport): Letter => afterReport(letter, report) ?? expect.unreachable();
const dead = (): Letter => after(null, death('a'));

describe('a letter', () => {
  it('begins with a death and with nothing else', () => {
    expect(dead()).toMatchObject({ id: 'job_a', kind: 'job', status: 'dead', deaths: 1, deathsOfFingerprint: 1, attempts: 8, replays: 0 });
    for (const outcome of ['retried', 'recovered', 'cancelled'] as const) expect(afterReport(null, death('a', { outcome }))).toBeNull();
  });

  it('is not changed by a report that comes twice, or late', () => {
    const recovered = after(dead(), death('a', { outcome: 'recovered', sequence: 3, generation: 2, error: null }));
    for (const sequence of [1, 2, 3]) expect(afterReport(recovered, death('a', { sequence }))).toBe(recovered);
  });

  it('counts the deaths of one cause, and starts anew with another', () => {
    const second = after(dead(), death('a', { sequence: 2, generation: 2, at: NOW + 1 }));
    expect(second).toMatchObject({ deaths: 2, deathsOfFingerprint: 2, firstDeathAt: NOW, lastDeathAt: NOW + 1, generation: 2 });
    const third = after(second, death('a', { sequence: 3, generation: 3 }));
    expect([second, third].map(isQuarantined)).toEqual([false, true]);
    const other = after(third, deathOf('a', 'internal', { sequence: 4, generation: 4 }));
    expect(other).toMatchObject({ deaths: 4, deathsOfFingerprint: 1, code: 'internal' });
  });

  it('survives its replay and tells how that went', () => {
    const waiting = claimed(dead(), 'r', 0);
    expect(waiting).toMatchObject({ status: 'replaying', replayId: 'r', position: 0, replays: 0 });
    const running = broughtBack(waiting, 'r', { generation: 2, patched: true }, NOW);
    const recovered = after(running, death('a', { outcome: 'recovered', sequence: 2, generation: 2, error: null }));
    expect(recovered).toMatchObject({ status: 'recovered', replays: 1, generation: 2, replayId: null, code: 'agent-unreachable' });
    expect(recovered.history.map(({ event, generation }) => `${event} ${generation}`)).toEqual([
      'died 1',
      'patched 2',
      'replayed 2',
      'recovered 2',
    ]);
  });

  it('is dead again when its replay could not begin', () => {
    expect(letGo(claimed(dead(), 'r', 0))).toEqual(dead());
  });

  it('keeps its latest hundred happenings', () => {
    let letter = dead();
    for (let sequence = 2; sequence < 200; sequence++) letter = after(letter, death('a', { sequence, generation: sequence }));
    expect(letter.history).toHaveLength(MAX_HISTORY);
    expect(letter.history.at(-1)?.generation).toBe(199);
    expect(letter.deaths).toBe(199);
  });

  it('of a webhook call names its event and the last attempt', () => {
    expect(afterReport(null, deadDelivery('msg_1', 'a'))).toMatchObject({
      id: 'delivery_msg_1',
      kind: 'delivery',
      jobId: 'a',
      type: 'job.completed',
      code: 'status',
      attempts: 10,
      stage: null,
    });
  });

  it('of a message has the same id however often it is delivered, and another in another queue', () => {
    const message = { messageId: 'm', queue: 'jobs', body: '{', reason: 'unreadable', jobId: null } as const;
    const unknown = letterOfMessage({ ...message, reason: 'unknown-job', jobId: 'a' }, NOW);
    expect(unknown).toMatchObject({ jobId: 'a', tenant: null, code: 'unknown-job', message: 'It is about a job that does not exist.' });
    expect(letterOfMessage(message, NOW)).toMatchObject({ kind: 'message', tenant: null, body: '{', code: 'unreadable', queue: 'jobs' });
    const ids = [message, message, { ...message, queue: 'webhooks' }].map((each) => letterOfMessage(each, NOW).id);
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^message_[0-9a-f]{32}$/);
  });
});
