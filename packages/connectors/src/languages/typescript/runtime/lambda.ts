/**
 * The endpoint behind a Lambda function URL: its events (payload format 2.0) as web requests and back.
 */
import worker from './worker.ts';

interface FunctionUrlEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: { readonly http: { readonly method: string } };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

interface FunctionUrlResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Answers one call of the function URL. */
export async function handler(event: FunctionUrlEvent): Promise<FunctionUrlResult> {
  const query = event.rawQueryString === '' ? '' : `?${event.rawQueryString}`;
  const request = new Request(`https://${event.headers.host ?? 'localhost'}${event.rawPath}${query}`, {
    method: event.requestContext.http.method,
    headers: event.headers,
    ...(event.body === undefined ? {} : { body: event.isBase64Encoded ? Buffer.from(event.body, 'base64') : event.body }),
  });
  const response = await worker.fetch(request, process.env);
  return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}
