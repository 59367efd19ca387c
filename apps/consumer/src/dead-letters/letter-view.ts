/** Dead letters and their groups as operators see them. */
import type { DeadLetter, DeadLetterDetail, DeadLetterFilter, DeadLetterGroup } from '@mcpoverflow/types';
import { iso } from '../iso-time.ts';
import { isQuarantined, type Letter, MAX_HISTORY } from './letter.ts';
import type { Group, ListedLetter } from './letter-store.ts';

const PATH = '/api/dead-letters';

/** As a list shows it. */
export function viewLetter(letter: ListedLetter): DeadLetter {
  const { tenant, jobId, deliveryId, type, stage, generation, payloadHash, traceparent, costUsd } = letter;
  return {
    id: letter.id,
    kind: letter.kind,
    status: letter.status,
    ...(tenant === null ? {} : { tenant }),
    ...(jobId === null ? {} : { jobId }),
    ...(deliveryId === null ? {} : { deliveryId }),
    ...(type === null ? {} : { type }),
    code: letter.code,
    message: letter.message,
    fingerprint: letter.fingerprint,
    ...(stage === null ? {} : { stage }),
    attempts: letter.attempts,
    ...(generation === null ? {} : { generation }),
    ...(payloadHash === null ? {} : { payloadHash }),
    ...(traceparent === null ? {} : { traceparent }),
    ...(costUsd === null ? {} : { costUsd }),
    firstDeathAt: iso(letter.firstDeathAt),
    lastDeathAt: iso(letter.lastDeathAt),
    deaths: letter.deaths,
    deathsOfFingerprint: letter.deathsOfFingerprint,
    replays: letter.replays,
    quarantined: isQuarantined(letter),
    links: { self: `${PATH}/${letter.id}`, ...(jobId === null ? {} : { job: `/api/jobs/${jobId}` }) },
  };
}

/** All that is known here; the job and the delivery are their Job's to tell. */
export function viewDetail(letter: Letter): DeadLetterDetail {
  const { queue, body, history } = letter;
  return {
    ...viewLetter(letter),
    history: history.slice(-MAX_HISTORY),
    ...(queue === null ? {} : { queue }),
    ...(body === null ? {} : { body }),
  };
}

/**
 * @param filter by which it was counted: its link lists what it counts
 * @returns nothing when its sample cannot be read
 */
export function viewGroup(
  { fingerprint, count, quarantined, firstDeathAt, lastDeathAt, sample }: Group,
  filter: DeadLetterFilter,
): DeadLetterGroup[] {
  if (sample === null) return [];
  const named = Object.entries({ ...filter, fingerprint }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const group: DeadLetterGroup = {
    fingerprint,
    kind: sample.kind,
    code: sample.code,
    ...(sample.stage === null ? {} : { stage: sample.stage }),
    count,
    quarantined,
    firstDeathAt: iso(firstDeathAt),
    lastDeathAt: iso(lastDeathAt),
    sample: { id: sample.id, message: sample.message },
    links: { deadLetters: `${PATH}?${new URLSearchParams(named)}` },
  };
  return [group];
}
