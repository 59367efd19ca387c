/** Cases of every operation: called as little and as much as can be, refused, and failing as documented. */
import type { WireCase } from '../languages/wire-case.ts';
import type { ApiResponse } from '../model/model.ts';
import { type Material, newCase } from './new-case.ts';
import { sampleFailure, sampleSuccess } from './sample-answers.ts';
import { requiredArguments, sampleArguments } from './sample-arguments.ts';
import type { Subject } from './subjects.ts';

/** The call with what is required alone. */
export function requiredCall(subject: Subject, material: Material): readonly WireCase[] {
  const { answer, seen, ...promised } = sampleSuccess(subject, material.model);
  const args = sampleArguments(subject.row.inputSchema, 'required');
  const result = { isError: false, ...seen, ...promised };
  return [newCase(material, subject, { does: 'sends what is required of it', args, answers: [answer], result })];
}

/** The call with every argument there is; none where nothing is optional. */
export function fullCall(subject: Subject, material: Material): readonly WireCase[] {
  const args = sampleArguments(subject.row.inputSchema, 'all');
  if (JSON.stringify(args) === JSON.stringify(sampleArguments(subject.row.inputSchema, 'required'))) return [];
  const { answer, seen } = sampleSuccess(subject, material.model);
  return [
    newCase(material, subject, {
      does: 'sends every argument where it belongs',
      args,
      answers: [answer],
      result: { isError: false, ...seen },
    }),
  ];
}

/** The call that must not go out, because nothing of what is required was given. */
export function refusedCall(subject: Subject, material: Material): readonly WireCase[] {
  if (requiredArguments(subject.row.inputSchema).length === 0) return [];
  const made = newCase(material, subject, {
    does: 'sends nothing without its arguments',
    args: {},
    answers: [{ status: 200 }],
    result: { isError: true, contains: [UNFIT] },
  });
  return [{ ...made, requests: [] }];
}

/** How a connector refuses arguments, in every language. */
export const UNFIT = "do not fit the tool's schema";

/** A case for every documented failure. */
export function failedCalls(subject: Subject, material: Material): readonly WireCase[] {
  const args = sampleArguments(subject.row.inputSchema, 'required');
  return subject.source.responses.flatMap((response) => {
    const status = failureStatus(response);
    if (status === undefined) return [];
    const { answer, seen } = sampleFailure(response, status, subject.source, material.model);
    return [
      newCase(material, subject, {
        does: `tells of the answer ${response.status}`,
        args,
        answers: [answer],
        result: { isError: true, ...seen },
      }),
    ];
  });
}

/** 407 is a proxy's, and clients of HTTP keep it to themselves. */
function failureStatus({ status }: ApiResponse): number | undefined {
  const [, hundreds, rest] = /^([45])(\d\d|XX)$/i.exec(status) ?? [];
  if (hundreds === undefined || status === '407') return undefined;
  return Number(`${hundreds}${rest === undefined || /x/i.test(rest) ? '00' : rest}`);
}
