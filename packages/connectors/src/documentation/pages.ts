/** The pages of a connector's documentation that hardly depend on its API. */
import type { ConnectorCommands, ConnectorPlan } from '../languages/language.ts';
import { variablesOf } from '../languages/readme.ts';
import { code, page, table } from './markdown.ts';

/** `README.md`: the connector's own and where to read on, so that nothing is lost where both are unpacked into one folder. */
export const readme = (own: string, { runtime }: ConnectorPlan): string =>
  page([
    own.trimEnd(),
    '## More',
    [
      '* [Tools](docs/tools.md): every tool with its arguments, an example and how it may fail',
      '* [Clients](docs/clients.md): Claude, Cursor, VS Code and others',
      `* [Deployment](docs/deployment.md): how it gets to ${code(runtime)}, and what to mind there`,
      '* [Troubleshooting](docs/troubleshooting.md)',
    ].join('\n'),
  ]);

/** `docs/deployment.md`. */
export function deploymentPage(plan: ConnectorPlan, { deployment }: ConnectorCommands): string {
  const { api, runtime } = plan;
  const secrets = variablesOf(plan).filter(({ what }) => what.startsWith('secret;'));
  return page([
    '# Deployment',
    `This connector was made for ${code(runtime)}. For another place generate it again with another ${code('runtime')}: the tools stay the same, the files around them differ.`,
    deployment,
    '## Before it can be reached by others',
    [
      `* Set ${code('CONNECTOR_TOKEN')} to a long random text. Without it whoever knows the address can use the API with your credentials.`,
      secrets.length === 0
        ? '* The API needs no credentials.'
        : `* Set ${secrets.map(({ name }) => code(name)).join(', ')} as secrets of the platform, never in a file that is deployed.`,
      `* ${code('ALLOWED_HOSTS')} narrows the host names the connector answers to, ${code('ALLOWED_ORIGINS')} lets web pages in; without it only pages of this machine may call.`,
      api.baseUrl === undefined
        ? `* Set ${code('BASE_URL')}: the specification does not say where the API lives.`
        : `* ${code('BASE_URL')} leads to another installation of the API, such as one for tests. Requests go to that host and no other.`,
    ].join('\n'),
    'The connector keeps nothing between two calls, so any number of copies may run side by side.',
  ]);
}

/** `docs/troubleshooting.md`. */
export function troubleshootingPage({ api }: ConnectorPlan, { start, url }: ConnectorCommands): string {
  const dynamic: readonly (readonly string[])[] =
    api.mode === 'dynamic'
      ? [
          [
            'The client shows three tools only',
            'The API has too many operations for a list. Ask the agent to search for the operation it needs.',
          ],
        ]
      : [];
  return page([
    '# Troubleshooting',
    table(
      ['what you see', 'why, and what to do'],
      [
        [
          'The client cannot connect',
          `Is the connector running (${code(start)}) and is the address ${code(url)} the one that the client was given?`,
        ],
        [
          '401 from the connector',
          `It has a ${code('CONNECTOR_TOKEN')}, and the client sent another one or none in ${code('Authorization: Bearer …')}.`,
        ],
        [
          '403 from the connector',
          `A web page called it, or it was called by a host name it does not answer to: see ${code('ALLOWED_ORIGINS')} and ${code('ALLOWED_HOSTS')}.`,
        ],
        ['“The connector has no credentials: set …”', 'The API refused a call, and these variables are not set.'],
        ['“The API answered 401” or 403', 'The credentials are set but wrong, expired, or not good enough for this operation.'],
        ['“The address of the API is not known”', `Set ${code('BASE_URL')}.`],
        ['“The API could not be reached”', `Is ${code('BASE_URL')} right, and does this machine reach that host?`],
        ['“The API did not answer within …”', `The API is slow: ask for less, or raise ${code('TIMEOUT_MS')}.`],
        ['“It asks to wait”', 'Too many calls. Short waits are kept by the connector itself, this one is longer.'],
        [
          '“The API redirects to another host”',
          `That is not followed, for credentials would go along. If the API moved, set ${code('BASE_URL')}.`,
        ],
        [
          '“The arguments do not fit the tool’s schema”',
          'Nothing was sent. The text says which argument is wrong; agents usually correct themselves with it.',
        ],
        ['“The answer was shortened”', `Ask for less (a filter, a page, fewer fields), or raise ${code('MAX_ANSWER_LENGTH')}.`],
        ...dynamic,
      ],
    ),
  ]);
}
