import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerSample, maskUrl } from './mask.ts';

const URL_WITHOUT_QUERY = 'https://hooks.customer.com/hook';
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const sampleOf = (answer: string, url = URL_WITHOUT_QUERY): string => answerSample(bytesOf(answer), url);

describe('a URL in the log', () => {
  test.each([
    ['https://hooks.customer.com/hook', 'https://hooks.customer.com/hook'],
    ['https://hooks.customer.com:8443/a%20b/', 'https://hooks.customer.com:8443/a%20b/'],
    ['https://hooks.customer.com', 'https://hooks.customer.com/'],
    ['https://hooks.customer.com/hook?token=s3cret', 'https://hooks.customer.com/hook?token=***'],
    ['https://hooks.customer.com/hook?a=1&b=&b=s3cret', 'https://hooks.customer.com/hook?a=***&b=***&b=***'],
    ['https://hooks.customer.com/hook?token=s3=cret', 'https://hooks.customer.com/hook?token=***'],
    ['https://hooks.customer.com/hook?s3cret', 'https://hooks.customer.com/hook?***'],
    ['https://hooks.customer.com/hook?=s3cret', 'https://hooks.customer.com/hook?=***'],
    ['https://hooks.customer.com/hook?&&', 'https://hooks.customer.com/hook'],
    ['https://root:s3cret@hooks.customer.com/hook', 'https://hooks.customer.com/hook'],
    ['https://hooks.customer.com/hook#s3cret', 'https://hooks.customer.com/hook'],
    ['http://127.0.0.1:3000/hook?token=s3cret', 'http://127.0.0.1:3000/hook?token=***'],
    ['s3cret', '***'],
    ['', '***'],
    ['javascript:s3cret', '***'],
    ['data:text/plain,s3cret', '***'],
  ])('%s is shown as %s', (url, shown) => {
    expect(maskUrl(url)).toBe(shown);
  });
});

