import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DestinationRules, judgeUrl } from './url-rules.ts';

const deployed: DestinationRules = { local: false, ownHosts: ['engine.customer.com', 'API.Customer.com.:8443'] };
const local: DestinationRules = { local: true, ownHosts: ['127.0.0.1:8787', 'localhost:8788'] };

/** What an error may say; a refusal for another reason than the intended one is a fault too. */
const reasons = {
  empty: /^must not be empty/,
  long: /^must not be longer than 2048 characters$/,
  spaces: /^must not contain spaces, line breaks or control characters/,
  backslash: /^must not contain a backslash/,
  invalid: /^must be a valid URL/,
  scheme: /^must use https, not [a-z][a-z0-9+.-]*$/,
  form: /^must begin with https:\/\/ and a host name$/,
  userinfo: /^must not contain a user name or password/,
  fragment: /^must not contain a fragment/,
  address: /^must name its host, not an IP address/,
  private: /^must not name a host of a private network/,
  reserved: /^must not use the reserved ending/,
  dotless: /^must not name a host without a dot/,
  name: /^must have a valid host name/,
  port: /^must use one of the ports 443, 2053, 2083, 2087, 2096, 8443$/,
  own: /^must not name this engine's own address/,
  loopback: /^must spell a receiver on this machine http:\/\/127\.0\.0\.1/,
} as const;
type Reason = keyof typeof reasons;

