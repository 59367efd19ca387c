import { expect, test } from 'vitest';
import { sandboxAddress } from './sandbox-address.ts';

const id = '6f1f0a51-53c5-4d0b-9a3f-0d8b3f1c2a77';
const hex = id.replaceAll('-', '');
const cloud = 'https://app.all-hands.dev';

test.each([
  [`https://abc.prod-runtime.all-hands.dev/api/conversations/${hex}`, 'https://abc.prod-runtime.all-hands.dev'],
  [`https://runtime.all-hands.dev/abc/api/conversations/${id}`, 'https://runtime.all-hands.dev/abc'],
  [`https://runtime.all-hands.dev:8443/api/conversations/${hex.toUpperCase()}/`, 'https://runtime.all-hands.dev:8443'],
])('%s is at %s', (url, address) => {
  expect(sandboxAddress(url, id, cloud)).toBe(address);
});

test.each([
  `http://abc.prod-runtime.all-hands.dev/api/conversations/${hex}`,
  `http://127.0.0.1:8000/api/conversations/${hex}`,
  `https://user@abc.all-hands.dev/api/conversations/${hex}`,
  `https://abc.all-hands.dev/api/conversations/${hex}?tkn=1`,
  `https://abc.all-hands.dev/api/conversations/${hex}#x`,
  `https://abc.all-hands.dev/api/conversations/${hex.replace('6', '7')}`,
  `https://abc.all-hands.dev/api/conversations/${hex}/events`,
  'https://abc.all-hands.dev/',
  `file:///api/conversations/${hex}`,
  'nonsense',
  ...[
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '10.1.2.3',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[fe80::1]',
    '[fd00::1]',
    '[::ffff:10.1.2.3]',
    'localhost',
    'a.localhost.',
  ].map((host) => `https://${host}/api/conversations/${hex}`),
])('nothing is sent to %s', (url) => {
  expect(sandboxAddress(url, id, cloud)).toBeNull();
});

test.each(['8.8.8.8', '[2606:4700:4700::1111]'])('a sandbox may be at the public address %s', (host) => {
  expect(sandboxAddress(`https://${host}/api/conversations/${hex}`, id, cloud)).toBe(`https://${host}`);
});

test('a Cloud on this machine may name any machine, by https', () => {
  expect(sandboxAddress(`https://10.1.2.3/api/conversations/${hex}`, id, 'https://localhost:9000')).toBe('https://10.1.2.3');
});

test('plain http is for a Cloud on this machine and sandboxes on this machine', () => {
  const path = `/sandbox/1/api/conversations/${hex}`;
  expect(sandboxAddress(`http://127.0.0.1:9000${path}`, id, 'http://127.0.0.1:9000')).toBe('http://127.0.0.1:9000/sandbox/1');
  expect(sandboxAddress(`http://sandbox.example.com${path}`, id, 'http://127.0.0.1:9000')).toBeNull();
});
