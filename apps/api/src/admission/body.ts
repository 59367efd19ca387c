/**
 * Reads a request's body: media type, gzip, size, text, JSON. The size is counted while the body is
 * decompressed, so a gzip bomb is cut off at the limit and never inflated.
 */
import { fail, type JsonFault, ok, type ProblemCode, parseJson, type Result } from '@mcpoverflow/types';
import { type Refusal, refusalAt } from '../problems.ts';

const JSON_MEDIA_TYPE = /^application\/(json|[\w.+-]+\+json)\s*(;|$)/i;

/** The whole body is at fault, so every refusal here points at it: the empty pointer. */
const refuseBody = (code: ProblemCode, detail: string): Refusal => refusalAt(code, '', detail);

const tooLarge = (maxBytes: number): Refusal =>
  refuseBody('body-too-large', `has more than the ${maxBytes} bytes that are accepted, counted after decompression`);

function decompressed(request: Request): Result<ReadableStream<Uint8Array> | null, Refusal> {
  const encoding = request.headers.get('Content-Encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || request.body === null) return ok(request.body);
  if (encoding === 'gzip') return ok(request.body.pipeThrough(new DecompressionStream('gzip')));
  return fail({
    code: 'unsupported-media-type',
    detail: 'Content-Encoding may be gzip or left out.',
    headers: { 'Accept-Encoding': 'gzip' },
  });
}

async function readText(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Result<string, Refusal>> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  const reader = stream.getReader();
  const pieces: string[] = [];
  let bytes = 0;
  for (;;) {
    let chunk: ReadableStreamReadResult<Uint8Array>;
    try {
      chunk = await reader.read();
    } catch {
      return fail(refuseBody('invalid-request', 'broke off, or is not the gzip data that Content-Encoding promised'));
    }
    bytes += chunk.value?.byteLength ?? 0;
    if (bytes > maxBytes) {
      // The sender may still be writing; what it says to the closed pipe is of no interest.
      reader.cancel().catch(() => undefined);
      return fail(tooLarge(maxBytes));
    }
    try {
      pieces.push(chunk.done ? decoder.decode() : decoder.decode(chunk.value, { stream: true }));
    } catch {
      reader.cancel().catch(() => undefined);
      return fail(refuseBody('invalid-json', 'is not UTF-8 text'));
    }
    if (chunk.done) return ok(pieces.join(''));
  }
}

function refusalOfJson(fault: JsonFault): Refusal {
  if (fault.code === 'syntax') return refuseBody('invalid-json', `cannot be parsed: ${fault.detail}`);
  return refusalAt('invalid-request', fault.pointer, fault.detail);
}

const isJson = (request: Request): boolean => JSON_MEDIA_TYPE.test(request.headers.get('Content-Type') ?? '');
const notJson: Refusal = { code: 'unsupported-media-type', detail: 'Send JSON with the header `Content-Type: application/json`.' };

async function readBodyText(request: Request, maxBytes: number): Promise<Result<string, Refusal>> {
  if (Number(request.headers.get('Content-Length') ?? 0) > maxBytes) return fail(tooLarge(maxBytes));
  const stream = decompressed(request);
  if (!stream.ok) return stream;
  return stream.value === null ? ok('') : readText(stream.value, maxBytes);
}

function parseBody(text: string): Result<unknown, Refusal> {
  const json = parseJson(text);
  return json.ok ? json : fail(refusalOfJson(json.error));
}

/** Reads at most `maxBytes` (after decompression) of JSON. */
export async function readJsonBody(request: Request, maxBytes: number): Promise<Result<unknown, Refusal>> {
  if (!isJson(request)) return fail(notJson);
  const text = await readBodyText(request, maxBytes);
  if (!text.ok) return text;
  return text.value.trim() === '' ? fail(refuseBody('invalid-json', 'is empty; send a JSON object')) : parseBody(text.value);
}

/** The same for a body that may be left out, whatever media type is given for nothing; undefined then. */
export async function readOptionalJsonBody(request: Request, maxBytes: number): Promise<Result<unknown, Refusal>> {
  const text = await readBodyText(request, maxBytes);
  if (!text.ok) return text;
  if (text.value.trim() === '') return ok(undefined);
  return isJson(request) ? parseBody(text.value) : fail(notJson);
}
