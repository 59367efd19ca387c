/** The producer Worker: HTTP in, queue out. */
import { createApp } from './app.ts';
import { routes } from './routes.ts';

export default createApp(routes);
