/**
 * What holds of a connector whatever its caller or the API says: it hands credentials to no stranger, stays below the
 * path that it was given, tells no secrets, floods no model, and loses nothing of what an answer says beside its body.
 * It is the same code for every operation, so the first one that can show it does.
 */
import type { JsonObject } from '../json.ts';
import type { WireCase, WireRequest } from '../languages/wire-case.ts';
import { environmentFor } from './access.ts';
import { expectedCredentials, together } from './expected-credentials.ts';
import { type Material, newCase } from './new-case.ts';
import { sampleSuccess } from './sample-answers.ts';
import { adorned, argumentSchema, sampleArguments, withArgument } from './sample-arguments.ts';
import type { Subject } from './subjects.ts';

/** Nobody listens there: a connector that goes there tells that it reached nobody. */
const ELSEWHERE = 'http://127.0.0.1:1';
/** A connector follows as many for one call. */
const MAX_REDIRECTS = 3;
/** Characters, and fewer than the answer has. */
const MAX_ANSWER_LENGTH = 200;
const BEGINNING = 'How it begins.';
const END = 'How it ends.';

/** The cases of the first operations that can show each bound. */
export function boundCases(subjects: readonly Subject[], material: Material): readonly WireCase[] {
  const closed = subjects.find((subject) => fulfilled(subject, material) !== undefined) ?? subjects[0];
  const readable = subjects.find(({ row }) => row.method !== 'HEAD');
  const moved = subjects.find(({ row }) => row.method === 'GET');
  const posted = subjects.find(({ row }) => row.method === 'POST');
  const headOnly = subjects.find(({ row }) => row.method === 'HEAD');
  return [
    ...(subjects[0] === undefined ? [] : [keepsBasePath(subjects[0], material)]),
    ...(closed === undefined ? [] : [staysAtHome(closed, material), keepsSecrets(closed, material)]),
    ...(moved === undefined ? [] : [followsAtHome(moved, material), endsCircles(moved, material)]),
    ...(posted === undefined ? [] : [readsAfterPost(posted, material)]),
    ...(headOnly === undefined ? [] : [tellsHeaders(headOnly, material)]),
    ...climbingCases(subjects, material),
    ...unsettingCases(subjects, material),
    ...(readable === undefined ? [] : readableCases(readable, material)),
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

/** After 302 a POST becomes a GET, as it always was (RFC 9110, section 15.4.3). */
function readsAfterPost(subject: Subject, material: Material): WireCase {
  const { answer, seen } = sampleSuccess(subject, material.model);
  const made = newCase(material, subject, {
    does: 'reads what a redirect leads to, and posts it nothing',
    args: sampleArguments(subject.row.inputSchema, 'required'),
    answers: [{ status: 302, headers: { location: '{upstream}/moved' } }, answer],
    result: { isError: false, ...seen },
  });
  const reading: WireRequest = { method: 'GET', target: '/moved', absentHeaders: ['content-type'], body: { kind: 'none' } };
  return { ...made, requests: [...made.requests, reading] };
}

function endsCircles(subject: Subject, material: Material): WireCase {
  const made = newCase(material, subject, {
    does: `follows ${MAX_REDIRECTS} redirects and no more`,
    args: sampleArguments(subject.row.inputSchema, 'required'),
    answers: [{ status: 302, headers: { location: '{upstream}/moved' } }],
    result: { isError: true, contains: ['too often'] },
  });
  const again = made.requests.map((request) => ({ ...request, target: '/moved' }));
  return { ...made, requests: [...made.requests, ...Array.from({ length: MAX_REDIRECTS }, () => again).flat()] };
}

function keepsBasePath(subject: Subject, material: Material): WireCase {
  const { answer, seen } = sampleSuccess(subject, material.model);
  const made = newCase(material, subject, {
    does: 'stays below the path of BASE_URL',
    args: sampleArguments(subject.row.inputSchema, 'required'),
    environment: { BASE_URL: '{upstream}/base' },
    answers: [answer],
    result: { isError: false, ...seen },
  });
  // An operation without a path is called at the address itself.
  const hasPath = subject.source.path.startsWith('/');
  return { ...made, requests: made.requests.map((each) => ({ ...each, target: `/base${hasPath ? each.target : each.target.slice(1)}` })) };
}

function tellsHeaders(subject: Subject, material: Material): WireCase {
  return newCase(material, subject, {
    does: 'tells what the headers say of an answer that is nothing else',
    args: sampleArguments(subject.row.inputSchema, 'required'),
    answers: [{ status: 200, headers: { 'x-sample': 'seven' } }],
    result: { isError: false, contains: ['x-sample: seven'] },
  });
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

/** A field that is null is not one that is missing: it clears what the API holds. */
function unsettingCases(subjects: readonly Subject[], material: Material): readonly WireCase[] {
  for (const subject of subjects) {
    const { inputSchema, body, method } = subject.row;
    const unset = body?.kind === 'json' ? body.fields?.find(({ argument }) => takesNull(argumentSchema(inputSchema, argument))) : undefined;
    if (unset === undefined || method === 'HEAD') continue;
    const { answer, seen } = sampleSuccess(subject, material.model);
    return [
      newCase(material, subject, {
        does: 'sends null where it is given',
        args: withArgument(sampleArguments(inputSchema, 'required'), unset.argument, null),
        answers: [answer],
        result: { isError: false, ...seen },
      }),
    ];
  }
  return [];
}

const takesNull = ({ type, enum: choices }: JsonObject): boolean =>
  Array.isArray(type) && type.includes('null') && (!Array.isArray(choices) || choices.includes(null));

/** What becomes of answers. */
function readableCases(subject: Subject, material: Material): readonly WireCase[] {
  const args = sampleArguments(subject.row.inputSchema, 'required');
  const plain = { 'content-type': 'text/plain' };
  const long = `${BEGINNING} ${'And so on. '.repeat(2000)}${END}`;
  return [
    shortensAnswers(subject, material),
    newCase(material, subject, {
      does: 'reads letters that are two bytes or more',
      args,
      answers: [{ status: 200, headers: plain, body: 'Grüße, 世界' }],
      result: { isError: false, contains: ['Grüße, 世界'] },
    }),
    newCase(material, subject, {
      does: 'tells the path of what was made, and no key behind it',
      args,
      answers: [{ status: 201, headers: { location: '{upstream}/made/7?key=secret' } }],
      result: { isError: false, contains: ['location: /made/7'], excludes: ['secret'] },
    }),
    newCase(material, subject, {
      does: 'tells how a long refusal begins, and not all of it',
      args,
      answers: [{ status: 500, headers: plain, body: long }],
      result: { isError: true, contains: [BEGINNING], excludes: [END] },
    }),
  ];
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
