/**
 * The DeadLetters object in memory: it keeps the contract of `rpc.ts` as far as the api can see it. A replay
 * is planned and started, but nothing comes of it.
 */
import type {
  DeadLetter,
  DeadLetterDetail,
  DeadLetterFilter,
  DeadLetterScope,
  DeadLettersRpc,
  Replay,
  ReplayAnswer,
  ReplayCommand,
  ReplayControlAnswer,
} from '@mcpoverflow/types';

const AT = '2026-11-22T12:00:00.000Z';

interface StoredReplay {
  readonly scope: DeadLetterScope;
  readonly command: ReplayCommand;
  replay: Replay;
}

/** A dead letter of the tenant `local`; `parts` replaces some of it. */
export const deadLetterOf = (parts: Partial<DeadLetterDetail>): DeadLetterDetail => ({
  id: 'job_1',
  kind: 'job',
  status: 'dead',
  tenant: 'local',
  code: 'agent-unreachable',
  message: 'OpenHands does not answer.',
  fingerprint: 'f1',
  attempts: 8,
  firstDeathAt: AT,
  lastDeathAt: AT,
  deaths: 1,
  deathsOfFingerprint: 1,
  replays: 0,
  quarantined: false,
  links: { self: `/api/dead-letters/${parts.id ?? 'job_1'}` },
  history: [],
  ...parts,
});

const isOf = (scope: DeadLetterScope, letter: DeadLetter): boolean => scope.tenant === null || letter.tenant === scope.tenant;

const matches = ({ status, kind, tenant, fingerprint, code }: DeadLetterFilter, letter: DeadLetter): boolean =>
  (status === undefined || letter.status === status) &&
  (kind === undefined || letter.kind === kind) &&
  (tenant === undefined || letter.tenant === tenant) &&
  (fingerprint === undefined || letter.fingerprint === fingerprint) &&
  (code === undefined || letter.code === code);

const withoutHistory = ({ history: _history, ...letter }: DeadLetterDetail): DeadLetter => letter;

/** One page by position; undefined for a cursor that is no position. */
function pageOf<Item>(items: readonly Item[], limit: number, cursor = '0'): { items: Item[]; next?: string } | undefined {
  if (!/^\d+$/.test(cursor)) return undefined;
  const end = Number(cursor) + limit;
  return { items: items.slice(Number(cursor), end), ...(end < items.length ? { next: String(end) } : {}) };
}

/** What a test puts in, and sees of what was asked. */
export class FakeDeadLetters implements DeadLettersRpc {
  letters: DeadLetterDetail[] = [];
  readonly replays = new Map<string, StoredReplay>();

  async list(scope: DeadLetterScope, { limit, cursor, ...filter }: Parameters<DeadLettersRpc['list']>[1]) {
    const found = this.letters.filter((letter) => isOf(scope, letter) && matches(filter, letter)).map(withoutHistory);
    const page = pageOf(found, limit, cursor);
    if (page === undefined) return { kind: 'invalid-cursor' } as const;
    const { items, ...next } = page;
    return { kind: 'page', list: { deadLetters: items, ...next } } as const;
  }

  async countStanding(scope: DeadLetterScope) {
    const counts = { job: 0, delivery: 0, message: 0 };
    for (const letter of this.letters) if (isOf(scope, letter) && letter.status === 'dead') counts[letter.kind] += 1;
    return counts;
  }

  async groups(scope: DeadLetterScope, { limit, cursor, ...filter }: Parameters<DeadLettersRpc['groups']>[1]) {
    const found = this.letters.filter((letter) => isOf(scope, letter) && matches({ status: 'dead', ...filter }, letter));
    const groups = [...Map.groupBy(found, ({ fingerprint }) => fingerprint)].flatMap(([fingerprint, [first, ...others]]) => {
      if (first === undefined) return [];
      const { kind, code, id, message, firstDeathAt, lastDeathAt } = first;
      const links = { deadLetters: `/api/dead-letters?fingerprint=${fingerprint}` };
      return [
        { fingerprint, kind, code, count: others.length + 1, quarantined: 0, firstDeathAt, lastDeathAt, sample: { id, message }, links },
      ];
    });
    const page = pageOf(groups, limit, cursor);
    if (page === undefined) return { kind: 'invalid-cursor' } as const;
    const { items, ...next } = page;
    return { kind: 'page', page: { groups: items, ...next } } as const;
  }

  async read(scope: DeadLetterScope, id: string) {
    const deadLetter = this.letters.find((letter) => letter.id === id && isOf(scope, letter));
    return deadLetter === undefined ? ({ kind: 'not-found' } as const) : ({ kind: 'found', deadLetter } as const);
  }

