/** What the server says about itself; needs no key. */
import type { Hono } from 'hono';

export interface ServerDetails {
  readonly version: string;
  readonly startedAt: number;
  readonly now: () => number;
}

/** Serves the calls that ask after the server itself; none of them can fail. `startedAt` and `now` are epoch milliseconds. */
export function registerServer(app: Hono, details: ServerDetails): void {
  for (const path of ['/', '/alive', '/health']) app.get(path, (c) => c.json({ status: 'ok' }));
  app.get('/ready', (c) => c.json({ status: 'ready' }));
  app.get('/server_info', (c) =>
    c.json({
      title: 'MCPoverflow embedded agent',
      version: details.version,
      uptime: (details.now() - details.startedAt) / 1000,
      idle_time: 0,
      usable_tools: [],
      capabilities: [],
    }),
  );
}
