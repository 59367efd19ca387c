/**
 * Where a Go connector runs, and what that takes beside the common runtime: an entry, modules with exact
 * versions, a deployment file. Cloudflare Workers run WebAssembly, not what the official SDK needs of Go.
 */
import type { GeneratedFile, Runtime } from '@mcpoverflow/types';

/** What the image is built with; `go.mod` asks for less, for those who build elsewhere. */
const GO_IMAGE = 'golang:1.26.8-alpine3.22';

export type GoRuntime = Exclude<Runtime, 'cloudflare-workers'>;

export interface Target {
  /** Source folders of this target alone. */
  readonly entries: readonly string[];
  readonly requirements: Readonly<Record<string, string>>;
  /** How it gets where it shall run, as Markdown. */
  readonly deployment: string;
  /** Files of the deployment. `name` is a package name. */
  deploymentFiles(name: string): readonly GeneratedFile[];
}

const common = { 'github.com/modelcontextprotocol/go-sdk': 'v1.8.0', 'github.com/santhosh-tekuri/jsonschema/v6': 'v6.0.3' };

export const targets: Readonly<Record<GoRuntime, Target>> = {
  docker: {
    entries: [],
    requirements: common,
    deployment: [
      '```bash',
      'docker build -t connector .',
      'docker run --rm -p 127.0.0.1:3000:3000 --env-file .env connector',
      '```',
      '',
      'Reached under another name than localhost, it needs `CONNECTOR_TOKEN` or that name in `ALLOWED_HOSTS`.',
    ].join('\n'),
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
    deployment: 'Variables are set with `npx vercel env add NAME`, then `npx vercel deploy --prod` brings it to Vercel.',
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
    deployment:
      'With Go and the AWS SAM command line installed, `sam build && sam deploy --guided` makes a function with a URL of its own; it asks for the `CONNECTOR_TOKEN`. The other variables are set in the function\u2019s configuration.',
    deploymentFiles: (name) => [
      { path: 'template.yaml', content: samTemplate(name) },
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

function samTemplate(name: string): string {
  return `AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Description: "${name}: MCP connector"
Parameters:
  ConnectorToken:
    Type: String
    NoEcho: true
    MinLength: 16
    Description: What clients must send as bearer token; the URL is open to everybody who has it.
Resources:
  Connector:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Architectures: [arm64]
      MemorySize: 256
      Timeout: 60
      Environment:
        Variables:
          CONNECTOR_TOKEN: !Ref ConnectorToken
      FunctionUrlConfig:
        AuthType: NONE
        InvokeMode: RESPONSE_STREAM
    Metadata:
      BuildMethod: makefile
Outputs:
  Url:
    Value: !GetAtt ConnectorUrl.FunctionUrl
`;
}
