/** The producer Worker: HTTP in, queue out. */
import { createApp } from './app.ts';
import { docsRoute } from './routes/docs.ts';
import { openapiRoute } from './routes/openapi.ts';
import { routes } from './routes.ts';

export default createApp([...routes, openapiRoute, docsRoute]);
