import type { AnalyticsDataPoint } from '@mcpoverflow/types';
import { analyticsBlobs, analyticsDoubles } from '@mcpoverflow/types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Env } from '../env.ts';
import type { Tally } from '../pool/counts.ts';
import { asPlatform } from '../simulation/platform.ts';
import { attempted, jobWithWebhook, refused, url, ended as withCall } from '../webhooks/fixtures.ts';
import { begin, failed, finish, NOW, submission, submitted } from './fixtures.ts';
import { happeningsOf } from './happenings.ts';
import { tell } from './tell.ts';

vi.mock('cloudflare:workers', () => import('../simulation/platform.ts'));

const SECRET = 'PLANTED-SECRET';
const lines: string[] = [];
const points: AnalyticsDataPoint[] = [];
const tallies: Tally[] = [];
let isPoolDown = false;

const env = asPlatform<Env>({
  ANALYTICS: { writeDataPoint: (point: AnalyticsDataPoint) => void points.push(point) },
  AGENT_POOL: {
    idFromName: (name: string) => name,
    get: () => ({
      count: async (counted: Tally[]) => {
        if (isPoolDown) throw new Error('the pool is down');
        tallies.push(...counted);
      },
    }),
  },
});
const secretive = { ...submission, parameters: { description: SECRET }, options: { metadata: { note: SECRET } }, traceparent: 'trace' };
const column = (point: AnalyticsDataPoint | undefined, name: (typeof analyticsBlobs)[number]) => point?.blobs[analyticsBlobs.indexOf(name)];
const number = (point: AnalyticsDataPoint | undefined, name: (typeof analyticsDoubles)[number]) =>
  point?.doubles[analyticsDoubles.indexOf(name)];

describe('who watches a job', () => {
  beforeEach(() => {
    isPoolDown = false;
    for (const kept of [lines, points, tallies]) kept.length = 0;
    for (const level of ['info', 'warn', 'error'] as const)
      vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(line));
  });
  afterEach(() => vi.restoreAllMocks());

  it('finds its job, its tenant and its trace in every line, and nothing of what was submitted', () => {
    const state = begin(submitted(null, secretive), NOW + 500).state;
    const started = finish(state, { kind: 'started' }, NOW + 2_000).state;
    tell(happeningsOf(null, submitted(null, secretive), NOW), state, 'embedded', env);
    tell(happeningsOf(submitted(null, secretive), state, NOW + 500), state, 'embedded', env);
    tell(happeningsOf(state, started, NOW + 2_000), started, 'embedded', env);
    const about = { level: 'info', jobId: submission.jobId, tenant: 'tenant', generation: 1, traceparent: 'trace' };
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { ...about, message: 'job stage', stage: 'starting', from: 'queued', durationMs: 0 },
      {
        ...about,
        message: 'job started',
        type: 'analyze',
        engine: 'openhands',
        conversationId: started.run?.conversationId,
        attempt: 1,
        durationMs: 2_000,
      },
    ]);
    expect(points.map((point) => column(point, 'event'))).toEqual(['submitted', 'started']);
    expect(JSON.stringify([lines, points, tallies])).not.toContain(SECRET);
  });

  it('hears of a death as a warning with its code, as a point, and as a count', () => {
    const state = {
      ...failed(),
      startedAt: NOW + 1_000,
      stageTimes: { since: NOW, spent: { queued: 200, waiting: 300, running: 1_500, collecting: 500 } },
    };
    tell(happeningsOf({ ...state, lastEventId: state.lastEventId - 1 }, state, NOW + 3_000), state, 'embedded', env);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'warn',
      message: 'job ended',
      outcome: 'failed',
      code: 'agent-error',
      durationMs: 3_000,
    });
    expect(column(points[0], 'event')).toBe('failed');
    expect(column(points[0], 'code')).toBe('agent-error');
    expect(number(points[0], 'runningMs')).toBe(1_500);
    expect(number(points[0], 'durationMs')).toBe(3_000);
    expect(tallies).toEqual([
      { kind: 'ended', status: 'failed', code: 'agent-error', queueMs: 500, runMs: 2_000, totalMs: 3_000, costUsd: 0 },
    ]);
  });

  it('hears that a job cost nothing because its result was kept', () => {
    const state = submitted(null, { ...submission, cachedResult: { gzip: new Uint8Array(), engine: 'embedded' } });
    tell(happeningsOf(null, state, NOW), state, 'embedded', env);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ message: 'job ended', outcome: 'completed', cached: true }]);
    expect(points.map((point) => [column(point, 'event'), number(point, 'cached')])).toEqual([
      ['submitted', 1],
      ['completed', 1],
    ]);
  });

  it('hears of a webhook call without its address', () => {
    const before = withCall(jobWithWebhook());
    const after = attempted(before, { ...refused, error: 'interrupted' }, NOW + 3_000);
    tell(happeningsOf(before, after, NOW + 3_000), after, 'embedded', env);
    expect(lines).toHaveLength(1);
    expect(column(points[0], 'outcome')).toBe('interrupted');
    expect(tallies).toEqual([{ kind: 'attempt', outcome: 'interrupted', durationMs: 40 }]);
    const token = new URL(url).searchParams.get('token') ?? '';
    expect(JSON.stringify([lines, points])).not.toContain(token);
  });

  it('is told as much as can be told when the pool is down or the dataset refuses', async () => {
    isPoolDown = true;
    const refusing = {
      ...env,
      ANALYTICS: {
        writeDataPoint: () => {
          throw new Error('too much');
        },
      },
    };
    const state = failed();
    tell(happeningsOf(null, state, NOW + 3_000), state, 'embedded', refusing);
    await vi.waitFor(() => expect(lines.map((line) => JSON.parse(line).message)).toContain('not counted'));
    expect(lines.map((line) => JSON.parse(line).message)).toContain('job ended');
  });
});
