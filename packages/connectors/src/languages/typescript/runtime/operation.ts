/**
 * The form of this connector's data. `operations.ts` holds nothing but values of these types, so that
 * no text of the API's specification is ever code: it is looked up, encoded and sent, never evaluated.
 */

export interface Api {
  /** Name of this MCP server. */
  readonly name: string;
  readonly title: string;
  readonly version: string;
  /** Where the API lives unless the variable BASE_URL says otherwise. */
  readonly baseUrl?: string;
  /** What the server tells a client about itself. */
  readonly instructions: string;
  /**
   * `dynamic`: the list holds three tools that search, describe and call the operations, because the operations
   * themselves would not fit into anybody's context. Left out: a tool per operation.
   */
  readonly mode?: 'dynamic';
  /** In the mode `dynamic`, what is listed. */
  readonly tools?: readonly ListedTool[];
  /** How to be let in, by the scheme's name. Values come from the named variables, never from here. */
  readonly credentials: { readonly [scheme: string]: Credential };
}

export interface ListedTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: InputSchema;
  readonly annotations: Annotations & { readonly title: string };
}

export type Credential =
  | { readonly kind: 'apiKey'; readonly in: 'header' | 'query' | 'cookie'; readonly parameter: string; readonly variable: string }
  /** `prefix`: the word before the token, where it is not Bearer. */
  | { readonly kind: 'bearer'; readonly prefix?: string; readonly variable: string }
  | { readonly kind: 'basic'; readonly usernameVariable: string; readonly passwordVariable: string };

/** JSON Schema 2020-12 with an object at its root. */
export interface InputSchema {
  readonly type: 'object';
  readonly [keyword: string]: unknown;
}

/** Operations by the name of their tool. An object and not a list: TypeScript checks a thousand entries one by one. */
export interface Operations {
  readonly [tool: string]: Operation;
}

export interface Operation {
  readonly title?: string;
  readonly description: string;
  readonly method: string;
  /** Path template, such as `/pets/{petId}`. */
  readonly path: string;
  /** Base URL of an operation that lives elsewhere than the rest of the API. */
  readonly server?: string;
  readonly parameters: readonly Parameter[];
  readonly body?: Body;
  /** Alternatives, each a list of credentials that go together; an empty one means none are needed. */
  readonly security: readonly (readonly string[])[];
  readonly inputSchema: InputSchema;
  /** What a successful JSON answer looks like, loosened; an answer that is no object is wrapped as `{ result }`. */
  readonly outputSchema?: InputSchema;
  readonly annotations: Annotations;
}

/** MCP's hints. `openWorldHint` is true unless said otherwise: an API is the open world. */
export interface Annotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint?: boolean;
}

export type Style = 'simple' | 'label' | 'matrix' | 'form' | 'spaceDelimited' | 'pipeDelimited' | 'deepObject';

/** How a value is written: OpenAPI's words. Absent fields take OpenAPI's defaults. */
export interface Parameter {
  readonly argument: string;
  /** The name the API knows, when the argument is called otherwise. */
  readonly name?: string;
  /** `querystring`: the value is the whole query, an object that is no JSON as a form. */
  readonly in: 'path' | 'query' | 'querystring' | 'header' | 'cookie';
  readonly style?: Style;
  readonly explode?: boolean;
  readonly allowReserved?: boolean;
  /** The value travels as JSON text. */
  readonly json?: boolean;
}

export interface Body {
  readonly mediaType: string;
  /** `graphql`: the fields are the variables of `document`, and `errors` in the answer is a failure. */
  readonly kind: 'json' | 'form' | 'multipart' | 'text' | 'binary' | 'graphql';
  readonly document?: string;
  /** Sent even when none of its fields is given. */
  readonly required?: boolean;
  /** The argument that is the whole body, when the body has no fields of its own. */
  readonly argument?: string;
  /** The arguments that make up the body's fields. */
  readonly fields?: readonly Field[];
}

export interface Field {
  readonly argument: string;
  readonly name?: string;
  readonly style?: Style;
  readonly explode?: boolean;
  readonly contentType?: string;
  /** A file: the argument is base64. */
  readonly file?: boolean;
}
