/**
 * Keeping secrets out of what people read. Servers, agents and model providers repeat what they were sent, so
 * two nets are cast: the secrets that are known, in every form in which they travel, and what looks like a
 * secret although nobody told us of it. The second masks a harmless word now and then, which costs less.
 */

/** `API_KEY=…`, `--token …`, `-p …`, `Bearer …`, `https://user:password@…`, and words that begin as keys do. */
const SHAPES: readonly [RegExp, string][] = [
  [/(\b\w*(?:key|token|secret|password|passwd|credentials?)\w*["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s"']+)/gi, '$1***'],
  [/(--?\w*(?:key|token|secret|password|passwd|user)[\w-]*[= ]+)(?:"[^"]*"|'[^']*'|[^\s"'-][^\s"']*)/gi, '$1***'],
  // `aws configure set aws_secret_access_key …`
  [/(\b\w+_(?:key|token|secret|password)\s+)(?=\S*\d)[^\s"']{8,}/gi, '$1***'],
  // A password for most programs, but a path or a number for some.
  [/(?<!\b(?:mkdir|cp|tsc|ps|patch)(?:\s[^|;&]{0,200})?)(\s-p\s+)(?!\d+(?::\d+)*(?:\s|$))(?:"[^"]*"|'[^']*'|[^\s"'-][^\s"']*)/g, '$1***'],
  [/(\b(?:mysql\w*|mariadb\w*|sshpass)\s(?:[^|;&]{0,200}\s)?-p)(?:"[^"]*"|'[^']*'|[^\s"']+)/g, '$1***'],
  [/\b(bearer|basic)\s+[^\s"']+/gi, '$1 ***'],
  [/(:\/\/)[^\s/@]+@/g, '$1***@'],
  [/(\s-u\s+)[^\s:]+:\S+/g, '$1***'],
  [/\b(?:sk|pk|rk|gsk|xai|hf|key|ghp|gho|ghu|ghs|github_pat|glpat|xox[a-z]|AKIA|ASIA|AIza)(?=[\w.*-]*[\d*])[-_]?[\w.*-]{8,}/gi, '***'],
  // A JSON Web Token.
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g, '***'],
];

/** A text without what looks like a secret. Meant for texts of some thousand characters at most. */
export function withoutSecrets(text: string): string {
  return SHAPES.reduce((masked, [shape, mask]) => masked.replace(shape, mask), text);
}

/**
 * The forms in which secrets turn up in other people's texts: as they are, in a URL, in JSON. The longest come
 * first, since one may be a part of another.
 */
export function formsOf(secrets: readonly (string | undefined)[]): string[] {
  const forms = secrets.flatMap((secret) =>
    secret === undefined ? [] : [secret, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1)],
  );
  return [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length);
}

/** What an address holds that is nobody's business: its password, or the name that stands in for one. */
export function credentialsIn(address: string | undefined): string[] {
  const url = address === undefined ? null : URL.parse(address);
  if (url === null) return [];
  const credentials = url.password === '' ? url.username : url.password;
  return [credentials, decoded(credentials)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