const hostile: readonly (readonly [Reason, readonly string[]])[] = [
  ['empty', ['']],
  ['long', [`https://hooks.customer.com/${'a'.repeat(2022)}`, `https://${'a.'.repeat(1_000_000)}com/`]],
  [
    'spaces',
    [
      ' https://hooks.customer.com/',
      'https://hooks.customer.com/ ',
      'https://hooks.customer.com/a b',
      'https://10.0.\t0.1/',
      'https://127.0.0.1\n/',
      'htt\nps://10.0.0.1/',
      'https://hooks.customer.com/\r\nHost: 10.0.0.1',
      'https://hooks.customer.com/\u0000',
      'https://hooks.customer.com/\u001b[2J',
      'https://hooks.customer.com\u00a0/',
      'https://hooks.customer.com/\u2028',
      '\ufeffhttps://hooks.customer.com/',
    ],
  ],
  [
    'backslash',
    [
      'https:\\\\10.0.0.1\\',
      'https://good.com\\@10.0.0.1/',
      'https://10.0.0.1\\.good.com/',
      'https://good.com/a\\b',
      '\\\\10.0.0.1\\share',
    ],
  ],
  [
    'invalid',
    [
      'hooks.customer.com',
      '/hook',
      '//hooks.customer.com/hook',
      'https://',
      'https://:443/',
      'https://1.2.3.4.5/',
      'https://256.0.0.1/',
      'https://4294967296/',
      'https://0x1ffffffff/',
      'https://1.2.3.08/',
      'https://good.com.0x7f/',
      'https://[fe80::1%25eth0]/',
      'https://[::1/',
      'https://[::ffff:127.0.0.1.]/',
      'https://hooks.customer.com:99999/',
      'https://hooks.customer.com:-1/',
      'https://ho%00st.customer.com/',
      'https://hooks.customer.com%2f.10.0.0.1/',
      'https://hooks.customer.com%20/',
      'https://hooks<customer>.com/',
    ],
  ],
  [
    'scheme',
    [
      'http://hooks.customer.com/hook',
      'HTTP://hooks.customer.com/hook',
      'http://127.0.0.1:3000/',
      'http://169.254.169.254/latest/meta-data/',
      'http://[fd00:ec2::254]/latest/meta-data/',
      'http://localhost:3000/',
      'ftp://hooks.customer.com/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'data:text/plain,hello',
      'gopher://10.0.0.1:6379/_FLUSHALL',
      'ws://hooks.customer.com/',
      'wss://hooks.customer.com/',
      'dict://10.0.0.1:11211/stats',
      'ldap://10.0.0.1/',
      'blob:https://hooks.customer.com/1',
      'mailto:root@10.0.0.1',
      `${'x'.repeat(500)}://hooks.customer.com/`,
    ],
  ],
  [
    'form',
    [
      'https:hooks.customer.com',
      'https:/hooks.customer.com',
      'https:///hooks.customer.com',
      'https:////hooks.customer.com',
      'https:root:s3cret@good.com',
    ],
  ],
  [
    'userinfo',
    [
      'https://good.com@10.0.0.1/',
      'https://good.com:443@10.0.0.1/',
      'https://root:s3cret@hooks.customer.com/',
      'https://s3cret@hooks.customer.com/',
      'https://@hooks.customer.com/',
      'https://:@hooks.customer.com/',
      'https://good.com%2f@10.0.0.1/',
      'https://good.com&@10.0.0.1/',
      'https://a@b@10.0.0.1/',
      'https://[::1]@10.0.0.1/',
      'http://127.0.0.1:3000@10.0.0.1/',
    ],
  ],
  [
    'fragment',
    ['https://hooks.customer.com/#s3cret', 'https://hooks.customer.com/#', 'https://10.0.0.1#.good.com/', 'https://good.com#@10.0.0.1/'],
  ],
  [
    'address',
    [
      'https://127.0.0.1/',
      'https://127.0.0.1./',
      'https://127.0.0.1../',
      'https://10.0.0.1/?token=s3cret',
      'https://172.16.0.1/',
      'https://192.168.1.1/',
      'https://169.254.169.254/latest/meta-data/',
      'https://100.100.100.200/latest/meta-data/',
      'https://0.0.0.0/',
      'https://255.255.255.255/',
      'https://8.8.8.8/',
      'https://1.1.1.1:8443/',
      // Decimal, hexadecimal, octal, short and mixed forms.
      'https://2130706433/',
      'https://0/',
      'https://0x7f000001/',
      'https://0X7F000001/',
      'https://0x7f.0x0.0x0.0x1/',
      'https://0177.0.0.1/',
      'https://017700000001/',
      'https://0177.0x0.0.1/',
      'https://127.1/',
      'https://127.0.1/',
      'https://0x7f.1/',
      'https://0x7f.1../',
      'https://0xa9fea9fe/',
      'https://2852039166/',
      'https://0251.0376.0251.0376/',
      'https://169.254.43518/',
      'https://00000010.0.0.1/',
      // Full-width, circled and percent-encoded digits, ideographic and full-width dots, an invisible hyphen.
      'https://１２７.０.０.１/',
      'https://127。0。0。1/',
      'https://169．254．169．254/',
      'https://①②⑦.⓪.⓪.①/',
      'https://⑯⑨.254.169.254/',
      'https://𝟏𝟐𝟕.𝟎.𝟎.𝟏/',
      'https://%31%32%37.0.0.1/',
      'https://127%2e0%2e0%2e1/',
      'https://127.0.0\u00ad.1/',
      // IPv6 in all its forms.
      'https://[::1]/',
      'https://[::]/',
      'https://[0:0:0:0:0:0:0:1]/',
      'https://[0000:0000:0000:0000:0000:0000:0000:0001]:8443/',
      'https://[::ffff:127.0.0.1]/',
      'https://[::FFFF:7F00:1]/',
      'https://[::ffff:a9fe:a9fe]/',
      'https://[::127.0.0.1]/',
      'https://[fe80::1]/',
      'https://[fc00::1]/',
      'https://[fd00:ec2::254]/',
      'https://[64:ff9b::10.0.0.1]/',
      'https://[2002:7f00:1::]/',
      'https://[2001:0:0:0:0:0:f5ff:fffe]/',
      'https://[ff02::1]/',
      'https://[2606:4700:4700::1111]/',
    ],
  ],
  [
    'private',
    [
      'https://localhost/',
      'https://LOCALHOST./',
      'https://localhost../',
      'https://a.localhost/',
      'https://ｌｏｃａｌｈｏｓｔ/',
      'https://%6c%6f%63alhost/',
      'https://localhost.localdomain/',
      'https://printer.local/',
      'https://kubernetes.default.svc.cluster.local/',
      'https://metadata.google.internal/computeMetadata/v1/',
      'https://metadata.google.internal./',
      'https://METADATA.GOOGLE.INTERNAL/',
      'https://metadata。google。internal/',
      'https://host.docker.internal:8443/',
      'https://nas.lan/',
      'https://router.home.arpa/',
      'https://1.0.0.127.in-addr.arpa/',
      'https://wiki.intranet/',
      'https://git.corp/',
      'https://nas.home/',
      'https://db.private/',
      'https://smtp.mail/',
    ],
  ],
  [
    'reserved',
    ['https://hooks.test/', 'https://hooks.invalid/', 'https://hooks.example/', 'https://expyuzz4wqqyqhjn.onion/', 'https://hooks.alt./'],
  ],
  ['dotless', ['https://metadata/', 'https://kubernetes/', 'https://redis:8443/', 'https://com./', 'https://intern/']],
  [
    'name',
    [
      'https://hooks_.customer.com/',
      'https://_dmarc.customer.com/',
      'https://hooks!.customer.com/',
      'https://*.customer.com/',
      "https://ho'oks.customer.com/",
      'https://hooks;customer.com/',
      'https://hooks$.customer.com/',
      'https://-hooks.customer.com/',
      'https://hooks-.customer.com/',
      'https://hooks..customer.com/',
      'https://.customer.com/',
      'https://hooks.customer.com../',
      `https://${'a'.repeat(64)}.customer.com/`,
      `https://${'abcdefghi.'.repeat(26)}com/`,
    ],
  ],
  [
    'port',
    [
      'https://hooks.customer.com:80/',
      'https://hooks.customer.com:22/',
      'https://hooks.customer.com:6379/',
      'https://hooks.customer.com:0/',
      'https://hooks.customer.com:8444/',
    ],
  ],
  [
    'own',
    [
      'https://engine.customer.com/api/jobs',
      'https://ENGINE.Customer.COM./',
      'https://engine.customer.com:8443/',
      'https://engine。customer。com/',
      'https://%65ngine.customer.com/',
      'https://api.customer.com:8443/',
      'https://api.customer.com.:8443/',
    ],
  ],
];

