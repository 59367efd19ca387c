/**
 * Which hosts are the engine's own, for `judgeUrl`. Locally the receivers are other ports of the same
 * machine, so a port is part of the name; deployed, every port of a host of ours is ours.
 */

/** The hosts of the addresses; what is undefined or no address is left out. */
export function ownHosts(addresses: readonly (string | undefined)[], local: boolean): string[] {
  return addresses.flatMap((address) => {
    if (address === undefined || !URL.canParse(address)) return [];
    const { protocol, hostname, port } = new URL(address);
    return [local ? `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}` : hostname];
  });
}
