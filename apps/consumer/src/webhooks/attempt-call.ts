/**
 * One attempt: judge the URL anew, sign, call, read a little of the answer. The receiver is a stranger
 * that may hang, stream for ever or point elsewhere, so everything has one time limit and the answer a
 * bound; whatever happens ends as an outcome, a fault of the engine's own included.
 *
 * A hostile DNS server may answer our question with a public address and the one that `fetch` asks
 * right after it with another (DNS rebinding); docs/webhooks.md says what is left of that where.
 */
import { nextHop, parseRetryAfter } from '@mcpoverflow/types';
import {
  answerSample,
  createResolver,
  type Fetch,
  judgeDestination,
  judgeUrl,
  ownHosts,
  readStart,
  signedHeaders,
} from '@mcpoverflow/webhooks';
import manifest from '../../package.json' with { type: 'json' };
import { describeError, log } from '../log.ts';
import type { Settings } from '../settings.ts';
import type { Call } from './begin-attempt.ts';
import type { AttemptOutcome } from './finish-attempt.ts';

/** Read beyond what is kept, so that a short answer ends by itself and its connection can be used again. */
const MAX_ANSWER_BYTES = 16 * 1024;
const USER_AGENT = `MCPoverflow-Webhooks/${manifest.version}`;

export interface AttemptPorts {
  readonly settings: Settings;
  readonly fetch: Fetch;
  /** The tenant's live secrets, asked anew for every attempt: a rotated one must stop to sign. */
  readonly secretsOf: (tenant: string) => Promise<readonly string[]>;
}

/** What reading the secrets may take: a third of a call, so that both fit into the lease of an attempt. */
export const secretsTimeoutMs = ({ webhookTimeoutMs }: Settings): number => webhookTimeoutMs / 3;
/** What {@link attemptCall} may take in all. */
export const attemptLimitMs = (settings: Settings): number => settings.webhookTimeoutMs + secretsTimeoutMs(settings);

/** Makes the call and answers what came of it, within {@link attemptLimitMs}. */
export async function attemptCall(call: Call, ports: AttemptPorts): Promise<AttemptOutcome> {
  const secrets = await ports.secretsOf(call.tenant).catch((error: unknown) => {
    log('error', 'webhook secret not read', { deliveryId: call.deliveryId, tenant: call.tenant, error: describeError(error) });
    return null;
  });
  const startedAt = Date.now();
  const outcome = secrets === null ? unsigned : await attempt(call, secrets, ports, AbortSignal.timeout(ports.settings.webhookTimeoutMs));
  // A clock that was set back meanwhile makes no negative time.
  return { ...outcome, durationMs: Math.max(0, Date.now() - startedAt) };
}

type Verdict = Omit<AttemptOutcome, 'durationMs'>;

const unsigned: Verdict = { error: 'not-sent', message: 'The engine could not read the secret that signs the call. Nothing was sent.' };

async function attempt(
  call: Call,
  secrets: readonly string[],
  { settings, fetch }: Omit<AttemptPorts, 'secretsOf'>,
  signal: AbortSignal,
): Promise<Verdict> {
  const local = settings.environment === 'local';
  const url = judgeUrl(call.url, { local, ownHosts: ownHosts(addressesOf(call, settings), local) });
  if (!url.ok) return { error: 'url-refused', message: `The URL ${url.error}.` };
  const destination = await judgeDestination(url.value, createResolver({ resolverUrl: settings.dnsResolverUrl, fetch }), signal);
  if (destination.kind === 'refused') return { error: 'url-refused', message: `The URL ${destination.detail}.` };
  if (destination.kind !== 'allowed') return { error: 'dns', message: `The URL ${destination.detail}.` };
  const signature = await signedHeaders({ id: call.deliveryId, timestampMs: Date.now(), body: call.body, secrets });
  try {
    const response = await fetch(url.value.href, {
      method: 'POST',
      redirect: 'manual',
      signal,
      headers: {
        'content-type': 'application/json',
        'user-agent': USER_AGENT,
        ...signature,
        ...(call.traceparent === null ? {} : { traceparent: nextHop(call.traceparent) }),
      },
      body: call.body,
    });
    return await judgeAnswer(response, call.url, signal);
  } catch (error) {
    if (signal.aborted) return timedOut(settings);
    log('info', 'webhook receiver not reached', { deliveryId: call.deliveryId, tenant: call.tenant, error: describeError(error) });
    return { error: 'connection', message: 'The receiver could not be reached, or ended the connection without an answer.' };
  }
}

const timedOut = ({ webhookTimeoutMs }: Settings): Verdict => ({
  error: 'timeout',
  message: `The receiver did not answer within ${webhookTimeoutMs / 1000} seconds.`,
});

/** The status decides; the body is for people, and one that never ends changes nothing. */
async function judgeAnswer(response: Response, url: string, signal: AbortSignal): Promise<Verdict> {
  const { status } = response;
  const body = await Promise.race([readStart(response.body, MAX_ANSWER_BYTES), ended(signal)]);
  const sample = body === null ? '' : answerSample(body.bytes, url);
  const seen = { status, ...(sample === '' ? {} : { answer: sample }) };
  if (response.ok) return seen;
  if (status === 410) return { ...seen, error: 'gone', message: 'The receiver answered 410: it wants no more calls.' };
  if (status >= 300 && status < 400) {
    return { ...seen, error: 'redirect', message: `The receiver answered ${status}. Redirects are not followed: give the final URL.` };
  }
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), Date.now());
  return {
    ...seen,
    error: 'status',
    message: `The receiver answered ${status}; only 2xx counts as received.`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

const ended = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });

/** Where no call may go: the engine itself and what it works with. */
const addressesOf = ({ origin }: Call, { publicUrl, openhands, dnsResolverUrl }: Settings): (string | undefined)[] => [
  origin,
  publicUrl,
  openhands?.url,
  openhands?.llm?.baseUrl,
  dnsResolverUrl,
];
