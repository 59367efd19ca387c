/** One case: the call of a tool, what must go out for it, and what comes back. */

import type { ConnectorPlan } from '../languages/language.ts';
import type { Api } from '../languages/typescript/runtime/operation.ts';
import type { WireAnswer, WireCase } from '../languages/wire-case.ts';
import type { ApiModel } from '../model/model.ts';
import { type Environment, noCredentials, type SentCredentials } from './expected-credentials.ts';
import { expectedRequest } from './expected-request.ts';
import type { Arguments } from './slots.ts';
import type { Subject } from './subjects.ts';

/** What the cases of a connector are made from. */
export interface Material {
  readonly plan: ConnectorPlan;
  /** The API, with what a caller's `authConfig` added to it. */
  readonly model: ApiModel;
  /** What the API's schemes want of the environment: the connector's own variables, and the engine's for schemes that it has lost. */
  readonly credentials: Api['credentials'];
}

export interface CaseParts {
  /** What the tool does, after its name. */
  readonly does: string;
  /** By the specification's names for them. */
  readonly args: Arguments;
  /** By the connector's names for them, beside the others. */
  readonly moreArgs?: Arguments;
  readonly answers: readonly WireAnswer[];
  readonly result: WireCase['result'];
  readonly environment?: Environment;
  readonly credentials?: SentCredentials;
  readonly absentHeaders?: readonly string[];
  /** How often the request goes out; once unless it says otherwise. */
  readonly times?: number;
}

/** The case. In the dynamic mode every operation is called through one tool. */
export function newCase({ plan }: Material, subject: Subject, parts: CaseParts): WireCase {
  const { does, args, moreArgs = {}, answers, result, environment, credentials = noCredentials, absentHeaders, times = 1 } = parts;
  const request = { ...expectedRequest(subject, args, credentials), ...(absentHeaders === undefined ? {} : { absentHeaders }) };
  const isDynamic = plan.api.mode === 'dynamic';
  const called = { ...subject.asCalled(args), ...moreArgs };
  return {
    name: `${subject.tool} ${does}`,
    tool: isDynamic ? 'call_operation' : subject.tool,
    arguments: isDynamic ? { operation: subject.tool, arguments: called } : called,
    ...(environment === undefined ? {} : { environment }),
    answers,
    requests: Array.from({ length: times }, () => request),
    result,
  };
}
