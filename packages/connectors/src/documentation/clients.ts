/**
 * How a client of MCP is told of a connector: the forms that the clients' own documentation gives in November
 * 2026. The connector speaks Streamable HTTP; for a client that only starts processes there is a bridge.
 */
import type { ConnectorCommands, ConnectorPlan } from '../languages/language.ts';
import { block, code, json, page } from './markdown.ts';

/** The bridge from standard input and output to HTTP; a version, because it is run as it is downloaded. */
const BRIDGE = 'mcp-remote@0.15.1';

/** What the client itself replaces by a value. */
const variable = (name: string): string => `\${${name}}`;

/** `docs/clients.md`. */
export function clientsPage({ api: { name } }: ConnectorPlan, { url }: ConnectorCommands): string {
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  return page([
    '# Clients',
    `The examples connect to the connector on this machine, ${code(url)}. Once it is deployed, write its address instead. The ${code('Authorization')} header is needed when the connector has a ${code('CONNECTOR_TOKEN')}; leave it out otherwise.`,
    '## Claude Code',
    block('bash', `claude mcp add --transport http --header "Authorization: Bearer $CONNECTOR_TOKEN" ${name} ${url}`),
    `Or for everybody who works on a project, in its ${code('.mcp.json')}; the variable is read when Claude Code starts:`,
    json({ mcpServers: { [name]: { type: 'http', url, headers: bearer(variable('CONNECTOR_TOKEN')) } } }),
    `${code('/mcp')} shows whether it is connected.`,
    '## Claude Desktop',
    `${code('claude_desktop_config.json')} (Settings, Developer, Edit Config) holds programs to start and no addresses, so a bridge stands between. It needs Node.`,
    json({
      mcpServers: {
        [name]: {
          command: 'npx',
          args: ['-y', BRIDGE, url, '--header', `Authorization:${variable('AUTHORIZATION')}`],
          env: { AUTHORIZATION: 'Bearer <CONNECTOR_TOKEN>' },
        },
      },
    }),
    `A deployed connector without a ${code('CONNECTOR_TOKEN')} can be added by its address instead, under Settings, Connectors, Add custom connector. Claude then calls it from the cloud, where a connector on your machine cannot be reached, and it sends no token of your own: whoever knows the address can use the API with your credentials.`,
    '## Cursor',
    `${code('.cursor/mcp.json')} in a project, or ${code('~/.cursor/mcp.json')} for all of them:`,
    json({ mcpServers: { [name]: { url, headers: bearer(variable('env:CONNECTOR_TOKEN')) } } }),
    '## VS Code',
    `${code('.vscode/mcp.json')} in a project; the token is asked for once and kept safely:`,
    json({
      inputs: [{ type: 'promptString', id: 'connector-token', description: 'CONNECTOR_TOKEN of the connector', password: true }],
      servers: { [name]: { type: 'http', url, headers: bearer(variable('input:connector-token')) } },
    }),
    '## Any other client',
    `The transport is Streamable HTTP, the address ${code(url)}. The connector is stateless and answers clients of the protocol of 2025 (${code('initialize')}) and of 2026 (${code('server/discover')}). A client that only starts processes takes the command that Claude Desktop takes above.`,
    'To look at it without a client:',
    block('bash', `npx -y @modelcontextprotocol/inspector@2.12.0 --cli ${url} --transport http --method tools/list`),
  ]);
}
