import { webhookEvents } from '@mcpoverflow/types';
import { describe, expect, it } from 'vitest';
import { routes } from '../routes.ts';
import { FakeEngine } from '../testing/fake-engine.ts';
import worker from '../worker.ts';

const { env } = new FakeEngine();

describe('the contract', () => {
  it('is served as OpenAPI 3.1 with every route', async () => {
    const response = await worker.request('/openapi.json', {}, env);
    const document = await response.json<{ openapi: string; paths: Record<string, unknown> }>();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain('/api/jobs/{jobId}/events');
  });

  it.each(['/openapi.json', '/docs'])('is kept by who asked with a key, and by no cache in between: %s', async (path) => {
    const response = await worker.request(path, {}, env);
    expect(response.headers.get('Cache-Control')).toBe('private, max-age=300');
  });

  it('describes the calls that receivers get, with the headers that sign them', async () => {
    const document = await (await worker.request('/openapi.json', {}, env)).json<{
      webhooks: Record<string, { post: { parameters: { name: string }[]; requestBody: unknown } }>;
    }>();
    expect(Object.keys(document.webhooks)).toEqual([...webhookEvents, 'ping']);
    for (const { post } of Object.values(document.webhooks)) {
      expect(post.parameters.map(({ name }) => name)).toEqual(['webhook-id', 'webhook-timestamp', 'webhook-signature']);
      expect(JSON.stringify(post.requestBody)).toMatch(/schemas\/(WebhookBody|PingBody)"/);
    }
    expect(await (await worker.request('/docs', {}, env)).text()).toContain('webhook-signature');
  });

  it('says of every call which scope its key must have', async () => {
    const document = await (await worker.request('/openapi.json', {}, env)).json<{
      paths: Record<string, Record<string, { security: unknown; 'x-required-scope'?: string; responses: Record<string, unknown> }>>;
    }>();
    for (const { method, path, scope } of routes) {
      const operation = document.paths[path]?.[method];
      expect(operation?.security).toEqual(scope === null ? [] : [{ bearer: [] }]);
      expect(operation?.['x-required-scope']).toBe(scope ?? undefined);
      expect(Object.keys(operation?.responses ?? {}).includes('403')).toBe(scope !== null);
    }
    expect(document.paths['/api/dead-letters']?.delete?.security).toEqual([{ bearer: [] }]);
  });

  it('has no reference that leads nowhere', async () => {
    const text = await (await worker.request('/openapi.json', {}, env)).text();
    const { components } = JSON.parse(text);
    const names = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]?.replace('#/components/schemas/', '') ?? '');
    expect(names.filter((name) => !(name in components.schemas))).toEqual([]);
  });

  it('can be read without scripts and without other hosts', async () => {
    const response = await worker.request('/docs', {}, env);
    const page = await response.text();
    expect(response.headers.get('Content-Type')).toContain('text/html');
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(/);
    expect(page).toContain('id="problem-idempotency-mismatch"');
  });
});
