/** How a command line finds the engine and proves who it is: from flags and the environment, without I/O. */
import * as z from 'zod';

type Environment = Readonly<Record<string, string | undefined>>;

const usualUrl = 'http://127.0.0.1:8787';

/** The engine's address as the environment names it; else the local one, on the port that `npm start` uses. */
export const urlFrom = (environment: Environment): string =>
  environment.MCPOVERFLOW_URL || (environment.PORT ? `http://127.0.0.1:${environment.PORT}` : usualUrl);

export const keyFrom = (environment: Environment): string | undefined => environment.MCPOVERFLOW_API_KEY || undefined;

export const urlSchema = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });

/** What a header can hold. Anything else would be quoted, key and all, by the error of whoever refuses it. */
export const keySchema = z.string().regex(/^[\u0020-\u007e]+$/, 'must be printable ASCII');

/** The flag that a command needs to be pasted elsewhere; none for the usual address. */
export const urlFlag = (url: string): string => (url === usualUrl ? '' : ` --url ${url}`);
