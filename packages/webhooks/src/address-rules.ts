/**
 * Which IP addresses are on the public internet. The tables are ipaddr.js's; where it is lenient (forms
 * of writing) or leaves something open (unassigned space), we are strict: an address that is not known
 * to be public is not called. IPv4 inside IPv6 (mapped, 6to4, Teredo, NAT64) is refused as such, since
 * what it reaches depends on a translator that we do not see.
 */
import ipaddr from 'ipaddr.js';

/** IANA assigns public unicast from this block alone; ipaddr.js calls the unassigned rest, and the old IPv4-compatible `::/96`, unicast. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address, in the text form that DNS answers use, is a public unicast one. False for
 * everything that the IANA special-purpose registries list (RFC 6890), for unassigned IPv6, and for text
 * that is not an address: IPv4 must be four plain decimal numbers, IPv6 plain hexadecimal groups.
 */
export function isPublicAddress(address: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address).range() === 'unicast';
  // Zones (`%eth0`) and dotted endings are no part of a public address.
  if (!/^[0-9a-f:]+$/i.test(address) || !ipaddr.IPv6.isValid(address)) return false;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.match(globalUnicast) && parsed.range() === 'unicast';
}
