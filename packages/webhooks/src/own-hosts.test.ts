import { expect, it } from 'vitest';
import { ownHosts } from './own-hosts.ts';

const addresses = ['https://engine.customer.com/api', 'http://127.0.0.1:8787', 'http://127.0.0.1', undefined, 'nonsense'];

it('a deployed engine owns every port of its hosts', () => {
  expect(ownHosts(addresses, false)).toEqual(['engine.customer.com', '127.0.0.1', '127.0.0.1']);
});

it('a local one owns its own ports alone', () => {
  expect(ownHosts(addresses, true)).toEqual(['engine.customer.com:443', '127.0.0.1:8787', '127.0.0.1:80']);
});
