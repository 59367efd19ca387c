/** A page of a list: its body, and where the next one is (RFC 8288). */
import type { ApiContext } from './env.ts';
import type { Refusal } from './problems.ts';

export const invalidCursor: Refusal = {
  code: 'invalid-cursor',
  detail: 'Follow the `next` of an earlier page, or start without a cursor.',
};

/** Answers with a page; `next` is the cursor of the one that follows. */
export function pageResponse(c: ApiContext, page: { readonly next?: string | undefined }): Response {
  const headers: Record<string, string> = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  if (page.next !== undefined) {
    const next = new URL(c.req.url);
    next.searchParams.set('cursor', page.next);
    headers.Link = `<${next.pathname}${next.search}>; rel="next"`;
  }
  return new Response(JSON.stringify(page), { headers });
}
