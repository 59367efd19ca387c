/**
 * A receiver of MCPoverflow webhooks on Node 22.18 or newer. It prints every verified event.
 *
 *   npm ci
 *   WEBHOOK_SECRET=whsec_... PORT=9000 node receiver.ts
 *
 * It listens on loopback: in production a proxy in front of it speaks https.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Webhook } from 'standardwebhooks';

/** Far more than any call has. */
const MAX_BODY_BYTES = 256 * 1024;
const port = Number(process.env.PORT ?? 9000);
const webhook = new Webhook(process.env.WEBHOOK_SECRET ?? '');

/**
 * Throws unless the call is ours, unchanged and not older than five minutes. `body` is what came, byte by
 * byte: parsed and printed again it is another.
 */
function verify(body: Buffer, headers: IncomingHttpHeaders): unknown {
  const header = (name: string): string => String(headers[name] ?? '');
  return webhook.verify(body, {
    'webhook-id': header('webhook-id'),
    'webhook-timestamp': header('webhook-timestamp'),
    'webhook-signature': header('webhook-signature'),
  });
}

/** The whole body. A caller that sends more than we take loses its connection. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error('The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function receive(request: IncomingMessage): Promise<number> {
  if (request.method !== 'POST') return 405;
  const body = await readBody(request);
  try {
    verify(body, request.headers);
  } catch {
    return 400;
  }
  // Keep the event before the answer: after a 2xx it does not come again.
  console.log(`${request.headers['webhook-id']} ${body}`);
  return 204;
}

createServer((request, response) => {
  receive(request).then(
    (status) => response.writeHead(status).end(),
    () => response.destroy(),
  );
}).listen(port, '127.0.0.1', () => console.log(`Listening on http://127.0.0.1:${port}`));
