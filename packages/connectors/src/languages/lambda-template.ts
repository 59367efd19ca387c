/**
 * `template.yaml` of a connector on AWS Lambda. Every variable is a parameter of the stack: what was set by hand in
 * the function's configuration the next deployment would reset. Values are hidden, because most of them are secrets,
 * and an empty one is as good as none. Text of the specification stands in it as JSON strings, which are YAML, too.
 */
import type { ConnectorPlan } from './language.ts';
import { variablesOf } from './readme.ts';

/** A stack has no more parameters. */
const MAX_PARAMETERS = 200;

export interface LambdaFunction {
  readonly handler: string;
  readonly runtime: string;
  readonly memoryMegabytes: number;
  /** Whether answers leave while they are written. */
  readonly streams?: boolean;
  /** What `sam build` is told, as YAML. */
  readonly metadata?: string;
}

/** What `sam deploy --guided` does, and asks for. */
export const LAMBDA_DEPLOYMENT =
  'makes a function with a URL of its own; it asks for the `CONNECTOR_TOKEN` and for every other variable. An empty one is not set.';

/** The template of a function that reads every variable of the connector. */
export function lambdaTemplate(
  plan: ConnectorPlan,
  { handler, runtime, memoryMegabytes, streams = false, metadata }: LambdaFunction,
): string {
  const parameters = parametersOf(plan);
  return `AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Description: "${plan.api.name}: MCP connector"
Parameters:
${parameters.map(declared).join('')}Resources:
  Connector:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: ${handler}
      Runtime: ${runtime}
      Architectures: [arm64]
      MemorySize: ${memoryMegabytes}
      Timeout: 60
      Environment:
        Variables:
${parameters.map(({ name, variable }) => `          ${variable}: !Ref ${name}\n`).join('')}      FunctionUrlConfig:
        AuthType: NONE
${streams ? '        InvokeMode: RESPONSE_STREAM\n' : ''}${metadata === undefined ? '' : `    Metadata:\n${metadata}`}Outputs:
  Url:
    Value: !GetAtt ConnectorUrl.FunctionUrl
`;
}

interface StackParameter {
  readonly name: string;
  readonly variable: string;
  readonly what: string;
}

/** Names of parameters are of letters and digits alone, so two variables may want the same one. */
function parametersOf(plan: ConnectorPlan): readonly StackParameter[] {
  const taken = new Set<string>();
  return variablesOf(plan)
    .toSorted((a, b) => Number(b.name === TOKEN) - Number(a.name === TOKEN))
    .slice(0, MAX_PARAMETERS)
    .map(({ name: variable, what }) => {
      const wanted = variable
        .split('_')
        .map((word) => word.slice(0, 1) + word.slice(1).toLowerCase())
        .join('');
      let name = wanted;
      for (let count = 2; taken.has(name); count += 1) name = `${wanted}No${count}`;
      taken.add(name);
      return { name, variable, what };
    });
}

const TOKEN = 'CONNECTOR_TOKEN';

/** The token alone has no default: the function's URL is open to everybody who knows it. */
function declared({ name, variable, what }: StackParameter): string {
  const isToken = variable === TOKEN;
  const description = isToken ? 'what clients must send as bearer token; the URL is open to everybody who has it' : what;
  return `  ${name}:
    Type: String
    NoEcho: true
    ${isToken ? 'MinLength: 16' : "Default: ''"}
    Description: ${JSON.stringify(`${variable}: ${description}`)}
`;
}
