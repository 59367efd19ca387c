import { describe, expect, test } from 'vitest';
import { judgeDestination } from './destination.ts';
import type { Resolution } from './resolve-host.ts';

const { signal } = new AbortController();
const url = new URL('https://hooks.customer.com/hook?token=s3cret');
const addresses = (...list: string[]): Resolution => ({ kind: 'addresses', addresses: list });
const judge = (resolution: Resolution) => judgeDestination(url, async () => resolution, signal);

describe('a destination', () => {
  test('is allowed when all its addresses are public', async () => {
    expect(await judge(addresses('93.184.215.14'))).toEqual({ kind: 'allowed' });
    expect(await judge(addresses('93.184.215.14', '2606:2800:21f::1'))).toEqual({ kind: 'allowed' });
  });

  test.each([
    [['10.0.0.1']],
    [['127.0.0.1']],
    [['169.254.169.254']],
    [['93.184.215.14', '192.168.1.1']],
    [['192.168.1.1', '93.184.215.14']],
    [['93.184.215.14', '::1']],
    [['93.184.215.14', 'fd00:ec2::254']],
    [['::ffff:93.184.215.14']],
    [['93.184.215.14', 'not an address']],
  ])('is refused when one of %j is not, and the answer does not say which', async (list) => {
    const verdict = await judge(addresses(...list));
    expect(verdict).toEqual({ kind: 'refused', detail: 'must name a host whose addresses are all public' });
  });

  test.each<Resolution>([
    { kind: 'unresolvable', detail: 'names a host that has no address in DNS: check its spelling' },
    { kind: 'unavailable', detail: 'could not be checked: the DNS resolver did not answer in time' },
  ])('passes on that it is $kind', async (resolution) => {
    expect(await judge(resolution)).toEqual(resolution);
  });

  test('is looked up by its name alone, under the signal of the caller', async () => {
    const asked: unknown[] = [];
    await judgeDestination(
      new URL('https://Hooks.Customer.com.:8443/hook'),
      async (...question) => {
        asked.push(question);
        return addresses('93.184.215.14');
      },
      signal,
    );
    expect(asked).toEqual([['hooks.customer.com', signal]]);
  });

  test('on this machine needs no look-up', async () => {
    const neverAsked = () => Promise.reject(new Error('asked'));
    expect(await judgeDestination(new URL('http://127.0.0.1:3000/hook'), neverAsked, signal)).toEqual({ kind: 'allowed' });
  });
});
