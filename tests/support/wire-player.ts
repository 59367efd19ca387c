/**
 * Plays wire cases against connectors that run: calls a tool over MCP as a client does, answers as the API would,
 * and compares what went over the wire with what should have, byte for byte.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { WireAnswer, WireCase, WireRequest } from '@mcpoverflow/connectors';
import { bodyComplaints, differs, resultComplaints } from '../../packages/connectors/src/wire-cases/fixtures/complaints.ts';
import { clientV2 } from './mcp-clients.ts';
import type { WireResults } from './wire-runner.ts';

interface RunningEndpoint {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the connector with these variables. */
export type StartConnector = (variables: Readonly<Record<string, string>>) => Promise<RunningEndpoint>;

interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Plays the cases one after the other; the connector is started once for all cases that want the same variables. */
export async function playWireCases(start: StartConnector, cases: readonly WireCase[]): Promise<WireResults> {
  const verdicts = new Map<string, true | string>();
  const upstream = await startUpstream();
  for (const [environment, same] of Map.groupBy(cases, ({ environment = {} }) => JSON.stringify(environment))) {
    const variables: Record<string, string> = JSON.parse(environment.replaceAll('{upstream}', upstream.url));
    const connector = await start({ BASE_URL: upstream.url, ...variables });
    const client = await clientV2(connector.url);
    for (const each of same) {
      upstream.play(each.answers);
      const complaints = await client.callTool(each.tool, { ...each.arguments }).then(
        (result) => [...resultComplaints(result, each.result), ...requestComplaints(upstream.seen(), each.requests)],
        (error) => [String(error)],
      );
      verdicts.set(each.name, complaints.length === 0 || complaints.join('\n'));
    }
    await client.close();
    await connector.stop();
  }
  await upstream.stop();
  return verdicts;
}

/** An API that answers what the case at hand says: in order, and the last answer stays. */
async function startUpstream() {
  let answers: readonly WireAnswer[] = [];
  let seen: SeenRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    seen.push({
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(chunks),
    });
    const answer = answers[Math.min(seen.length, answers.length) - 1] ?? { status: 204 };
    if (answer.hangs) return;
    const headers = Object.entries(answer.headers ?? {}).map(([name, value]): [string, string] => [
      name,
      value.replaceAll('{upstream}', url),
    ]);
    outgoing.writeHead(answer.status, Object.fromEntries(headers));
    outgoing.end(answer.bodyBase64 === undefined ? answer.body : Buffer.from(answer.bodyBase64, 'base64'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    play(next: readonly WireAnswer[]) {
      answers = next;
      seen = [];
    },
    seen: (): readonly SeenRequest[] => seen,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function requestComplaints(seen: readonly SeenRequest[], wanted: readonly WireRequest[]): readonly string[] {
  const addresses = (requests: readonly { readonly method: string; readonly target: string }[]) =>
    requests.map(({ method, target }) => `${method} ${target}`);
  return [
    ...differs('requests', addresses(seen), addresses(wanted)),
    ...wanted.flatMap(({ headers = {}, absentHeaders = [], body }, index) => {
      const request = seen[index];
      if (request === undefined) return [];
      return [
        ...Object.entries(headers).flatMap(([name, value]) => differs(name, request.headers[name], value)),
        ...absentHeaders.filter((name) => request.headers[name] !== undefined).map((name) => `There is a header ${name}.`),
        ...(body === undefined ? [] : bodyComplaints(request.body, request.headers['content-type'] ?? '', body)),
      ];
    }),
  ];
}
