/** Where callers reach the deployed engine: its custom domain where it has one, else its name below workers.dev. Pure. */
import { fail, ok, type Result } from '@mcpoverflow/types';
import type { Found } from './found.ts';
import type { Wanted } from './wanted.ts';

export interface Site {
  /** Without a slash at its end. */
  readonly url: string;
  /** The custom domain that is to lead to the api. */
  readonly domain: string | undefined;
}

const hostname = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

/** `asked` is ENGINE_DOMAIN; without it a domain that leads to the api already is kept. The error is a sentence. */
export function siteOf(wanted: Wanted, found: Found, asked: string | undefined): Result<Site, string> {
  const { name } = wanted.workers.api;
  const domain = asked ?? found.domains.find(({ service }) => service === name)?.hostname;
  if (domain !== undefined) {
    if (!hostname.test(domain))
      return fail(`ENGINE_DOMAIN must be a host name in small letters, such as ai.example.com; it is "${domain}".`);
    const holder = found.domains.find((each) => each.hostname === domain);
    if (holder !== undefined && holder.service !== name) {
      return fail(
        `${domain} leads to the Worker ${holder.service}, and is not taken away from it. Give ${wanted.environment} another ENGINE_DOMAIN, or remove the domain there first (dashboard, Workers & Pages, ${holder.service}, Domains).`,
      );
    }
    return ok({ url: `https://${domain}`, domain });
  }
  if (found.workersDevName === undefined) {
    return fail(
      'The account has no workers.dev name yet. Open Workers & Pages in the dashboard once, which makes one, or set ENGINE_DOMAIN.',
    );
  }
  return ok({ url: `https://${name}.${found.workersDevName}.workers.dev`, domain: undefined });
}