const good: readonly string[] = [
  'https://hooks.customer.com',
  'https://hooks.customer.com/',
  'https://hooks.customer.com/jobs/done?token=abc&empty=',
  'HTTPS://Hooks.Customer.Com/Path',
  'https://customer.com/hook',
  'https://customer.com./hook',
  'https://example.com/hook',
  'https://hooks.customer.com:443/hook',
  'https://hooks.customer.com:/hook',
  'https://hooks.customer.com:2053/hook',
  'https://hooks.customer.com:2083/hook',
  'https://hooks.customer.com:2087/hook',
  'https://hooks.customer.com:2096/hook',
  'https://hooks.customer.com:8443/hook',
  'https://api.customer.com/hook',
  'https://my-app-42.customer.co.uk/hook',
  'https://8.customer.com/hook',
  'https://127.0.0.1.customer.com/hook',
  'https://localhost.customer.com/hook',
  'https://internal.customer.com/hook',
  'https://local.dev/hook',
  'https://test.io/hook',
  'https://bücher.de/hook',
  'https://xn--bcher-kva.de/hook',
  'https://例え.jp/hook',
  'https://my-app.workers.dev/hook',
  'https://a--b.customer.com/hook',
  `https://${'a'.repeat(63)}.customer.com/hook`,
  'https://hooks.customer.com/a@b:c/%5C/%20?next=http://10.0.0.1/&x=@',
  `https://hooks.customer.com/${'a'.repeat(2021)}`,
  'https://10.0.0.1.nip.io/judged-by-its-addresses',
];

const refusalOf = (url: string, rules: DestinationRules): string => {
  const verdict = judgeUrl(url, rules);
  if (verdict.ok) throw new Error(`accepted as ${verdict.value.href}`);
  return verdict.error;
};

