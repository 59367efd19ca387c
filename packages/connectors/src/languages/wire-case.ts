/**
 * One call of a tool, what must then go over the wire, what the mock upstream answers, and what the
 * caller must see. The same JSON drives the generated test suites of every language and this project's
 * own wire test, so that the languages cannot drift apart.
 *
 * `{upstream}` in a variable or in a header of an answer stands for the address of the mock upstream, which
 * nobody knows beforehand.
 */

export interface WireRequest {
  readonly method: string;
  /** Raw path and query as sent, percent-encoding included, such as `/pets/a%2Fb?tags=x&tags=y`. */
  readonly target: string;
  /** Must be there with exactly this value; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Names in lower case that must not be there. */
  readonly absentHeaders?: readonly string[];
  readonly body?:
    | { readonly kind: 'none' }
    /** Compared as JSON. */
    | { readonly kind: 'json'; readonly value: unknown }
    /** Compared as text: form bodies, plain text. */
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'base64'; readonly data: string }
    /** The parts of a multipart body, in order; `data` is base64. */
    | {
        readonly kind: 'multipart';
        readonly parts: readonly {
          readonly name: string;
          readonly filename?: true;
          readonly contentType?: string;
          readonly data: string;
        }[];
      };
}

export interface WireAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly bodyBase64?: string;
  /** The answer never comes; the connector must give up by its own time-out. */
  readonly hangs?: true;
}

export interface WireCase {
  /** A sentence about behaviour. */
  readonly name: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Beside `BASE_URL`, which is the mock upstream. */
  readonly environment?: Readonly<Record<string, string>>;
  /** In order, one per expected request; the last one stays. */
  readonly answers: readonly WireAnswer[];
  /** What the mock upstream must have seen, in order; empty when nothing may go out. */
  readonly requests: readonly WireRequest[];
  readonly result: {
    readonly isError: boolean;
    /** Texts that the result's text content must hold. */
    readonly contains?: readonly string[];
    readonly excludes?: readonly string[];
    /** `type` of the first content item when it is not text. */
    readonly contentType?: 'image' | 'audio' | 'resource';
    /** Compared as JSON. */
    readonly structured?: unknown;
  };
}
