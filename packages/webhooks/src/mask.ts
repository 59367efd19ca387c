/**
 * What may be shown of a webhook URL and of a receiver's answer. Receivers put tokens into query strings
 * and echo requests into their error pages, and the delivery log is read by more people than know those
 * tokens. A path is shown, because without it nobody recognises the receiver: a secret belongs in the
 * query, not in the path.
 */

const MASK = '***';
const MAX_SAMPLE_BYTES = 1024;
/**
 * Read beyond what is shown, so that a secret which straddles the end is known as one before the cut:
 * longer than the longest URL with every character percent-encoded.
 */
const MAX_EXAMINED_BYTES = 8 * 1024;
/** Shorter values ("1", "yes") are in every text. */
const MIN_SECRET_CHARACTERS = 4;

/** Our own keys and signatures, and credentials of the HTTP schemes, in the last group; a backslash or percent sign may escape a part of them. */
const secretPatterns: readonly RegExp[] = [
  /whsec_([\w+/=\\%-]+)/gi,
  /\bv1a?(?:,|%2C)([\w+/=\\%]{40,})/gi,
  /\b(?:bearer|basic)(?:[ \t]+|%20|\+)([\w.~+/=\\%-]+)/gi,
];

/** Origin and path; every value of the query becomes `***`, userinfo and fragment are left out. Not an http URL: `***`. */
export function maskUrl(url: string): string {
  const parsed = parseUrl(url);
  if (parsed === undefined) return MASK;
  const pairs = parsed.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '');
  const masked = pairs.map((pair) => (pair.includes('=') ? `${pair.slice(0, pair.indexOf('='))}=${MASK}` : MASK));
  return `${parsed.origin}${parsed.pathname}${masked.length === 0 ? '' : `?${masked.join('&')}`}`;
}

/**
 * The first KiB of an answer as text that is safe to store and show. Bytes that are not UTF-8 and control
 * characters become `�`; keys, credentials and what the receiver echoes of the URL's query become `***`.
 * `bytes` is the whole answer or at least its first 8 KiB.
 */
export function answerSample(bytes: Uint8Array, url: string): string {
  const whole = bytes.byteLength <= MAX_EXAMINED_BYTES;
  const text = decodeStart(bytes, MAX_EXAMINED_BYTES);
  const masked = hide(text, secretsOfQuery(url), whole).replaceAll('\r\n', '\n');
  // Bidirectional controls too: they let a text read as something else.
  const printable = masked.replace(/[\p{Cc}\p{Bidi_Control}]/gu, (control) => (control === '\n' || control === '\t' ? control : '\uFFFD'));
  return decodeStart(new TextEncoder().encode(printable), MAX_SAMPLE_BYTES);
}

/** Decodes as a stream, which keeps back a character that the cut left incomplete. */
const decodeStart = (bytes: Uint8Array, maxBytes: number): string =>
  new TextDecoder().decode(bytes.subarray(0, maxBytes), { stream: true });

/**
 * Marks every hidden character before any is replaced: the order of the rules then changes nothing, and
 * neither do secrets that overlap or contain each other.
 */
function hide(text: string, secrets: readonly string[], whole: boolean): string {
  const hidden = new Uint8Array(text.length);
  for (const pattern of secretPatterns) {
    for (const { index, 0: found, 1: secret = '' } of text.matchAll(pattern)) {
      const end = index + found.length;
      hidden.fill(1, end - secret.length, end);
    }
  }
  for (const secret of secrets) {
    for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + 1)) hidden.fill(1, at, at + secret.length);
    if (!whole) hidden.fill(1, text.length - overlap(text, secret));
  }

  let shown = '';
  for (let at = 0; at < text.length; at += 1) {
    if (hidden[at] === 0) shown += text[at];
    else if (at === 0 || hidden[at - 1] === 0) shown += MASK;
  }
  return shown;
}

/** How many characters at the text's end are the beginning of the secret. */
function overlap(text: string, secret: string): number {
  let length = Math.min(secret.length - 1, text.length);
  while (length > 0 && !text.endsWith(secret.slice(0, length))) length -= 1;
  return length;
}

/** The query and its values, as they are written, decoded, encoded anew, and as JSON strings hold them (some escape slashes). */
function secretsOfQuery(url: string): readonly string[] {
  const query = parseUrl(url)?.search.slice(1) ?? '';
  const written = query.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1));
  const decoded = [...new URLSearchParams(query)].map(([name, value]) => value || name);
  const forms = [query, ...written, ...decoded, ...decoded.map(encodeURIComponent)];
  const escaped = forms.flatMap((form) => [form, JSON.stringify(form).slice(1, -1), form.replaceAll('/', '\\/')]);
  return [...new Set(escaped)].filter((secret) => secret.length >= MIN_SECRET_CHARACTERS);
}

function parseUrl(url: string): URL | undefined {
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  return /^https?:$/.test(parsed.protocol) ? parsed : undefined;
}
