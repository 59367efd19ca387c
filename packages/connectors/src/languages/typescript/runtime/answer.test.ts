import { describe, expect, test } from 'vitest';
import { answerOf, shortJson } from './answer.ts';

const read = (response: Response, maxLength = 1000, missingCredentials: string[] = [], graphql = false) =>
  answerOf(response, { maxLength, missingCredentials, method: 'GET', graphql });
const text = ({ result }: Awaited<ReturnType<typeof answerOf>>) =>
  result.content.map((part) => (part.type === 'text' ? part.text : part.type)).join('\n');
const json = (value: unknown, status = 200, headers: Record<string, string> = {}) => Response.json(value, { status, headers });

describe('an answer', () => {
  test('is handed on as it is when it fits', async () => {
    expect(text(await read(json({ a: 1 })))).toBe('{"a":1}');
    expect(text(await read(new Response(null, { status: 204 })))).toContain('204');
  });

  test('that is too long is shortened as JSON, with a note', async () => {
    const list = Array.from({ length: 5000 }, (_, id) => ({ id, name: 'n'.repeat(20) }));
    const { result, json: short } = await read(json({ list }), 2000);
    const [first, note] = result.content;
    expect(first?.type === 'text' && first.text.length <= 2000 && JSON.parse(first.text).list[0].id).toBe(0);
    expect(note?.type === 'text' && note.text).toContain('shortened');
    expect(first?.type === 'text' && JSON.parse(first.text)).toEqual(short);
  });

  test('is read in the charset that it names, and as UTF-8 where nobody knows that', async () => {
    const of = async (charset: string, bytes: number[]) =>
      text(await read(new Response(new Uint8Array(bytes), { headers: { 'Content-Type': `text/plain; charset=${charset}` } })));
    expect(await of('ISO-8859-1', [0xe9, 0x80])).toBe('é€');
    expect(await of('"Shift_JIS"', [0x83, 0x65])).toBe('テ');
    expect(await of('nobody-knows', [0xc3, 0xa9])).toBe('é');
  });

  test('that is an image, sound or other bytes travels as such', async () => {
    const of = async (type: string) =>
      (await read(new Response(new Uint8Array([1, 2]), { headers: { 'Content-Type': type } }))).result.content[0];
    expect(await of('image/png')).toEqual({ type: 'image', data: 'AQI=', mimeType: 'image/png' });
    expect(await of('audio/wav')).toEqual({ type: 'audio', data: 'AQI=', mimeType: 'audio/wav' });
    expect(await of('application/zip')).toMatchObject({ type: 'resource', resource: { blob: 'AQI=' } });
  });
});

describe('a refusal', () => {
  test('is an error result with status, request id and body', async () => {
    const answer = await read(json({ message: 'no' }, 422, { 'X-Request-Id': 'r1' }));
    expect(answer.result.isError).toBe(true);
    expect(text(answer)).toMatch(/422[\s\S]*r1[\s\S]*"no"/);
  });

  test('for want of credentials names the variables to set', async () => {
    expect(text(await read(json({}, 401), 1000, ['API_KEY']))).toContain('set API_KEY');
    expect(text(await read(json({}, 404), 1000, ['API_KEY']))).not.toContain('API_KEY');
  });

  test('of GraphQL comes with status 200', async () => {
    const refusal = json({ data: null, errors: [{ message: 'no such field' }] });
    const answer = await read(refusal, 1000, [], true);
    expect(answer.result.isError).toBe(true);
    expect(text(answer)).toContain('no such field');
    expect((await read(json({ data: {}, errors: [] }), 1000, [], true)).result.isError).toBeUndefined();
    expect((await read(json({ errors: ['of another API'] }))).result.isError).toBeUndefined();
  });

  test('is trimmed', async () => {
    expect(text(await read(new Response('x'.repeat(100_000), { status: 500 }))).length).toBeLessThan(5000);
  });
});

test('whatever is shortened stays JSON and within the limit', () => {
  for (const value of ['x'.repeat(9999), [[['x'.repeat(999)]]], Object.fromEntries(Array.from({ length: 999 }, (_, n) => [`k${n}`, n]))]) {
    const short = shortJson(value, 300);
    expect(short.length).toBeLessThanOrEqual(300);
    expect(() => JSON.parse(short)).not.toThrow();
  }
});