describe('a deployed engine', () => {
  const cases = hostile.flatMap(([reason, urls]) => urls.map((url) => ({ reason, url, shown: JSON.stringify(url.slice(0, 80)) })));

  test.each(cases)('refuses $shown, since it $reason', ({ reason, url }) => {
    expect(refusalOf(url, deployed)).toMatch(reasons[reason]);
  });

  test('repeats neither credentials nor a query, and says what to do in few words', () => {
    for (const { url } of cases) {
      const error = refusalOf(url, deployed);
      expect(error).not.toContain('s3cret');
      expect(error).not.toMatch(/\.$/);
      expect(error.length).toBeLessThan(120);
    }
  });

  test.each(good)('accepts %s', (url) => {
    expect(judgeUrl(url, deployed)).toEqual({ ok: true, value: new URL(url) });
  });

  test('refuses its own name on the ports that were named, and on those alone', () => {
    const rules = { local: false, ownHosts: ['engine.customer.com:443'] };
    expect(refusalOf('https://engine.customer.com/', rules)).toMatch(reasons.own);
    expect(judgeUrl('https://engine.customer.com:8443/', rules).ok).toBe(true);
    expect(judgeUrl('https://other.customer.com/', rules).ok).toBe(true);
  });

  test('answers every text with a verdict, and accepts no address and no dotless host', () => {
    const hosts = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.ipV4Extended().map((ip) => `https://${ip}/`),
      fc.ipV6().map((ip) => `https://[${ip}]/`),
    );
    fc.assert(
      fc.property(hosts, (text) => {
        const verdict = judgeUrl(text, deployed);
        if (!verdict.ok) return;
        expect(verdict.value.protocol).toBe('https:');
        expect(verdict.value.hostname).toMatch(/^([a-z0-9-]+\.)+[a-z][a-z0-9-]*\.?$/);
      }),
    );
  });
});

describe('the local environment', () => {
  test.each([
    'http://127.0.0.1',
    'http://127.0.0.1/',
    'http://127.0.0.1:3000/hook?token=abc',
    'HTTP://127.0.0.1:65535/hook',
    'http://127.0.0.1?x=1',
    'https://hooks.customer.com/hook',
  ])('accepts %s', (url) => {
    expect(judgeUrl(url, local)).toEqual({ ok: true, value: new URL(url) });
  });

  test.each([
    'http://localhost:3000/',
    'https://localhost/',
    'http://app.localhost:3000/',
    'http://localhost.:3000/',
    'http://[::1]:3000/',
    'http://[::ffff:127.0.0.1]:3000/',
    'http://0.0.0.0:3000/',
    'http://0:3000/',
    'http://127.0.0.2:3000/',
    'http://127.1:3000/',
    'http://0x7f000001:9/',
    'http://2130706433:9/',
    'http://0177.0.0.1:9/',
    'http://127.0.0.1.:9/',
    'http://127。0。0。1:9/',
    'http://１２７.0.0.1:9/',
    'http://%3127.0.0.1:9/',
    'http:127.0.0.1:9/',
    'https://127.0.0.1:9/',
  ])('tells how to spell %s', (url) => {
    expect(refusalOf(url, local)).toMatch(reasons.loopback);
  });

  test.each([
    ['own', 'http://127.0.0.1:8787/api/jobs'],
    ['own', 'http://127.0.0.1:8788/api/jobs'],
    ['scheme', 'http://10.0.0.1:3000/'],
    ['scheme', 'http://192.168.1.1/'],
    ['scheme', 'http://169.254.169.254/'],
    ['scheme', 'http://hooks.customer.com/'],
    ['scheme', 'http://127.0.0.1.nip.io/'],
    ['scheme', 'ftp://hooks.customer.com/'],
    ['userinfo', 'http://root@127.0.0.1:3000/'],
    ['userinfo', 'http://127.0.0.1:3000@10.0.0.1/'],
    ['fragment', 'http://127.0.0.1:3000/#a'],
    ['address', 'https://10.0.0.1/'],
    ['private', 'https://nas.lan/'],
    ['backslash', 'http://127.0.0.1\\@10.0.0.1/'],
    ['invalid', 'http://127.0.0.1:99999/'],
  ] as const)('refuses, since it is %s, %s', (reason, url) => {
    expect(refusalOf(url, local)).toMatch(reasons[reason]);
  });
});
