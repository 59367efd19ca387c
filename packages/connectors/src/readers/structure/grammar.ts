/**
 * How OpenAPI 2.0, 3.0, 3.1 and 3.2 documents are built, as a table: which fields an object has, what
 * they hold, and which of them exclude each other.
 *
 * The official JSON Schemas say the same and more slowly: compiled for all versions they weigh 61 KB and
 * name the place of a mistake by the branch of a `oneOf` that failed last. This table is read by
 * `check-structure.ts`, which tells the very object and field.
 */
import { arrayOr, isObject, type JsonObject, objectOr, own, textOf } from '../../json.ts';

export type Version = '2.0' | '3.0' | '3.1' | '3.2';

export type Rule =
  | { readonly kind: 'text' | 'boolean' | 'anything' | 'schema' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'list'; readonly of: Rule }
  | { readonly kind: 'map'; readonly of: Rule; readonly keys?: RegExp }
  | { readonly kind: 'object'; readonly name: string };

/** Tells of something that is wrong with an object; `steps` lead from the object to the place. */
export type Complain = (message: string, ...steps: readonly (string | number)[]) => void;

export interface ObjectRule {
  readonly fields: ReadonlyMap<string, Rule>;
  readonly required: readonly string[];
  /** Pairs of fields of which only one may be there. */
  readonly exclusive: readonly (readonly [string, string])[];
  /** A Reference Object may stand in its place. */
  readonly isReferable: boolean;
  /** Entries beside the fields: names that match, and what they hold. */
  readonly entries?: { readonly names: RegExp; readonly of: Rule };
  /** What a table of fields cannot say. */
  readonly judge?: (value: JsonObject, complain: Complain) => void;
}

export type Grammar = ReadonlyMap<string, ObjectRule>;

const text: Rule = { kind: 'text' };
const boolean: Rule = { kind: 'boolean' };
const anything: Rule = { kind: 'anything' };
const schema: Rule = { kind: 'schema' };
const choice = (...of: readonly string[]): Rule => ({ kind: 'choice', of });
const list = (of: Rule): Rule => ({ kind: 'list', of });
const map = (of: Rule, keys?: RegExp): Rule => ({ kind: 'map', of, ...(keys === undefined ? {} : { keys }) });
const a = (name: string): Rule => ({ kind: 'object', name });

/** What an object brings beside its fields. */
type Traits = Partial<Omit<ObjectRule, 'fields' | 'required'>>;

