/**
 * Signatures after Standard Webhooks 1.0.0
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md): receivers
 * verify them with a library they already have. HMAC-SHA256 and not Ed25519: every one of those
 * libraries knows it. Web Crypto only, so that the same code runs in Workers and in Node.
 */

const SECRET_PREFIX = 'whsec_';
/** Bytes of a secret; the specification's bounds. */
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

export interface WebhookMessage {
  /** The event's id: the same at every attempt, so that a receiver can drop repeats. Without a full stop. */
  readonly id: string;
  /** When this attempt is made, in milliseconds since the epoch; receivers allow five minutes. */
  readonly timestampMs: number;
  /** The body exactly as it is sent. */
  readonly body: string;
  /** Every live secret; during a rotation the receiver may know either. */
  readonly secrets: readonly string[];
}

/** Names are those of the specification, in lower case. */
export interface SignedHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/** Writes 24 to 64 random bytes as a secret, `whsec_` and base64. Throws a RangeError on any other length. */
export function secretFrom(random: Uint8Array): string {
  if (!isSecretLength(random.byteLength)) {
    throw new RangeError(`A webhook secret has ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes.`);
  }
  return `${SECRET_PREFIX}${toBase64(random)}`;
}

/** Whether a text is a secret of the form that {@link secretFrom} writes. */
export function isSecret(text: string): boolean {
  return bytesOfSecret(text) !== undefined;
}

/**
 * The three headers of one attempt: `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`, one for each
 * secret, separated by spaces. Throws a TypeError when there is no secret or one is malformed; the
 * message never repeats it.
 */
export async function signedHeaders(message: WebhookMessage): Promise<SignedHeaders> {
  if (message.secrets.length === 0) throw new TypeError('A webhook cannot be signed without a secret.');
  const timestamp = String(Math.floor(message.timestampMs / 1000));
  // A copy, because the Workers' types leave open what buffer an encoder writes into.
  const signed = new Uint8Array(new TextEncoder().encode(`${message.id}.${timestamp}.${message.body}`));
  const signatures = await Promise.all(message.secrets.map((secret) => sign(signed, secret)));
  return { 'webhook-id': message.id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

async function sign(signed: Uint8Array<ArrayBuffer>, secret: string): Promise<string> {
  const bytes = bytesOfSecret(secret);
  if (bytes === undefined) throw new TypeError('A webhook secret is malformed.');
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return `v1,${toBase64(new Uint8Array(await crypto.subtle.sign('HMAC', key, signed)))}`;
}

function bytesOfSecret(text: string): Uint8Array<ArrayBuffer> | undefined {
  const base64 = text.slice(SECRET_PREFIX.length);
  // Checked here because `atob` forgives spaces and missing padding, and verifiers do not.
  const wellFormed = text.startsWith(SECRET_PREFIX) && base64.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(base64);
  if (!wellFormed) return undefined;
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return isSecretLength(bytes.byteLength) ? bytes : undefined;
}

const isSecretLength = (bytes: number): boolean => bytes >= MIN_SECRET_BYTES && bytes <= MAX_SECRET_BYTES;
const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
