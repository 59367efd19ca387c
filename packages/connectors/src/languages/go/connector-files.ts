/**
 * The files of a Go connector: the fixed runtime, the data, and what a person needs to install, read and deploy
 * them. Versions are exact and `go.sum` is complete, so that the connector that was verified is the one that is built.
 */
import type { GeneratedFile } from '@mcpoverflow/types';
import { dataFile } from '../data-file.ts';
import type { ConnectorPlan } from '../language.ts';
import { connectorReadme, environmentExample } from '../readme.ts';
import { modules } from './modules.generated.ts';
import { runtimeFiles } from './runtime.generated.ts';
import { type GoRuntime, isNeeded, targets } from './targets.ts';

/** Address of the endpoint after `go run .`. */
export const LOCAL_URL = 'http://localhost:3000/mcp';

/** Every file, in the order a person reads them. */
export function connectorFiles(plan: ConnectorPlan): GeneratedFile[] {
  const { api, operations } = plan;
  const runtime = goRuntime(plan);
  const target = targets[runtime];
  const { manifest, sums } = modules[runtime];
  return [
    {
      path: 'README.md',
      content: connectorReadme(plan, {
        run: `cp .env.example .env    # and fill in what the API needs\ngo run .                # ${LOCAL_URL}`,
        deployment: target.deployment,
        data: 'bridge/operations.json',
        rest: 'every other source',
      }),
    },
    { path: 'go.mod', content: manifest },
    { path: 'go.sum', content: sums },
    ...target.deploymentFiles(plan),
    { path: '.env.example', content: environmentExample(plan) },
    { path: '.gitignore', content: '.aws-sam/\n.vercel/\n.env\n' },
    ...runtimeFiles.filter(({ path }) => !path.endsWith('_test.go') && isNeeded(path, target)),
    { path: 'bridge/operations.json', content: dataFile(api, operations) },
  ];
}

/** Submissions for Cloudflare Workers are refused long before this. */
export function goRuntime({ runtime }: ConnectorPlan): GoRuntime {
  return runtime === 'cloudflare-workers' ? 'docker' : runtime;
}
