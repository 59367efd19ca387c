/**
 * Guesses what field an API belongs to from the words of its title, description, tags and paths.
 * A list and a count: good enough to sort by, and the same every time.
 */
import type { ApiModel } from '../model/model.ts';

const words: Readonly<Record<string, readonly string[]>> = {
  'artificial intelligence': ['ai', 'assistant', 'chat', 'completion', 'embedding', 'llm', 'model', 'prompt', 'transcription'],
  'cloud infrastructure': ['cluster', 'container', 'database', 'dns', 'droplet', 'firewall', 'kubernetes', 'server', 'volume', 'vpc'],
  commerce: ['book', 'cart', 'catalogue', 'checkout', 'order', 'pet', 'product', 'shop', 'store'],
  communication: ['call', 'channel', 'email', 'guild', 'mail', 'message', 'phone', 'sms', 'voice', 'webhook'],
  design: ['canvas', 'component', 'design', 'figma', 'image', 'style', 'variable'],
  finance: ['account', 'balance', 'card', 'charge', 'invoice', 'payment', 'payout', 'refund', 'subscription', 'tax'],
  identity: ['auth', 'identity', 'login', 'oauth', 'permission', 'role', 'session', 'token'],
  productivity: ['calendar', 'document', 'drive', 'event', 'file', 'note', 'office', 'planner', 'task'],
  'software development': ['branch', 'commit', 'deployment', 'issue', 'pull', 'release', 'repo', 'repository', 'runner', 'workflow'],
};

/** The field with the most hits, or `general`. A word in the title counts more than one in a path. */
export function domainOf(model: ApiModel): string {
  const scores = new Map<string, number>();
  const count = (text: string, weight: number): void => {
    const found = new Set(
      text
        .toLowerCase()
        .split(/[^a-z]+/)
        .map((word) => word.replace(/s$/, '')),
    );
    for (const [domain, vocabulary] of Object.entries(words)) {
      const hits = vocabulary.filter((word) => found.has(word)).length;
      if (hits > 0) scores.set(domain, (scores.get(domain) ?? 0) + hits * weight);
    }
  };
  count(model.title, 100);
  count(model.description.slice(0, 2000), 10);
  for (const tag of model.tags) count(tag.name, 5);
  for (const operation of model.operations.slice(0, 2000)) count(operation.path, 1);
  const [best] = [...scores].sort(([, first], [, second]) => second - first);
  return best?.[0] ?? 'general';
}
