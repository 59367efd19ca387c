/** `GET /docs`: the contract for reading. Without scripts and other hosts, with its own styles alone, and the policy says so. */
import { docsPage, docsStylesHash } from '../docs.generated.ts';
import type { Route } from '../route.ts';

export const docsRoute: Route = {
  method: 'get',
  path: '/docs',
  scope: null,
  handler: (c) =>
    c.html(docsPage, 200, {
      'Cache-Control': 'private, max-age=300',
      'Content-Security-Policy': `default-src 'none'; style-src '${docsStylesHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    }),
};
