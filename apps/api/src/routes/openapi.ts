/** `GET /openapi.json`: the contract, generated from the schemas the routes validate with. */
import document from '../openapi.generated.json' with { type: 'json' };
import type { Route } from '../route.ts';

export const openapiRoute: Route = {
  method: 'get',
  path: '/openapi.json',
  scope: null,
  handler: (c) => c.json(document, 200, { 'Cache-Control': 'private, max-age=300' }),
};
