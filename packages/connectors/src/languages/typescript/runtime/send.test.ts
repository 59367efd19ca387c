import { describe, expect, test } from 'vitest';
import { type Clockwork, RefusedRedirect, send } from './send.ts';

/** Answers one response after the other and notes what was asked and waited for. */
function scripted(...responses: Response[]): Clockwork & { readonly asked: Request[]; readonly waited: number[] } {
  const asked: Request[] = [];
  const waited: number[] = [];
  return {
    asked,
    waited,
    fetch: async (request) => {
      asked.push(request);
      return responses.shift() ?? new Response('end');
    },
    sleep: async (ms) => {
      waited.push(ms);
    },
  };
}

const get = () => new Request('https://api.example/a', { headers: { Authorization: 'Bearer t' } });
const redirect = (status: number, location: string) => new Response(null, { status, headers: { Location: location } });

describe('redirects', () => {
  test('are followed on the same origin', async () => {
    const clockwork = scripted(redirect(302, '/b'));
    expect(await (await send(get(), 1000, clockwork)).text()).toBe('end');
    expect(clockwork.asked.map((request) => request.url)).toEqual(['https://api.example/a', 'https://api.example/b']);
    expect(clockwork.asked[1]?.headers.get('Authorization')).toBe('Bearer t');
  });

  test.each(['https://evil.example/b', 'http://api.example/b', 'https://api.example:444/b'])('to %s are refused', async (location) => {
    const clockwork = scripted(redirect(307, location));
    await expect(send(get(), 1000, clockwork)).rejects.toThrow(RefusedRedirect);
    expect(clockwork.asked).toHaveLength(1);
  });

  test('end after three', async () => {
    const clockwork = scripted(...Array.from({ length: 9 }, () => redirect(302, '/a')));
    await expect(send(get(), 1000, clockwork)).rejects.toThrow('too often');
    expect(clockwork.asked).toHaveLength(4);
  });

  test('keep method and body only where HTTP says so', async () => {
    const post = () => new Request('https://api.example/a', { method: 'POST', body: 'x' });
    const kept = scripted(redirect(308, '/b'));
    await send(post(), 1000, kept);
    expect([kept.asked[1]?.method, await kept.asked[1]?.text()]).toEqual(['POST', 'x']);
    const changed = scripted(redirect(303, '/b'));
    await send(post(), 1000, changed);
    expect([changed.asked[1]?.method, await changed.asked[1]?.text()]).toEqual(['GET', '']);
  });
});

describe('an API that is busy', () => {
  const busy = (after?: string) => new Response('busy', { status: 429, headers: after === undefined ? {} : { 'Retry-After': after } });

  test('is asked again after the time it names, twice at most', async () => {
    const clockwork = scripted(busy('2'), busy('0'), busy('1'));
    expect((await send(get(), 1000, clockwork)).status).toBe(429);
    expect(clockwork.waited).toEqual([2000, 0]);
  });

  test('may name the time as a date, which its own clock turns into a wait', async () => {
    const headers = { Date: 'Wed, 21 Oct 2026 07:28:00 GMT', 'Retry-After': 'Wed, 21 Oct 2026 07:28:03 GMT' };
    const clockwork = scripted(new Response('busy', { status: 503, headers }));
    expect((await send(get(), 1000, clockwork)).status).toBe(200);
    expect(clockwork.waited).toEqual([3000]);
  });

  test('is not waited for when it names no time or a long one', async () => {
    for (const answer of [busy(), busy('3600'), busy('Wed, 21 Oct 2026 07:28:00 GMT')]) {
      const clockwork = scripted(answer);
      expect((await send(get(), 1000, clockwork)).status).toBe(429);
      expect(clockwork.waited).toEqual([]);
    }
  });
});
