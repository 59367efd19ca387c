/** Who deploys, and into which account: from the environment, else from wrangler's login, else the only one there is. */
import { fail, ok, type Result } from '@mcpoverflow/types';
import * as z from 'zod';
import type { Cloudflare, Trouble } from './cloudflare/client.ts';
import { configurationFiles, roles, type Wanted } from './wanted.ts';
import type { Wrangler } from './wrangler.ts';

export const CLOUDFLARE_API = 'https://api.cloudflare.com/client/v4';

type Environment = Readonly<Record<string, string | undefined>>;

/** A token for Cloudflare's API; the error says how to get one. */
export async function tokenFrom(environment: Environment, wrangler: Pick<Wrangler, 'loggedInToken'>): Promise<Result<string, string>> {
  const given = environment.CLOUDFLARE_API_TOKEN?.trim();
  if (given) return ok(given);
  const token = await wrangler.loggedInToken();
  if (token.ok) return token;
  return fail(
    'Nobody is logged in. Either run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN (dashboard, My Profile, API Tokens, template "Edit Cloudflare Workers" and the permission Queues: Edit).',
  );
}

/** The id of the account; the error is a sentence. */
export async function accountIdFrom(environment: Environment, cloudflare: Cloudflare): Promise<Result<string, string>> {
  const given = environment.CLOUDFLARE_ACCOUNT_ID?.trim();
  if (given) return /^[\w-]{1,64}$/.test(given) ? ok(given) : fail('CLOUDFLARE_ACCOUNT_ID is not the id of an account.');
  const accounts = await cloudflare.list('/accounts', z.object({ id: z.string(), name: z.string() }));
  if (!accounts.ok) return fail(explained(accounts.error));
  const [only, ...others] = accounts.value;
  if (only !== undefined && others.length === 0) return ok(only.id);
  if (only === undefined)
    return fail('The token is for no account that it may name. Set CLOUDFLARE_ACCOUNT_ID (dashboard, Workers & Pages).');
  const lines = accounts.value.map(({ id, name }) => `  ${id}  ${name}`);
  return fail(`The token is for several accounts. Set CLOUDFLARE_ACCOUNT_ID to one of them:\n${lines.join('\n')}`);
}

/** Wrangler prefers the account of a file: Workers would go there, and queues and namespace elsewhere. The error is a sentence. */
export function oneAccount(wanted: Wanted, accountId: string): Result<undefined, string> {
  const stranger = roles.find((role) => (wanted.workers[role].accountId ?? accountId) !== accountId);
  if (stranger === undefined) return ok(undefined);
  return fail(
    `${configurationFiles[stranger]} names the account ${wanted.workers[stranger].accountId}, and this run is for ${accountId}. Take account_id out of the file, or set CLOUDFLARE_ACCOUNT_ID to the same.`,
  );
}

/** What a call came to, with what to do about it where that is known. */
export function explained({ sentence, status, kind }: Trouble): string {
  if (status === 401 || status === 403) {
    return `${sentence}\nThe token is not valid, or may not do that: it needs to edit Workers Scripts, Workers KV Storage and Queues of this account. \`npx wrangler whoami\` shows what it may do.`;
  }
  return kind === 'unavailable' ? `${sentence}\nThat may pass by itself: https://www.cloudflarestatus.com` : sentence;
}
