/**
 * Who is let in and how: a case for every way the operations ask for, one for what is said when credentials
 * are missing, and one for operations that must not be given any.
 */

import type { Operation } from '../languages/typescript/runtime/operation.ts';
import type { WireCase } from '../languages/wire-case.ts';
import { type Environment, expectedCredentials, sampleSecret, together, variablesOf } from './expected-credentials.ts';
import { type Material, newCase } from './new-case.ts';
import { sampleSuccess } from './sample-answers.ts';
import { sampleArguments } from './sample-arguments.ts';
import type { Subject } from './subjects.ts';

/** The cases of the first operations that show each. */
export function accessCases(subjects: readonly Subject[], material: Material): readonly WireCase[] {
  const shown = new Set<string>();
  const letIn = subjects.flatMap((subject) =>
    subject.row.security.flatMap((alternative) => {
      const key = JSON.stringify(alternative);
      const isKnown = shown.has(key) && !isLetInOtherwise(subject);
      if (alternative.length === 0 || isKnown || !canFulfil(alternative, material)) return [];
      shown.add(key);
      return [letInBy(subject, alternative, material)];
    }),
  );
  const closed = subjects.find(({ row }) => missingVariables(row, material).length > 0);
  const open = subjects.filter(({ row }) => row.security.length === 0);
  const [first, ...others] = Object.keys(material.credentials).length === 0 ? [] : open;
  return [
    ...letIn,
    ...(closed === undefined ? [] : [namesWhatIsMissing(closed, material)]),
    ...(first === undefined ? [] : [first, ...others.filter(isLetInOtherwise)].map((subject) => keepsCredentials(subject, material))),
  ];
}

/** Then what another tool shows proves nothing of this one. */
const isLetInOtherwise = ({ differences }: Subject): boolean => differences.some(({ shownBy }) => shownBy.call === 'access');

const credentialOf = (scheme: string, { credentials }: Material) => (Object.hasOwn(credentials, scheme) ? credentials[scheme] : undefined);

const canFulfil = (alternative: readonly string[], material: Material): boolean =>
  alternative.every((scheme) => credentialOf(scheme, material) !== undefined);

/** The variables of these schemes alone are set, so that no earlier alternative can be meant. */
function letInBy(subject: Subject, alternative: readonly string[], material: Material): WireCase {
  const environment = environmentFor(alternative, material);
  const fulfilled = subject.row.security.find(
    (each) =>
      each.length > 0 && canFulfil(each, material) && Object.keys(environmentFor(each, material)).every((name) => name in environment),
  );
  const credentials = together(
    (fulfilled ?? alternative).flatMap((name) => {
      const credential = credentialOf(name, material);
      return credential === undefined ? [] : [expectedCredentials(material.model.securitySchemes.get(name), credential, environment)];
    }),
  );
  const { answer, seen } = sampleSuccess(subject, material.model);
  return newCase(material, subject, {
    does: `is let in by ${alternative.join(' and ')}`,
    args: sampleArguments(subject.row.inputSchema, 'required'),
    environment,
    credentials,
    answers: [answer],
    result: { isError: false, ...seen },
  });
}

/** The variables of these schemes, with a secret each. */
export function environmentFor(schemes: readonly string[], material: Material): Environment {
  const variables = schemes.flatMap((scheme) => {
    const credential = credentialOf(scheme, material);
    return credential === undefined ? [] : variablesOf(credential);
  });
  return Object.fromEntries(variables.map((variable) => [variable, sampleSecret(variable)]));
}

/** Variables that would help; none when the operation may be called without. */
const missingVariables = (row: Operation, material: Material): readonly string[] =>
  row.security.some((alternative) => alternative.length === 0)
    ? []
    : row.security.flatMap((schemes) => Object.keys(environmentFor(schemes, material)));

function namesWhatIsMissing(subject: Subject, material: Material): WireCase {
  return newCase(material, subject, {
    does: 'names the variables that are not set when the API refuses it',
    args: sampleArguments(subject.row.inputSchema, 'required'),
    answers: [{ status: 403 }],
    result: { isError: true, contains: ['403', ...missingVariables(subject.row, material)] },
  });
}

function keepsCredentials(subject: Subject, material: Material): WireCase {
  const schemes = Object.keys(material.credentials);
  const environment = environmentFor(schemes, material);
  const args = sampleArguments(subject.row.inputSchema, 'required');
  const { answer, seen } = sampleSuccess(subject, material.model);
  const own = new Set([...subject.parameters.values()].filter((each) => each.in === 'header').map((each) => each.name.toLowerCase()));
  const secretHeaders = schemes.flatMap((scheme) => {
    const credential = credentialOf(scheme, material);
    if (credential?.kind !== 'apiKey') return ['authorization'];
    return credential.in === 'header' ? [credential.parameter.toLowerCase()] : [];
  });
  return newCase(material, subject, {
    does: 'is given no credentials, because it asks for none',
    args,
    environment,
    absentHeaders: [...new Set(secretHeaders)].filter((name) => !own.has(name)),
    answers: [answer],
    result: { isError: false, ...seen },
  });
}
