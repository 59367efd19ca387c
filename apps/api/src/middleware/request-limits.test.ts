import { expect, it } from 'vitest';
import { FakeEngine } from '../testing/fake-engine.ts';

const deployed = { ENVIRONMENT: 'production', AUTH: 'keys' };

it('an address that no honest caller has is refused before anything is looked at', async () => {
  const engine = new FakeEngine(deployed);
  const response = await engine.request(`/api/jobs?cursor=${'x'.repeat(8_192)}`);
  expect(response.status).toBe(414);
  expect(await response.json()).toMatchObject({ code: 'address-too-long' });
  expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
  expect(engine.counted).toEqual([]);
});

it('headers of 32 KiB and more are refused, those of honest callers are not', async () => {
  const engine = new FakeEngine();
  const headersOf = (characters: number) => ({ headers: { 'X-Padding': 'x'.repeat(characters) } });
  const refused = await engine.request('/api/jobs', headersOf(32_768));
  expect(refused.status).toBe(431);
  expect(await refused.json()).toMatchObject({ code: 'headers-too-large' });
  expect((await engine.request('/api/jobs', headersOf(16_000))).status).toBe(200);
});
