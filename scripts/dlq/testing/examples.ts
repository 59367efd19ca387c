/** Dead letters and replays for tests: complete, unremarkable, and changed where a test cares. */
import type { DeadLetter, DeadLetterGroup, Replay, ReplayItem } from '@mcpoverflow/types';

export const now = Date.parse('2026-11-22T12:00:00.000Z');
const died = '2026-11-22T11:57:00.000Z';
const jobId = '0c3c50f0-2fa0-4e43-a64e-e84a60fa76d4';

export const exampleLetter = (changes: Partial<DeadLetter> = {}): DeadLetter => ({
  id: `job_${jobId}`,
  kind: 'job',
  status: 'dead',
  tenant: 'acme',
  jobId,
  type: 'generate-from-description',
  code: 'needs-openhands',
  message: 'Generating a connector from a description needs OpenHands.',
  fingerprint: 'f00dfeedf00dfeed',
  stage: 'starting',
  attempts: 1,
  generation: 1,
  firstDeathAt: died,
  lastDeathAt: died,
  deaths: 1,
  deathsOfFingerprint: 1,
  replays: 0,
  quarantined: false,
  links: { self: `/api/dead-letters/job_${jobId}`, job: `/api/jobs/${jobId}` },
  ...changes,
});

export const exampleGroup = (changes: Partial<DeadLetterGroup> = {}): DeadLetterGroup => ({
  fingerprint: 'f00dfeedf00dfeed',
  kind: 'job',
  code: 'needs-openhands',
  stage: 'starting',
  count: 200,
  quarantined: 3,
  firstDeathAt: '2026-11-22T11:00:00.000Z',
  lastDeathAt: died,
  sample: { id: `job_${jobId}`, message: 'Generating a connector from a description needs OpenHands.' },
  links: { deadLetters: '/api/dead-letters?fingerprint=f00dfeedf00dfeed' },
  ...changes,
});

const noCounts = { total: 0, waiting: 0, skipped: 0, running: 0, recovered: 0, died: 0, cancelled: 0, notStarted: 0 };

export const exampleReplay = (counts: Partial<Replay['counts']>, changes: Partial<Replay> = {}): Replay => ({
  replayId: 'rpl_1',
  state: 'running',
  ratePerSecond: 10,
  canary: 0,
  force: false,
  counts: { ...noCounts, ...counts },
  createdAt: died,
  items: [],
  links: { self: '/api/dead-letters/replays/rpl_1', items: '/api/dead-letters/replays/rpl_1/items' },
  ...changes,
});

export const exampleItem = (state: ReplayItem['state'], changes: Partial<ReplayItem> = {}): ReplayItem => ({
  deadLetterId: `job_${jobId}`,
  kind: 'job',
  jobId,
  state,
  ...changes,
});
