/** Whether an answer is described with a `Link` header (RFC 8288), by which lists tell where their next page is. */
import { objectOr } from '../json.ts';
import type { ApiResponse } from '../model/model.ts';

/** What a response's `headers` add to it. Names of headers have no case. */
export const linkHeader = (headers: unknown): Pick<ApiResponse, 'hasLink'> =>
  Object.keys(objectOr(headers)).some((name) => name.toLowerCase() === 'link') ? { hasLink: true } : {};
