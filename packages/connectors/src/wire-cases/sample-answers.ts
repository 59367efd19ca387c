/** What the mock upstream answers, made from the specification's responses, and what of it must reach the caller. */
import { isObject } from '../json.ts';
import type { InputSchema } from '../languages/typescript/runtime/operation.ts';
import type { WireAnswer, WireCase } from '../languages/wire-case.ts';
import { type Sampling, sampleValue } from '../mock/sample-value.ts';
import type { ApiModel, ApiOperation, ApiResponse } from '../model/model.ts';
import { isJsonMedia } from '../tools/media-types.ts';
import { structuredOf } from './promised.ts';
import type { Described } from './subjects.ts';

/** Of a text that must come through, so much is looked for: the case stays readable and a cut would show. */
const EXCERPT_LENGTH = 300;
/** Characters of JSON. */
const MAX_EXAMPLE_LENGTH = 2000;
/** Characters of JSON; a connector shortens what is longer, and what is left is for its own tests to say. */
const MAX_STRUCTURED_LENGTH = 20_000;
/** As if they lay this deep: samples then stay small enough for a case to be read. */
const SAMPLE_DEPTH = 1;
/** `sample`. */
const SAMPLE_BYTES = 'c2FtcGxl';

type Seen = Pick<WireCase['result'], 'contains' | 'contentType'>;

export interface Exchange {
  readonly answer: WireAnswer;
  readonly seen: Seen;
  /** A JSON answer as its tool promises it. It is as long as the answer, so one case of an operation says it and not all. */
  readonly structured?: unknown;
}

/** The operation's first success as the specification describes it, structured as its tool promises. `change` may alter a JSON answer. */
export function sampleSuccess(
  { source: operation, row }: Pick<Described, 'source' | 'row'>,
  model: ApiModel,
  change: (value: unknown) => unknown = (value) => value,
): Exchange {
  const response = successOf(operation);
  const status = /^2\d\d$/.test(response?.status ?? '') ? Number(response?.status) : 200;
  const content =
    status === 204 || status === 205 || operation.method === 'HEAD' ? undefined : contentOf(response, model, change, row.outputSchema);
  if (content === undefined) return { answer: { status }, seen: { contains: [`Done: ${status}`] } };
  return {
    answer: { status, headers: { 'content-type': content.mediaType }, ...content.body },
    seen: content.seen,
    ...promisedPart(content),
  };
}

/** The response that a sample of success is made of. */
export const successOf = ({ responses }: ApiOperation): ApiResponse | undefined =>
  responses.find(({ status }) => /^2(\d\d|XX)$/i.test(status)) ?? responses.find(({ status }) => status === 'default');

const promisedPart = ({ structured }: Content) => (structured === undefined ? {} : { structured });

/** A documented failure, with a request id as APIs give one. */
export function sampleFailure(response: ApiResponse, status: number, operation: ApiOperation, model: ApiModel): Exchange {
  const content = operation.method === 'HEAD' ? undefined : contentOf(response, model, (value) => value);
  const body = content?.body.body;
  return {
    answer: {
      status,
      headers: { 'x-request-id': REQUEST_ID, ...(content === undefined ? {} : { 'content-type': content.mediaType }) },
      ...content?.body,
    },
    seen: { contains: [`${status}`, REQUEST_ID, ...(body === undefined ? [] : [excerpt(body.trim())])] },
  };
}

const REQUEST_ID = 'req-0123456789';

interface Content {
  readonly mediaType: string;
  readonly body: Pick<WireAnswer, 'body' | 'bodyBase64'>;
  readonly seen: Seen;
  readonly structured?: unknown;
}

function contentOf(
  response: ApiResponse | undefined,
  model: ApiModel,
  change: (value: unknown) => unknown,
  promise?: InputSchema,
): Content | undefined {
  const media = response?.media.find(({ mediaType }) => isJsonMedia(mediaType)) ?? response?.media[0];
  if (media === undefined) return undefined;
  const mediaType = media.mediaType === '' || media.mediaType.includes('*') ? 'application/json' : media.mediaType;
  if (!isTextual(mediaType)) return { mediaType, body: { bodyBase64: SAMPLE_BYTES }, seen: { contentType: contentTypeOf(mediaType) } };
  const sample = (): unknown => change(sampleValue(media.schema ?? {}, samplingOf(model), SAMPLE_DEPTH));
  const example = shortExample(media.example);
  const structured = (candidate: unknown) => (promise === undefined ? undefined : structuredOf(candidate, promise));
  // Examples contradict their schemas at times: then a sample shows more.
  const isUsable = example !== undefined && (promise === undefined || structured(change(example)) !== undefined);
  const value = isUsable ? change(example) : sample();
  const text = isJsonMedia(mediaType) || typeof value !== 'string' ? JSON.stringify(value) : value;
  if (text === '') return undefined;
  const promised = isJsonMedia(mediaType) && text.length <= MAX_STRUCTURED_LENGTH ? structured(value) : undefined;
  return {
    mediaType,
    body: { body: text },
    seen: { contains: [excerpt(text)] },
    ...(promised === undefined ? {} : { structured: promised }),
  };
}

/** Vendors' examples are whole pages of theirs at times. */
const shortExample = (example: unknown): unknown =>
  example !== undefined && JSON.stringify(example).length <= MAX_EXAMPLE_LENGTH ? example : undefined;

const excerpt = (text: string): string => text.slice(0, EXCERPT_LENGTH).replace(/[\uD800-\uDBFF]$/, '');

const samplingOf = (model: ApiModel): Sampling => ({
  optional: true,
  resolve: (schema) => {
    const resolution = model.references.resolve(schema);
    return resolution.kind === 'found' ? resolution.value : {};
  },
});

const isTextual = (mediaType: string): boolean =>
  mediaType.startsWith('text/') || /[/+](json|xml|yaml|x-yaml|javascript|x-www-form-urlencoded|x-ndjson|jsonl|graphql)$/.test(mediaType);

const contentTypeOf = (mediaType: string): 'image' | 'audio' | 'resource' =>
  mediaType.startsWith('image/') ? 'image' : mediaType.startsWith('audio/') ? 'audio' : 'resource';

/** Sets a field of an answer that is an object. */
export const withField = (name: string, value: string) => (answer: unknown) => (isObject(answer) ? { ...answer, [name]: value } : answer);
