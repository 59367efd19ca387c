/** `npm run keys` from what was typed to its exit code, with the terminal and the store as ports. */
import { isApiKeyLive, OPERATOR_TENANT, type Result } from '@mcpoverflow/types';
import { printableJson } from '../terminal/plain-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { announceRevocation } from './announce-revocation.ts';
import { type CommandName, type Environment, type Invocation, parseArguments, usage } from './arguments.ts';
import type { KeyStore, StoredKey } from './key-store.ts';
import { inOrder, keysView, shownKey } from './key-view.ts';
import { type NewKey, newKey } from './new-key.ts';

export const exitCodes = { done: 0, failed: 1, refused: 2 } as const;

interface Session {
  readonly invocation: Invocation;
  readonly store: KeyStore;
  readonly terminal: Terminal;
}

const commands: Readonly<Record<CommandName, (session: Session) => Promise<number>>> = { create, list, revoke, rotate };

/** Returns the exit code; `open` is asked for the store of the environment that was named. */
export async function run(
  typed: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
  open: (environment: Environment) => Result<KeyStore, string>,
): Promise<number> {
  const parsed = parseArguments(typed, variables, terminal.now());
  if (!parsed.ok) {
    terminal.tell(`${parsed.error}\nEverything it can do: npm run keys -- help`);
    return exitCodes.refused;
  }
  if (parsed.value.command === 'help') {
    terminal.print(usage);
    return exitCodes.done;
  }
  const invocation = parsed.value;
  const store = open(invocation.environment);
  if (!store.ok) {
    terminal.tell(store.error);
    return exitCodes.refused;
  }
  return commands[invocation.command]({ invocation, store: store.value, terminal });
}

async function create(session: Session): Promise<number> {
  const { invocation, store, terminal } = session;
  const { tenant = '', scopes, 'rate-class': rateClass, expires, name } = invocation.options;
  const usual = tenant === OPERATOR_TENANT ? (['operate'] as const) : (['submit', 'read'] as const);
  const key = await newKey({ tenant, scopes: scopes ?? usual, rateClass, name, expiresAt: expires }, terminal.now());
  const written = await store.write(key);
  if (!written.ok) return failed(session, `No key was made.\n${written.error}`);
  show(session, key);
  return exitCodes.done;
}

async function list({ invocation, store, terminal }: Session): Promise<number> {
  const keys = await store.list();
  if (!keys.ok) return failed({ terminal }, keys.error);
  const { tenant, json } = invocation.options;
  const wanted = keys.value.filter(({ record }) => tenant === undefined || record.tenant === tenant);
  terminal.print(json ? printableJson(inOrder(wanted).map(shownKey)) : keysView(wanted, terminal.columns, terminal.now()));
  return exitCodes.done;
}

async function revoke(session: Session): Promise<number> {
  const { invocation, store, terminal } = session;
  const { keyId, environment, options } = invocation;
  const found = await find(session);
  if (found === undefined) return exitCodes.failed;
  const { record } = found;
  if (record.revokedAt === undefined) {
    const written = await store.write({ id: keyId, record: { ...record, revokedAt: new Date(terminal.now()).toISOString() } });
    if (!written.ok) return failed(session, `The key was not revoked.\n${written.error}`);
  }
  const done = `Key ${keyId} of ${record.tenant} is revoked${record.revokedAt === undefined ? '' : ', and was before'}.`;
  const later = 'By KV alone it ends when every place has heard of it, a minute or so';
  if (options.url === undefined) {
    terminal.tell(
      `${done} ${later}. For certain, and within half a minute:\n  npm run keys -- revoke ${keyId} --env ${environment} --url URL`,
    );
    return exitCodes.done;
  }
  const told = await announceRevocation(store, found, options.url, terminal.now());
  if (told.ok) {
    terminal.tell(`${done} Nothing opens to it any more within ${told.value} seconds.`);
    return exitCodes.done;
  }
  if (environment === 'local' && told.error.isSilent) {
    terminal.tell(`${done} No engine runs at ${options.url} that would have to be told.`);
    return exitCodes.done;
  }
  return failed(session, `${done} ${later}; the engine was not told. Please try again.\n${told.error.sentence}`);
}

async function rotate(session: Session): Promise<number> {
  const { invocation, store, terminal } = session;
  const { keyId, options } = invocation;
  const now = terminal.now();
  const old = await find(session);
  if (old === undefined) return exitCodes.failed;
  const { tenant, scopes, rateClass, name, createdAt, expiresAt } = old.record;
  const isLive = isApiKeyLive(old.record, now);
  const beforeRotation = old.record.beforeRotation ?? { expiresAt };
  const lifetimeMs = beforeRotation.expiresAt === undefined ? undefined : Date.parse(beforeRotation.expiresAt) - Date.parse(createdAt);
  const inherited = lifetimeMs === undefined ? undefined : new Date(now + lifetimeMs).toISOString();
  const key = await newKey({ tenant, scopes, rateClass, name, expiresAt: options.expires ?? inherited }, now);
  const written = await store.write(key);
  if (!written.ok) return failed(session, `No key was made, the old one ${isLive ? 'goes on' : 'has ended'}.\n${written.error}`);
  // Shown before the old one ends: whatever happens now, somebody holds a key that works.
  show(session, key);
  if (!isLive) {
    terminal.tell(`The old key, ${keyId}, has ended already and stays so.`);
    return exitCodes.done;
  }
  const ends = new Date(
    Math.min(now + options.overlap, expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)),
  ).toISOString();
  const ended = await store.write({ id: keyId, record: { ...old.record, expiresAt: ends, beforeRotation } });
  if (!ended.ok) return failed(session, `The old key goes on as before. End it with: npm run keys -- revoke ${keyId}\n${ended.error}`);
  terminal.tell(`The old key, ${keyId}, is good until ${ends}.`);
  return exitCodes.done;
}

/** The key that the command is about; says so when there is none. */
async function find(session: Session): Promise<StoredKey | undefined> {
  const { invocation, store } = session;
  const record = await store.read(invocation.keyId);
  if (!record.ok) failed(session, record.error);
  else if (record.value === null)
    failed(session, `There is no key ${invocation.keyId} in ${invocation.environment}. \`list\` shows those there are.`);
  return record.ok && record.value !== null ? { id: invocation.keyId, record: record.value } : undefined;
}

/** Prints a new key: the only time that anybody sees it. */
function show({ invocation, terminal }: Session, key: NewKey): void {
  if (invocation.options.json) {
    terminal.print(printableJson({ key: key.text, ...shownKey(key) }));
    return;
  }
  const { tenant, scopes, rateClass = 'standard', expiresAt } = key.record;
  terminal.tell(
    `Key ${key.id} of ${tenant} in ${invocation.environment}: ${scopes.join(', ')}; rate class ${rateClass}; ${expiresAt === undefined ? 'does not expire' : `good until ${expiresAt}`}.
Keep it now, it is shown this once:`,
  );
  terminal.print(key.text);
}

function failed({ terminal }: Pick<Session, 'terminal'>, sentence: string): number {
  terminal.tell(sentence);
  return exitCodes.failed;
}