describe('the sample of an answer', () => {
  test('is the text itself when there is nothing to hide', () => {
    expect(sampleOf('{"ok":true,\n\t"greeting":"Grüße 🚀"}')).toBe('{"ok":true,\n\t"greeting":"Grüße 🚀"}');
    expect(sampleOf('')).toBe('');
  });

  test('ends after 1 KiB, between two characters', () => {
    expect(sampleOf('a'.repeat(5000))).toBe('a'.repeat(1024));
    expect(sampleOf(`a${'é'.repeat(5000)}`)).toBe(`a${'é'.repeat(511)}`);
    expect(sampleOf(`ab${'🚀'.repeat(5000)}`)).toBe(`ab${'🚀'.repeat(255)}`);
  });

  test('drops a character that the reading limit cut, and shows what is not UTF-8 as such', () => {
    expect(answerSample(bytesOf('Grü').subarray(0, 3), URL_WITHOUT_QUERY)).toBe('Gr');
    expect(answerSample(new Uint8Array([0x61, 0xff, 0x62]), URL_WITHOUT_QUERY)).toBe('a\uFFFDb');
  });

  test('keeps line breaks and tabs, and no other control character', () => {
    expect(sampleOf('a\r\nb\tc\u001b[2Jd\u0000e\u0007f\u009bg\rh')).toBe('a\nb\tc\uFFFD[2Jd\uFFFDe\uFFFDf\uFFFDg\uFFFDh');
    expect(sampleOf('user\u202etxt.exe\u2066')).toBe('user\uFFFDtxt.exe\uFFFD');
  });

  test.each([
    ['key: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw!', 'key: whsec_***!'],
    ['{"key":"whsec_MfKQ\\/r8GK+w=="}', '{"key":"whsec_***"}'],
    ['?key=whsec_MfKQ%2Fr8GK&x=1', '?key=whsec_***&x=1'],
    ['Authorization: Bearer eyJhbGciOi.J9-_.x~y+z/=, rest', 'Authorization: Bearer ***, rest'],
    ['authorization: basic cm9vdDpzM2NyZXQ=\nnext', 'authorization: basic ***\nnext'],
    ['{"authorization":"Bearer abc"}', '{"authorization":"Bearer ***"}'],
    ['auth=Bearer%20abcdef&x=1', 'auth=Bearer ***&x=1'.replace(' ', '%20')],
  ])('hides credentials: %s', (answer, sample) => {
    expect(sampleOf(answer)).toBe(sample);
  });

  test.each([
    ['token=s3cret', 'POST /hook?token=s3cret HTTP/1.1', 'POST /hook?*** HTTP/1.1'],
    ['token=s3cret', 'bad token "s3cret"', 'bad token "***"'],
    ['a=first&b=second', 'second, then first', '***, then ***'],
    ['s3cret', 'unknown: s3cret', 'unknown: ***'],
    ['token=a%2fb%20c', 'a%2fb%20c a/b c a%2Fb%20c a\\/b c', '*** *** *** ***'],
    ['token=a+b+c', 'got a b c', 'got ***'],
    ['token=say%22hi%22', '{"token":"say\\"hi\\""}', '{"token":"***"}'],
    ['token=abcd&other=abcdefgh', 'abcdefgh abcd', '*** ***'],
    ['token=aaaa', 'aaaaaaa', '***'],
    ['token=whse', 'whsec_MfKQ9r8GKYqr', '***c_***'],
    ['token=Bear', 'Bearer abcdef', '***er ***'],
    ['token=****', '**** and ***', '*** and ***'],
    ['page=1&ok=yes', 'yes, page 1', 'yes, page 1'],
    ['', 'nothing', 'nothing'],
  ])('hides what the receiver echoes of ?%s: %s', (query, answer, sample) => {
    expect(sampleOf(answer, `${URL_WITHOUT_QUERY}?${query}`)).toBe(sample);
  });

  test('hides a secret that straddles its end', () => {
    const url = `${URL_WITHOUT_QUERY}?token=0123456789`;
    for (let before = 1010; before <= 1024; before += 1) {
      expect(sampleOf(`${'a'.repeat(before)}0123456789`, url)).not.toMatch(/\d/);
      expect(sampleOf(`${'a'.repeat(before)} Bearer 0123456789`, url)).not.toMatch(/\d/);
      expect(sampleOf(`${'a'.repeat(before)} whsec_0123456789`, url)).not.toMatch(/\d/);
    }
  });

  test('hides the beginning of a secret that even the examined part cuts', () => {
    const token = '0123456789';
    const answer = token.repeat(2000);
    for (let before = 0; before < token.length; before += 1) {
      expect(sampleOf(`${'a'.repeat(before)}${answer}`, `${URL_WITHOUT_QUERY}?token=${token}`)).toBe(`${'a'.repeat(before)}***`);
    }
  });

  test('never holds a value of the query, and stays within 1 KiB and the printable', () => {
    const token = fc.string({ minLength: 4, maxLength: 40 }).filter((text) => !/[*\uFFFD]/.test(text) && text.trim() !== '');
    fc.assert(
      fc.property(token, fc.array(fc.string({ maxLength: 300 }), { maxLength: 8 }), (value, pieces) => {
        const sample = sampleOf(pieces.join(value), `${URL_WITHOUT_QUERY}?token=${encodeURIComponent(value)}`);
        expect(sample).not.toContain(value);
        expect(bytesOf(sample).byteLength).toBeLessThanOrEqual(1024);
      }),
    );
  });

  test('any bytes and any URL give a sample', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true })), (bytes, url) => {
        expect(answerSample(bytes, url)).not.toMatch(/[^\P{Cc}\n\t]/u);
      }),
    );
  });
});

test('a signature of ours that a receiver echoes is masked: whoever reads the log could send it again', () => {
  const echoed = `webhook-signature: v1,${'A'.repeat(43)}= v1,${'b'.repeat(43)}=`;
  expect(answerSample(new TextEncoder().encode(echoed), 'https://hooks.customer.com/')).toBe('webhook-signature: v1,*** v1,***');
});