/** Fields by name; a mark behind the name says that it is required (`!`) or since which version it exists (`@3.1`). */
function rule(version: Version, fields: Readonly<Record<string, Rule>>, traits: Traits = {}): ObjectRule {
  const known = new Map<string, Rule>();
  const required: string[] = [];
  for (const [written, holds] of Object.entries(fields)) {
    const [, name = '', isRequired, since] = /^([^!@]+)(!?)(?:@(.+))?$/.exec(written) ?? [];
    if (since !== undefined && version < since) continue;
    known.set(name, holds);
    if (isRequired === '!') required.push(name);
  }
  return { fields: known, required, exclusive: [], isReferable: false, ...traits };
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
const componentName = /^[a-zA-Z0-9._-]+$/;
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const statusName = /^([1-5]([0-9]{2}|XX)|default)$/;
const examples: ObjectRule['exclusive'] = [['example', 'examples']];

/** The objects of a version by their name; `document` is where a document begins. */
export const grammarOf = (version: Version): Grammar => (version === '2.0' ? swagger() : openapi(version));

const common = (version: Version): [string, ObjectRule][] => [
  ['contact', rule(version, { name: text, url: text, email: text })],
  ['license', rule(version, { 'name!': text, url: text, 'identifier@3.1': text }, { exclusive: [['identifier', 'url']] })],
  ['externalDocs', rule(version, { 'url!': text, description: text })],
  [
    'info',
    rule(version, {
      'title!': text,
      'version!': text,
      'summary@3.1': text,
      description: text,
      termsOfService: text,
      contact: a('contact'),
      license: a('license'),
    }),
  ],
  [
    'tag',
    rule(version, {
      'name!': text,
      'summary@3.2': text,
      description: text,
      externalDocs: a('externalDocs'),
      'parent@3.2': text,
      'kind@3.2': text,
    }),
  ],
];

function openapi(version: Exclude<Version, '2.0'>): Grammar {
  const of = (fields: Readonly<Record<string, Rule>>, traits?: Traits): ObjectRule => rule(version, fields, traits);
  const refers = { isReferable: true } as const;
  const content = map(a('mediaType'));
  const operation = a('operation');
  const parameterFields = {
    description: text,
    required: boolean,
    deprecated: boolean,
    schema,
    content,
    example: anything,
    examples: map(a('example')),
    explode: boolean,
  };
  return new Map<string, ObjectRule>([
    ...common(version),
    [
      'document',
      of(
        {
          'openapi!': text,
          '$self@3.2': text,
          'info!': a('info'),
          'jsonSchemaDialect@3.1': text,
          servers: list(a('server')),
          [version === '3.0' ? 'paths!' : 'paths']: a('paths'),
          'webhooks@3.1': map(a('pathItem')),
          components: a('components'),
          security: list(a('security')),
          tags: list(a('tag')),
          externalDocs: a('externalDocs'),
        },
        { judge: judgeDocument },
      ),
    ],
    ['server', of({ 'url!': text, description: text, 'name@3.2': text, variables: map(a('serverVariable')) })],
    ['serverVariable', of({ enum: list(text), 'default!': text, description: text }, { judge: judgeServerVariable })],
    [
      'components',
      of({
        schemas: map(schema, componentName),
        responses: map(a('response'), componentName),
        parameters: map(a('parameter'), componentName),
        examples: map(a('example'), componentName),
        requestBodies: map(a('requestBody'), componentName),
        headers: map(a('header'), componentName),
        securitySchemes: map(a('securityScheme'), componentName),
        links: map(a('link'), componentName),
        callbacks: map(a('callback'), componentName),
        'pathItems@3.1': map(a('pathItem'), componentName),
        'mediaTypes@3.2': map(a('mediaType'), componentName),
      }),
    ],
    ['paths', of({}, { entries: { names: /^\//, of: a('pathItem') } })],
    [
      'pathItem',
      of(
        {
          summary: text,
          description: text,
          servers: list(a('server')),
          parameters: list(a('parameter')),
          ...Object.fromEntries([...methods, 'trace', 'query@3.2'].map((method) => [method, operation])),
          'additionalOperations@3.2': map(operation, headerName),
        },
        { ...refers, judge: judgePathItem },
      ),
    ],
    [
      'operation',
      of(
        {
          tags: list(text),
          summary: text,
          description: text,
          externalDocs: a('externalDocs'),
          operationId: text,
          parameters: list(a('parameter')),
          requestBody: a('requestBody'),
          [version === '3.0' ? 'responses!' : 'responses']: a('responses'),
          callbacks: map(a('callback')),
          deprecated: boolean,
          security: list(a('security')),
          servers: list(a('server')),
        },
        { judge: judgeParameterList },
      ),
    ],
    [
      'parameter',
      of(
        {
          ...parameterFields,
          'name!': text,
          'in!': choice('path', 'query', 'header', 'cookie', ...(version === '3.2' ? ['querystring'] : [])),
          allowEmptyValue: boolean,
          style: text,
          allowReserved: boolean,
        },
        { ...refers, exclusive: examples, judge: judgeParameter(version) },
      ),
    ],
    ['header', of({ ...parameterFields, style: choice('simple') }, { ...refers, exclusive: examples, judge: judgeSchemaOrContent })],
    ['requestBody', of({ description: text, 'content!': content, required: boolean }, refers)],
    [
      'mediaType',
      of(
        {
          'description@3.2': text,
          schema,
          'itemSchema@3.2': schema,
          example: anything,
          examples: map(a('example')),
          encoding: map(a('encoding')),
          'prefixEncoding@3.2': list(a('encoding')),
          'itemEncoding@3.2': a('encoding'),
        },
        { isReferable: version === '3.2', exclusive: [...examples, ...encodings] },
      ),
    ],
    [
      'encoding',
      of(
        {
          contentType: text,
          headers: map(a('header'), headerName),
          style: choice('form', 'spaceDelimited', 'pipeDelimited', 'deepObject'),
          explode: boolean,
          allowReserved: boolean,
          'encoding@3.2': map(a('encoding')),
          'prefixEncoding@3.2': list(a('encoding')),
          'itemEncoding@3.2': a('encoding'),
        },
        { exclusive: encodings },
      ),
    ],
    ['responses', of({}, { entries: { names: statusName, of: a('response') } })],
    [
      'response',
      of(
        {
          'summary@3.2': text,
          [version === '3.2' ? 'description' : 'description!']: text,
          headers: map(a('header'), headerName),
          content,
          links: map(a('link')),
        },
        refers,
      ),
    ],
    ['callback', of({}, { ...refers, entries: { names: /^/, of: a('pathItem') } })],
    [
      'example',
      of(
        {
          summary: text,
          description: text,
          value: anything,
          externalValue: text,
          'dataValue@3.2': anything,
          'serializedValue@3.2': text,
        },
        {
          ...refers,
          exclusive: [
            ['value', 'externalValue'],
            ['value', 'dataValue'],
            ['value', 'serializedValue'],
            ['serializedValue', 'externalValue'],
          ],
        },
      ),
    ],
    [
      'link',
      of(
        { operationRef: text, operationId: text, parameters: map(anything), requestBody: anything, description: text, server: a('server') },
        { ...refers, exclusive: [['operationRef', 'operationId']] },
      ),
    ],
    ['security', of({}, { entries: { names: /^/, of: list(text) } })],
    [
      'securityScheme',
      of(
        {
          'type!': choice('apiKey', 'http', 'oauth2', 'openIdConnect', ...(version === '3.0' ? [] : ['mutualTLS'])),
          description: text,
          name: text,
          in: choice('query', 'header', 'cookie'),
          scheme: text,
          bearerFormat: text,
          flows: a('flows'),
          openIdConnectUrl: text,
          'oauth2MetadataUrl@3.2': text,
          'deprecated@3.2': boolean,
        },
        {
          ...refers,
          judge: judgeNeeds({ apiKey: ['name', 'in'], http: ['scheme'], oauth2: ['flows'], openIdConnect: ['openIdConnectUrl'] }),
        },
      ),
    ],
    [
      'flows',
      of({
        implicit: a('implicit'),
        password: a('tokenFlow'),
        clientCredentials: a('tokenFlow'),
        authorizationCode: a('codeFlow'),
        'deviceAuthorization@3.2': a('deviceFlow'),
      }),
    ],
    ['implicit', of({ 'authorizationUrl!': text, refreshUrl: text, 'scopes!': map(text) })],
    ['tokenFlow', of({ 'tokenUrl!': text, refreshUrl: text, 'scopes!': map(text) })],
    ['codeFlow', of({ 'authorizationUrl!': text, 'tokenUrl!': text, refreshUrl: text, 'scopes!': map(text) })],
    ['deviceFlow', of({ 'deviceAuthorizationUrl!': text, 'tokenUrl!': text, refreshUrl: text, 'scopes!': map(text) })],
    [
      'xml',
      of(
        { name: text, namespace: text, prefix: text, attribute: boolean, wrapped: boolean, 'nodeType@3.2': text },
        {
          exclusive: [
            ['nodeType', 'attribute'],
            ['nodeType', 'wrapped'],
          ],
        },
      ),
    ],
    ['discriminator', of({ 'propertyName!': text, mapping: map(text), 'defaultMapping@3.2': text })],
  ]);
}

const encodings = [
  ['encoding', 'prefixEncoding'],
  ['encoding', 'itemEncoding'],
] as const;

function swagger(): Grammar {
  const of = (fields: Readonly<Record<string, Rule>>, traits?: Traits): ObjectRule => rule('2.0', fields, traits);
  const schemes = list(choice('http', 'https', 'ws', 'wss'));
  const limits = Object.fromEntries(
    'maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems enum multipleOf default format'
      .split(' ')
      .map((keyword) => [keyword, anything]),
  );
  const items = { ...limits, items: a('items'), collectionFormat: choice('csv', 'ssv', 'tsv', 'pipes') };
  const types = ['string', 'number', 'integer', 'boolean', 'array'];
  return new Map<string, ObjectRule>([
    ...common('2.0'),
    [
      'document',
      of({
        'swagger!': text,
        'info!': a('info'),
        host: text,
        basePath: text,
        schemes,
        consumes: list(text),
        produces: list(text),
        'paths!': a('paths'),
        definitions: map(schema),
        parameters: map(a('parameter')),
        responses: map(a('response')),
        securityDefinitions: map(a('securityScheme')),
        security: list(a('security')),
        tags: list(a('tag')),
        externalDocs: a('externalDocs'),
      }),
    ],
    ['paths', of({}, { entries: { names: /^\//, of: a('pathItem') } })],
    [
      'pathItem',
      of(
        { parameters: list(a('parameter')), ...Object.fromEntries(methods.map((method) => [method, a('operation')])) },
        { isReferable: true },
      ),
    ],
    [
      'operation',
      of({
        tags: list(text),
        summary: text,
        description: text,
        externalDocs: a('externalDocs'),
        operationId: text,
        consumes: list(text),
        produces: list(text),
        parameters: list(a('parameter')),
        'responses!': a('responses'),
        schemes,
        deprecated: boolean,
        security: list(a('security')),
      }),
    ],
    [
      'parameter',
      of(
        {
          ...items,
          'name!': text,
          'in!': choice('path', 'query', 'header', 'formData', 'body'),
          description: text,
          required: boolean,
          schema,
          type: choice(...types, 'file'),
          allowEmptyValue: boolean,
          collectionFormat: choice('csv', 'ssv', 'tsv', 'pipes', 'multi'),
        },
        { isReferable: true, judge: judgeSwaggerParameter },
      ),
    ],
    ['items', of({ ...items, 'type!': choice(...types), description: text })],
    ['responses', of({}, { entries: { names: /^([0-9]{3}|default)$/, of: a('response') } })],
    ['response', of({ 'description!': text, schema, headers: map(a('header')), examples: map(anything) }, { isReferable: true })],
    ['header', of({ ...items, 'type!': choice(...types), description: text })],
    ['security', of({}, { entries: { names: /^/, of: list(text) } })],
    [
      'securityScheme',
      of(
        {
          'type!': choice('basic', 'apiKey', 'oauth2'),
          description: text,
          name: text,
          in: choice('query', 'header'),
          flow: choice('implicit', 'password', 'application', 'accessCode'),
          authorizationUrl: text,
          tokenUrl: text,
          scopes: map(text),
        },
        { judge: judgeNeeds({ apiKey: ['name', 'in'], oauth2: ['flow', 'scopes'] }) },
      ),
    ],
    ['xml', of({ name: text, namespace: text, prefix: text, attribute: boolean, wrapped: boolean })],
  ]);
}

function judgeDocument(document: JsonObject, complain: Complain): void {
  if (!['paths', 'components', 'webhooks'].some((field) => own(document, field) !== undefined)) {
    complain('A document needs at least one of "paths", "components" and "webhooks".');
  }
}

function judgeServerVariable(variable: JsonObject, complain: Complain): void {
  if (!Array.isArray(variable.enum)) return;
  if (variable.enum.length === 0) complain('The list of a server variable\u2019s values must not be empty.', 'enum');
  else if (variable.default !== undefined && !variable.enum.includes(variable.default)) {
    complain('The default of a server variable must be one of its values.', 'default');
  }
}

function judgePathItem(pathItem: JsonObject, complain: Complain): void {
  judgeParameterList(pathItem, complain);
  for (const method of Object.keys(objectOr(pathItem.additionalOperations))) {
    if ([...methods, 'trace', 'query'].includes(method.toLowerCase())) {
      complain(`The method ${method.toUpperCase()} has a field of its own and does not belong here.`, 'additionalOperations', method);
    }
  }
}

/** One query string at most, and none beside query parameters. References are not followed: what they lead to is judged alone. */
function judgeParameterList(owner: JsonObject, complain: Complain): void {
  const places = arrayOr(owner.parameters).map((parameter) => objectOr(parameter).in);
  const first = places.indexOf('querystring');
  if (first === -1) return;
  const second = places.indexOf('querystring', first + 1);
  if (second !== -1) complain('Only one parameter may be the whole query string.', 'parameters', second);
  if (places.includes('query')) complain('A parameter that is the whole query string excludes query parameters.', 'parameters', first);
}

const stylesOfPlaces: Readonly<Record<string, readonly string[]>> = {
  path: ['simple', 'label', 'matrix'],
  header: ['simple'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  cookie: ['form'],
};

const judgeParameter =
  (version: Version) =>
  (parameter: JsonObject, complain: Complain): void => {
    const place = textOf(parameter.in) ?? '';
    const name = textOf(parameter.name) ?? '';
    judgeSchemaOrContent(parameter, complain);
    if (place === 'path' && parameter.required !== true) complain('A path parameter must say "required": true.');
    if (place === 'path' && version === '3.2' && /[{}]/.test(name)) complain('The name of a path parameter must not hold braces.', 'name');
    if (place === 'header' && name !== '' && !headerName.test(name)) complain('This is no name of a header.', 'name');
    if (place === 'querystring') {
      if (parameter.schema !== undefined) complain('A whole query string has "content" and no "schema".', 'schema');
      if (parameter.style !== undefined) complain('A whole query string has no style.', 'style');
      return;
    }
    const styles = [
      ...(Object.hasOwn(stylesOfPlaces, place) ? (stylesOfPlaces[place] ?? []) : []),
      ...(version === '3.2' && place === 'cookie' ? ['cookie'] : []),
    ];
    if (typeof parameter.style === 'string' && styles.length > 0 && !styles.includes(parameter.style)) {
      complain(`The style of a ${place} parameter is one of ${styles.join(', ')}.`, 'style');
    }
    const encodes = place === 'query' || (version === '3.2' && (place === 'path' || (place === 'cookie' && parameter.style !== 'cookie')));
    // Earlier versions give the field no meaning elsewhere, and do not forbid it either.
    if (parameter.allowReserved !== undefined && !encodes && version === '3.2') {
      complain('"allowReserved" belongs only where a value is percent-encoded.', 'allowReserved');
    }
  };

function judgeSchemaOrContent(value: JsonObject, complain: Complain): void {
  const { content } = value;
  if ((value.schema === undefined) === (content === undefined)) {
    if (value.in !== 'querystring' || content === undefined) complain('Exactly one of "schema" and "content" is needed.');
  }
  if (content === undefined) return;
  if (isObject(content) && Object.keys(content).length !== 1) complain('Exactly one media type is needed.', 'content');
  for (const field of ['style', 'explode', 'allowReserved']) {
    if (value[field] !== undefined && value.in !== 'querystring') complain(`"${field}" has no meaning beside "content".`, field);
  }
}

function judgeSwaggerParameter(parameter: JsonObject, complain: Complain): void {
  if (parameter.in === 'body') {
    if (parameter.schema === undefined) complain('A body parameter needs a "schema".');
    return;
  }
  if (parameter.in === 'path' && parameter.required !== true) complain('A path parameter must say "required": true.');
  if (parameter.type === undefined) complain('A parameter needs a "type".');
  if (parameter.type === 'array' && parameter.items === undefined) complain('A list needs "items".');
  if (parameter.type === 'file' && parameter.in !== 'formData') complain('A file belongs into "formData".', 'in');
}

/** Which fields each `type` cannot do without. */
const judgeNeeds =
  (needs: Readonly<Record<string, readonly string[]>>) =>
  (scheme: JsonObject, complain: Complain): void => {
    const type = textOf(scheme.type) ?? '';
    for (const field of Object.hasOwn(needs, type) ? (needs[type] ?? []) : []) {
      if (scheme[field] === undefined) complain(`A security scheme of the type ${type} needs the field "${field}".`);
    }
  };
