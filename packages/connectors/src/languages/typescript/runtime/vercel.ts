/**
 * The endpoint as a Vercel function: web-standard already, so only its settings are handed over.
 */
import worker from './worker.ts';

export default { fetch: (request: Request): Promise<Response> => worker.fetch(request, process.env) };
