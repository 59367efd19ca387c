/** OpenHands' agent-server protocol as one app: every route there is, and nothing else. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { MAX_FILE_BYTES } from './files.ts';
import { answerErrors, refused } from './protocol-errors.ts';
import { type ConversationPorts, registerConversations } from './routes/conversations.ts';
import { type EventPorts, registerEvents } from './routes/events.ts';
import { type FilePorts, registerFiles } from './routes/files.ts';
import { registerServer, type ServerDetails } from './routes/server.ts';
import { requireSessionKey } from './session-key.ts';

/** A whole file and the multipart lines around it. */
const MAX_BODY_BYTES = MAX_FILE_BYTES + 64 * 1024;

export type ProtocolPorts = ConversationPorts & EventPorts & FilePorts & ServerDetails & { readonly sessionKey: string | undefined };

/** Makes the app over its ports. No state of its own. */
export function createProtocol(ports: ProtocolPorts): Hono {
  const app = new Hono();
  answerErrors(app);
  app.use('/api/*', requireSessionKey(ports.sessionKey));
  app.use(
    '/api/*',
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw refused(413, 'Request body too large');
      },
    }),
  );
  registerServer(app, ports);
  registerConversations(app, ports);
  registerEvents(app, ports);
  registerFiles(app, ports);
  return app;
}
