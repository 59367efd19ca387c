/** How a connector deals with an API that is slow or busy: the same for every operation, so one shows it. */
import type { WireCase } from '../languages/wire-case.ts';
import { type Material, newCase } from './new-case.ts';
import { sampleSuccess } from './sample-answers.ts';
import { sampleArguments } from './sample-arguments.ts';
import type { Subject } from './subjects.ts';

/** Long enough for the request to arrive on a slow machine. */
const TIME_OUT_MS = 2000;
/** Seconds, and more than a connector waits. */
const LONG_WAIT = '6';
/** Tries of one call while the API is busy. */
const MAX_TRIES = 3;

/** A time-out, a second try when the API names a wait that is short, and an end to all patience. */
export function patienceCases(subjects: readonly Subject[], material: Material): readonly WireCase[] {
  const [first] = subjects;
  if (first === undefined) return [];
  const busy = subjects.find(({ source }) => source.responses.some(({ status }) => status === '429' || status === '503')) ?? first;
  const isDocumented = busy.source.responses.some(({ status }) => status === '503') ? 503 : 429;
  const other = isDocumented === 503 ? 429 : 503;
  const args = sampleArguments(busy.row.inputSchema, 'required');
  const { answer, seen } = sampleSuccess(busy, material.model);
  return [
    newCase(material, first, {
      does: 'gives up when the API does not answer in time',
      args: sampleArguments(first.row.inputSchema, 'required'),
      environment: { TIMEOUT_MS: String(TIME_OUT_MS) },
      answers: [{ status: 200, hangs: true }],
      result: { isError: true, contains: [`${TIME_OUT_MS} ms`] },
    }),
    newCase(material, busy, {
      does: 'waits as the API asks and tries again',
      args,
      answers: [{ status: isDocumented, headers: { 'retry-after': '0' } }, answer],
      times: 2,
      result: { isError: false, ...seen },
    }),
    newCase(material, busy, {
      does: `tries again after ${other}, too`,
      args,
      answers: [{ status: other, headers: { 'retry-after': '0' } }, answer],
      times: 2,
      result: { isError: false, ...seen },
    }),
    newCase(material, busy, {
      does: `tries ${MAX_TRIES} times and no more`,
      args,
      answers: [{ status: isDocumented, headers: { 'retry-after': '0' } }],
      times: MAX_TRIES,
      result: { isError: true, contains: [`${isDocumented}`] },
    }),
    newCase(material, busy, {
      does: 'does not try again before the time that the API asks for',
      args,
      environment: { TIMEOUT_MS: String(TIME_OUT_MS) },
      answers: [{ status: isDocumented, headers: { 'retry-after': String(TIME_OUT_MS / 1000 + 1) } }, answer],
      result: { isError: true, contains: [`${TIME_OUT_MS} ms`] },
    }),
    newCase(material, busy, {
      does: 'leaves a long wait to its caller',
      args,
      answers: [{ status: isDocumented, headers: { 'retry-after': LONG_WAIT } }, answer],
      result: { isError: true, contains: [`${isDocumented}`, LONG_WAIT] },
    }),
  ];
}
