/**
 * What a connector must not do, whatever its caller or the API says: hand credentials to a stranger, leave the path
 * that the specification gives it, tell secrets, or flood a model. It is the same code for every operation, so the
 * first one that can show it does.
 */
import type { WireCase } from '../languages/wire-case.ts';
import { environmentFor } from './access.ts';
import { expectedCredentials, together } from './expected-credentials.ts';
import { type Material, newCase } from './new-case.ts';
import { sampleSuccess } from './sample-answers.ts';
import { adorned, argumentSchema, sampleArguments, withArgument } from './sample-arguments.ts';
import type { Subject } from './subjects.ts';

/** Nobody listens there: a connector that goes there tells that it reached nobody. */
const ELSEWHERE = 'http://127.0.0.1:1';
/** Characters, and fewer than the answer has. */
const MAX_ANSWER_LENGTH = 200;
const BEGINNING = 'How it begins.';
const END = 'How it ends.';

/** The cases of the first operations that can show each bound. */
export function boundCases(subjects: readonly Subject[], material: Material): readonly WireCase[] {
  const closed = subjects.find((subject) => fulfilled(subject, material) !== undefined) ?? subjects[0];
  const readable = subjects.find(({ row }) => row.method !== 'HEAD');
  const moved = subjects.find(({ row }) => row.method === 'GET');
  return [
    ...(closed === undefined ? [] : [staysAtHome(closed, material), keepsSecrets(closed, material)]),
    ...(moved === undefined ? [] : [followsAtHome(moved, material)]),
    ...climbingCases(subjects, material),
    ...(readable === undefined ? [] : [shortensAnswers(readable, material)]),
  ];
}

/** The first alternative that lets the operation in and wants credentials. */
const fulfilled = ({ row }: Subject, { credentials }: Material): readonly string[] | undefined =>
  row.security.find((alternative) => alternative.length > 0 && alternative.every((scheme) => Object.hasOwn(credentials, scheme)));

/** The variables of a call that is let in, and what they put on the request. */
function letIn(subject: Subject, material: Material) {
  const schemes = fulfilled(subject, material) ?? [];
  const environment = environmentFor(schemes, material);
  const sent = schemes.flatMap((scheme) => {
    const credential = material.credentials[scheme];
    return credential === undefined ? [] : [expectedCredentials(material.model.securitySchemes.get(scheme), credential, environment)];
  });
  return { environment, credentials: together(sent) };
}

function staysAtHome(subject: Subject, material: Material): WireCase {
  return newCase(material, subject, {
    does: 'follows no redirect to another host, and hands it no credentials',
    args: sampleArguments(subject.row.inputSchema, 'required'),
    ...letIn(subject, material),
    answers: [{ status: 307, headers: { location: `${ELSEWHERE}/` } }],
    result: { isError: true, contains: ['not followed'] },
  });
}

function followsAtHome(subject: Subject, material: Material): WireCase {
  const { answer, seen } = sampleSuccess(subject, material.model);
  const made = newCase(material, subject, {
    does: 'follows a redirect on the same host',
    args: sampleArguments(subject.row.inputSchema, 'required'),
    answers: [{ status: 307, headers: { location: '{upstream}/moved' } }, answer],
    result: { isError: false, ...seen },
  });
  return { ...made, requests: made.requests.flatMap((request) => [request, { ...request, target: '/moved' }]) };
}

function keepsSecrets(subject: Subject, material: Material): WireCase {
  const { environment } = letIn(subject, material);
  const made = newCase(material, subject, {
    does: 'tells no secret when the API cannot be reached',
    args: sampleArguments(subject.row.inputSchema, 'required'),
    environment: { ...environment, BASE_URL: ELSEWHERE },
    answers: [{ status: 200 }],
    result: { isError: true, excludes: Object.values(environment) },
  });
  return { ...made, requests: [] };
}

/** Such a segment would lead to another operation: clients resolve it before they send. */
function climbingCases(subjects: readonly Subject[], material: Material): readonly WireCase[] {
  for (const subject of subjects) {
    const { inputSchema, path } = subject.row;
    const args = sampleArguments(inputSchema, 'required');
    for (const [argument, { in: place, name, style }] of subject.parameters) {
      const schema = argumentSchema(inputSchema, argument);
      const isFree = place === 'path' && style === 'simple' && adorned(schema, 'sample', inputSchema) !== 'sample';
      if (!isFree || !path.split('/').includes(`{${name}}`)) continue;
      const made = newCase(material, subject, {
        does: 'refuses an argument that would lead to another path',
        args: withArgument(args, argument, '..'),
        answers: [{ status: 200 }],
        result: { isError: true, contains: ['".."'] },
      });
      return [{ ...made, requests: [] }];
    }
  }
  return [];
}

function shortensAnswers(subject: Subject, material: Material): WireCase {
  const body = `${BEGINNING} ${'And so on. '.repeat(MAX_ANSWER_LENGTH)}${END}`;
  return newCase(material, subject, {
    does: 'shortens an answer that is too long, and says so',
    args: sampleArguments(subject.row.inputSchema, 'required'),
    environment: { MAX_ANSWER_LENGTH: String(MAX_ANSWER_LENGTH) },
    answers: [{ status: 200, headers: { 'content-type': 'text/plain' }, body }],
    result: { isError: false, contains: [BEGINNING, 'was shortened'], excludes: [END] },
  });
}