  async discard(scope: DeadLetterScope, selection: ReplayCommand['selection']) {
    const chosen = this.#selected(scope, selection).filter(({ status }) => status === 'dead');
    this.letters = this.letters.map((letter) => (chosen.includes(letter) ? { ...letter, status: 'discarded' } : letter));
    return { discarded: chosen.length };
  }

  async replay(scope: DeadLetterScope, command: ReplayCommand): Promise<ReplayAnswer> {
    const known = this.replays.get(command.replayId);
    if (known !== undefined) {
      if (known.command.requestFingerprint !== command.requestFingerprint) return { kind: 'mismatch' };
      return { kind: 'existing', replay: known.replay };
    }
    const replay = this.#plan(scope, command);
    this.replays.set(command.replayId, { scope, command, replay });
    return { kind: 'created', replay };
  }

  async execute(scope: DeadLetterScope, planId: string): Promise<ReplayControlAnswer> {
    const stored = this.#own(scope, planId);
    if (stored?.command.patched === true && stored.command.dryRun) return { kind: 'refused', replay: stored.replay };
    return this.#move(scope, planId, ['planned', 'running'], 'running');
  }

  async readReplay(scope: DeadLetterScope, replayId: string) {
    const stored = this.#own(scope, replayId);
    return stored === undefined ? ({ kind: 'not-found' } as const) : ({ kind: 'found', replay: stored.replay } as const);
  }

  async replayItems(scope: DeadLetterScope, replayId: string, { state, limit, cursor }: Parameters<DeadLettersRpc['replayItems']>[2]) {
    const stored = this.#own(scope, replayId);
    if (stored === undefined) return { kind: 'not-found' } as const;
    const page = pageOf(
      stored.replay.items.filter((item) => state === undefined || item.state === state),
      limit,
      cursor,
    );
    return page === undefined ? ({ kind: 'invalid-cursor' } as const) : ({ kind: 'page', list: page } as const);
  }

  async control(scope: DeadLetterScope, replayId: string, action: 'pause' | 'resume' | 'abort'): Promise<ReplayControlAnswer> {
    if (action === 'pause') return this.#move(scope, replayId, ['running', 'paused'], 'paused');
    if (action === 'resume') return this.#move(scope, replayId, ['paused', 'running'], 'running');
    return this.#move(scope, replayId, ['planned', 'running', 'paused', 'aborted'], 'aborted');
  }

  #own(scope: DeadLetterScope, replayId: string): StoredReplay | undefined {
    const stored = this.replays.get(replayId);
    return stored !== undefined && (scope.tenant === null || stored.scope.tenant === scope.tenant) ? stored : undefined;
  }

  #move(scope: DeadLetterScope, replayId: string, from: readonly Replay['state'][], to: Replay['state']): ReplayControlAnswer {
    const stored = this.#own(scope, replayId);
    if (stored === undefined) return { kind: 'not-found' };
    if (!from.includes(stored.replay.state)) return { kind: 'refused', replay: stored.replay };
    stored.replay = { ...stored.replay, state: to };
    return { kind: 'done', replay: stored.replay };
  }

  #selected(scope: DeadLetterScope, selection: ReplayCommand['selection']): DeadLetterDetail[] {
    const own = this.letters.filter((letter) => isOf(scope, letter));
    if (selection.kind === 'filter') return own.filter((letter) => matches(selection.filter, letter));
    return own.filter(({ id }) => selection.ids.includes(id));
  }

  #plan(scope: DeadLetterScope, command: ReplayCommand): Replay {
    const { replayId, dryRun, ratePerSecond, canary, stopOnFailureRatio, force, patched } = command;
    const chosen = this.#selected(scope, command.selection);
    const self = `/api/dead-letters/replays/${replayId}`;
    return {
      replayId,
      state: dryRun ? 'planned' : 'running',
      ...(dryRun && patched ? { reason: 'A plan keeps no patch.' } : {}),
      ratePerSecond,
      canary,
      ...(stopOnFailureRatio === undefined ? {} : { stopOnFailureRatio }),
      force,
      counts: { total: chosen.length, waiting: chosen.length, skipped: 0, running: 0, recovered: 0, died: 0, cancelled: 0, notStarted: 0 },
      createdAt: AT,
      items: chosen.map(({ id, kind }) => ({ deadLetterId: id, kind, state: 'will-replay' })),
      links: { self, items: `${self}/items` },
    };
  }
}
