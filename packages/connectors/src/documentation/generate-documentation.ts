/**
 * Documentation of a connector: what it is, every tool, how clients are told of it, how it is deployed, what to do
 * when something fails. Made from the connector's own data, so it says what the connector does.
 */
import type { GeneratedFile } from '@mcpoverflow/types';
import { languages } from '../languages/index.ts';
import type { ApiModel } from '../model/model.ts';
import type { RecognisedConnector } from '../recognition/recognise-connector.ts';
import { pairOperations } from '../wire-cases/pairing.ts';
import { clientsPage } from './clients.ts';
import { deploymentPage, readme, troubleshootingPage } from './pages.ts';
import { toolsPage } from './tool-reference.ts';

/** The files, to lie beside the connector's own. The specification adds how operations may fail. */
export function generateDocumentation({ language, plan }: RecognisedConnector, model: ApiModel): readonly GeneratedFile[] {
  const commands = languages[language].commands(plan);
  const ownReadme = languages[language].connectorFiles(plan).find(({ path }) => path === 'README.md')?.content ?? '';
  return [
    { path: 'README.md', content: readme(ownReadme, plan) },
    { path: 'docs/tools.md', content: toolsPage(plan, pairOperations(plan, model).pairs) },
    { path: 'docs/clients.md', content: clientsPage(plan, commands) },
    { path: 'docs/deployment.md', content: deploymentPage(plan, commands) },
    { path: 'docs/troubleshooting.md', content: troubleshootingPage(plan, commands) },
  ];
}
