/**
 * Whom an address stands for. Of IPv6 that is its /64: a household or a machine holds 2^64 addresses, and
 * could take a new one for every call.
 */

const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** An IPv4 address as it is; the first 64 bits of an IPv6 one, each group without leading zeros. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const first = groupsOf(head);
  const last = tail === undefined ? [] : groupsOf(tail);
  const between = Array.from({ length: Math.max(0, GROUPS - first.length - last.length) }, () => '0');
  return [...first, ...between, ...last].slice(0, NETWORK_GROUPS).join(':');
}

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':').map((group) => group.replace(/^0+(?=.)/, '')));
