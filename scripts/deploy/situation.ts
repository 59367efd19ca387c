/** Where every command but the making of things begins: what the wrangler files want, what the account has, and where the engine is reached. */
import { fail, ok } from '@mcpoverflow/types';
import { explained } from './access.ts';
import { type Found, look } from './found.ts';
import type { Outcome, Session } from './session.ts';
import { type Site, siteOf } from './site.ts';
import { readWanted, type Wanted } from './wanted.ts';

export interface Situation {
  readonly wanted: Wanted;
  readonly found: Found;
  readonly site: Site;
}

/** Looks; changes nothing. The error is a sentence: what cannot be read, or is no address. */
export async function situationOf(session: Session): Outcome<Situation> {
  const { project, invocation, environment } = session;
  const wanted = readWanted(project, invocation.environment);
  if (!wanted.ok) return wanted;
  const found = await lookAt(session, wanted.value);
  if (!found.ok) return found;
  const site = siteOf(wanted.value, found.value, environment.ENGINE_DOMAIN || undefined);
  return site.ok ? ok({ wanted: wanted.value, found: found.value, site: site.value }) : site;
}

/** Looks, with the trouble in words. */
export async function lookAt({ account, terminal }: Session, wanted: Wanted): Outcome<Found> {
  const found = await look(account, wanted, terminal.now());
  return found.ok ? found : fail(explained(found.error));
}
