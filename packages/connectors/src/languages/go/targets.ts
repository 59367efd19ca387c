/**
 * Where a Go connector runs, and what that takes beside the common runtime: an entry, modules with exact
 * versions, a deployment file. Cloudflare Workers run WebAssembly, not what the official SDK needs of Go.
 */

import type { GeneratedFile, Runtime } from '@mcpoverflow/types';
import { DOCKER_DEPLOYMENT, VERCEL_DEPLOYMENT } from '../deployment.ts';
import { LAMBDA_DEPLOYMENT, type LambdaFunction, lambdaTemplate } from '../lambda-template.ts';
import type { ConnectorPlan } from '../language.ts';

/** What the image is built with; `go.mod` asks for less, for those who build elsewhere. */
const GO_IMAGE = 'golang:1.26.8-alpine3.22';

export type GoRuntime = Exclude<Runtime, 'cloudflare-workers'>;

export interface Target {
  /** Source folders of this target alone. */
  readonly entries: readonly string[];
  readonly requirements: Readonly<Record<string, string>>;
  /** How it gets where it shall run, as Markdown. */
  readonly deployment: string;
  deploymentFiles(plan: ConnectorPlan): readonly GeneratedFile[];
}

const common = {
  'github.com/modelcontextprotocol/go-sdk': 'v1.8.0',
  'github.com/santhosh-tekuri/jsonschema/v6': 'v6.0.3',
  // The schemas' library asks for it as well.
  'golang.org/x/text': 'v0.14.0',
};

const lambdaFunction: LambdaFunction = {
  handler: 'bootstrap',
  runtime: 'provided.al2023',
  memoryMegabytes: 256,
  streams: true,
  metadata: '      BuildMethod: makefile\n',
};

export const targets: Readonly<Record<GoRuntime, Target>> = {
  docker: {
    entries: [],
    requirements: common,
    deployment: DOCKER_DEPLOYMENT,
    deploymentFiles: () => [
      {
        path: 'Dockerfile',
        content: `FROM ${GO_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /connector .

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /connector /connector
ENV HOST=0.0.0.0 PORT=3000
USER 65532:65532
EXPOSE 3000
ENTRYPOINT ["/connector"]
`,
      },
      { path: '.dockerignore', content: '.env\n.git\n' },
    ],
  },
  vercel: {
    entries: ['api'],
    requirements: common,
    deployment: VERCEL_DEPLOYMENT,
    deploymentFiles: () => [
      {
        path: 'vercel.json',
        content: `${JSON.stringify(
          {
            // Otherwise main.go would be taken for the server to deploy.
            framework: null,
            functions: { 'api/index.go': { maxDuration: 60 } },
            rewrites: [{ source: '/(.*)', destination: '/api' }],
          },
          null,
          2,
        )}\n`,
      },
    ],
  },
  lambda: {
    entries: ['lambda'],
    requirements: { 'github.com/aws/aws-lambda-go': 'v1.54.0', ...common },
    deployment: `With Go and the AWS SAM command line installed, \`sam build && sam deploy --guided\` ${LAMBDA_DEPLOYMENT}`,
    deploymentFiles: (plan) => [
      { path: 'template.yaml', content: lambdaTemplate(plan, lambdaFunction) },
      {
        path: 'Makefile',
        content: `# What sam build runs: the function's name is its resource in template.yaml.
build-Connector:
	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -tags lambda.norpc -o $(ARTIFACTS_DIR)/bootstrap ./lambda
`,
      },
    ],
  },
};

const entries = new Set(Object.values(targets).flatMap((target) => target.entries));

/** Whether a source belongs to the target: entries of other places stay away, everything else is the same everywhere. */
export function isNeeded(path: string, target: Target): boolean {
  const folder = path.split('/')[0] ?? '';
  return !entries.has(folder) || target.entries.includes(folder);
}
