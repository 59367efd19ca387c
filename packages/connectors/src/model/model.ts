/**
 * One form for an API, whatever it was described in. Everything that follows (analysis, tools,
 * connector, mock) reads this and never the document's own layout.
 *
 * Schemas stay as they are in the document and are read through `references`: a model of 11,000
 * operations then costs little more than the document itself.
 */
import type { Issue } from '@mcpoverflow/types';
import type { JsonObject } from '../json.ts';
import type { References } from './references.ts';

/** `querystring`: the value is the whole query (OpenAPI 3.2); its style means nothing. */
export const parameterPlaces = ['path', 'query', 'querystring', 'header', 'cookie'] as const;
export type ParameterPlace = (typeof parameterPlaces)[number];
export const parameterStyles = ['simple', 'label', 'matrix', 'form', 'spaceDelimited', 'pipeDelimited', 'deepObject'] as const;
export type ParameterStyle = (typeof parameterStyles)[number];

export interface ApiParameter {
  readonly name: string;
  readonly in: ParameterPlace;
  readonly required: boolean;
  readonly deprecated: boolean;
  readonly description?: string;
  readonly style: ParameterStyle;
  readonly explode: boolean;
  readonly allowReserved: boolean;
  /** Set when the value travels as a document of this media type instead of in a style. */
  readonly mediaType?: string;
  readonly schema: unknown;
}

/** How one property of a form or multipart body travels. */
export interface ApiEncoding {
  readonly contentType?: string;
  readonly style?: ParameterStyle;
  readonly explode?: boolean;
}

export interface ApiMedia {
  /** In lower case, without parameters. */
  readonly mediaType: string;
  /** As the document writes it, when it has parameters such as a version. */
  readonly contentType?: string;
  readonly schema: unknown;
  readonly example?: unknown;
  readonly encodings: ReadonlyMap<string, ApiEncoding>;
}

export interface ApiBody {
  readonly required: boolean;
  readonly description?: string;
  readonly media: readonly ApiMedia[];
}

export interface ApiResponse {
  /** `200`, `2XX`, `default` … */
  readonly status: string;
  readonly description: string;
  readonly media: readonly ApiMedia[];
  /** It comes with a `Link` header. */
  readonly hasLink?: true;
}

/** One way to be allowed in: every named scheme together. An empty list means anonymous. */
export type SecurityAlternative = readonly string[];

export type SecurityScheme = { readonly name: string; readonly description?: string } & (
  | { readonly kind: 'apiKey'; readonly in: 'header' | 'query' | 'cookie'; readonly parameter: string }
  | { readonly kind: 'basic' }
  /** A token of HTTP's own header; `prefix` where another word than Bearer stands before it. */
  | { readonly kind: 'bearer' | 'oauth2'; readonly prefix?: string }
  | { readonly kind: 'openIdConnect' }
  | { readonly kind: 'unsupported'; readonly what: string }
);

export interface ApiOperation {
  /** Upper case. */
  readonly method: string;
  /** The path template, such as `/pets/{petId}`. */
  readonly path: string;
  /** JSON Pointer to the operation in the document. */
  readonly pointer: string;
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly deprecated: boolean;
  readonly parameters: readonly ApiParameter[];
  readonly body?: ApiBody;
  readonly responses: readonly ApiResponse[];
  /** Alternatives in the document's order; empty when the operation asks for nothing. */
  readonly security: readonly SecurityAlternative[];
  /** The document says that nobody need be let in (`security: []`), which is more than saying nothing. */
  readonly isOpen?: true;
  /** Absolute base URL when the operation has a server of its own. */
  readonly server?: string;
  /** A GraphQL operation: the text that is sent as `query`. The body's fields are its variables. */
  readonly graphql?: { readonly document: string };
  /** The document's own word on the tool (`x-mcp-annotations`). */
  readonly annotations: JsonObject;
}

export interface ApiModel {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** The first server's absolute URL with its variables' defaults; undefined when the document has only a relative one or none. */
  readonly baseUrl?: string;
  /** The path part of every server, relative ones included, without a trailing slash. */
  readonly basePaths: readonly string[];
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly operations: readonly ApiOperation[];
  readonly securitySchemes: ReadonlyMap<string, SecurityScheme>;
  /** `components.schemas` of the document. */
  readonly schemas: JsonObject;
  readonly references: References;
  readonly issues: readonly Issue[];
}
