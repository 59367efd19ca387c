/**
 * Guesses what field an API belongs to from the words of its title, description, tags and paths.
 * A list and a count: good enough to sort by, and the same every time.
 */
import type { ApiModel } from '../model/model.ts';

/** Words that any API uses (account, user, token, data) say nothing and are not here. */
const words: Readonly<Record<string, readonly string[]>> = {
  'artificial intelligence': ['ai', 'assistant', 'completion', 'embedding', 'llm', 'model', 'prompt', 'transcription'],
  'cloud infrastructure': [
    'cluster',
    'container',
    'database',
    'dns',
    'droplet',
    'firewall',
    'kubernetes',
    'namespace',
    'node',
    'pod',
    'volume',
    'vpc',
  ],
  commerce: ['book', 'cart', 'catalogue', 'checkout', 'order', 'pet', 'product', 'shipping', 'shop', 'store'],
  communication: ['call', 'channel', 'chat', 'conversation', 'email', 'guild', 'mail', 'message', 'phone', 'sms', 'voice'],
  'customer relations': ['campaign', 'contact', 'crm', 'deal', 'helpdesk', 'lead', 'opportunity', 'survey', 'ticket'],
  'data and analytics': ['analytics', 'chart', 'dashboard', 'dataset', 'metric', 'statistics', 'warehouse'],
  design: ['canvas', 'component', 'design', 'figma', 'font', 'style'],
  education: ['course', 'lesson', 'quiz', 'school', 'student', 'teacher'],
  entertainment: [
    'album',
    'artist',
    'comic',
    'episode',
    'film',
    'game',
    'movie',
    'music',
    'playlist',
    'song',
    'track',
    'video',
    'webcomic',
  ],
  finance: [
    'balance',
    'bank',
    'card',
    'charge',
    'invoice',
    'ledger',
    'payment',
    'payout',
    'refund',
    'subscription',
    'tax',
    'transaction',
    'transfer',
  ],
  health: ['appointment', 'clinic', 'health', 'medication', 'patient', 'practitioner'],
  identity: ['identity', 'login', 'mfa', 'permission', 'role', 'sso', 'tenant'],
  'maps and weather': ['forecast', 'geocode', 'geocoding', 'map', 'place', 'temperature', 'weather'],
  productivity: ['calendar', 'document', 'drive', 'meeting', 'note', 'office', 'planner', 'spreadsheet', 'task', 'todo'],
  'science and government': ['census', 'patent', 'permit', 'research', 'uspto', 'vote'],
  'software development': ['branch', 'commit', 'deployment', 'issue', 'pull', 'release', 'repo', 'repository', 'runner', 'workflow'],
  'travel and transport': ['booking', 'driver', 'flight', 'hotel', 'passenger', 'ride', 'route', 'trip', 'vehicle'],
};

/** What the operations say together weighs as much as this, however many there are. */
const WEIGHT_OF_OPERATIONS = 100;

/** The field with the most hits, or `general`. A word in the title counts more than one in a path. */
export function domainOf(model: ApiModel): string {
  const scores = new Map<string, number>();
  const count = (text: string, weight: number): void => {
    const found = new Set(wordsOf(text));
    for (const [domain, vocabulary] of Object.entries(words)) {
      const hits = vocabulary.filter((word) => found.has(word)).length;
      if (hits > 0) scores.set(domain, (scores.get(domain) ?? 0) + hits * weight);
    }
  };
  const read = model.operations.slice(0, 2000);
  count(model.title, 100);
  count(model.description.slice(0, 2000), 10);
  for (const tag of model.tags) count(tag.name, 5);
  for (const { path, tags, operationId } of read)
    count(`${path} ${tags.join(' ')} ${operationId ?? ''}`, WEIGHT_OF_OPERATIONS / read.length);
  const [best] = [...scores].sort(([, first], [, second]) => second - first);
  return best?.[0] ?? 'general';
}

/** Words in lower case, each as it stands and without the ending of a plural; `listOpenIssues` is three. */
const wordsOf = (text: string): readonly string[] =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .flatMap((word) => [word, word.replace(/s$/, ''), word.replace(/ies$/, 'y')]);
