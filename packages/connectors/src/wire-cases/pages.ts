/**
 * Lists that come in pages, where the specification's words give it away: the next page is asked for by a
 * cursor, a page's number or an offset, also as a member of one `page` (JSON:API). A cursor in the answer reaches the
 * caller, who has to send it back, and so does the next page that an answer's `Link` header names.
 */
import { arrayOr, isObject, type JsonObject, objectOr, own, textOf } from '../json.ts';
import type { InputSchema } from '../languages/typescript/runtime/operation.ts';
import type { WireCase } from '../languages/wire-case.ts';
import type { ApiModel } from '../model/model.ts';
import { isJsonMedia } from '../tools/media-types.ts';
import { type Material, newCase } from './new-case.ts';
import { percentEncoded } from './reference-style.ts';
import { sampleSuccess, successOf, withField } from './sample-answers.ts';
import { argumentSchema, sampleArguments, withArgument } from './sample-arguments.ts';
import type { Subject } from './subjects.ts';

/** With characters that mean something in a URL, as real cursors have them. */
const CURSOR = 'bmV4dA==/page+2&';
const PAGE = 2;
const OFFSET = 10;
/** What of a link is not for the caller. */
const SECRET = 'not-to-be-told';

const cursorNames =
  /^(page\[(cursor|after)\]|cursor|after|starting_?after|(next_?)?page_?token|next_?(token|cursor)|continuation(_?token)?|marker)$/i;
const pageNames = /^(page\[number\]|page|page_?(number|num|index|no))$/i;
const offsetNames = /^(page\[offset\]|offset|skip|start_?(index|at))$/i;
const nextNames = /^(next_?(cursor|token|page_?token)|continuation_?token|end_?cursor)$/i;

/** A case for an operation that has pages, and others when its answer tells where the next begins. */
export function pageCases(subject: Subject, material: Material): readonly WireCase[] {
  const found = pagingArgument(subject);
  if (found === undefined) return [];
  const required = sampleArguments(subject.row.inputSchema, 'required');
  const plain = sampleSuccess(subject, material.model);
  const next = newCase(material, subject, {
    does: `asks for the next page by "${found.name}"`,
    args: withArgument(required, found.argument, found.given(found.value)),
    answers: [plain.answer],
    result: { isError: false, ...plain.seen },
  });
  return [...cursorCases(subject, material, found), ...linkCases(subject, material, found), next];
}

/** The field of an answer that holds the cursor of the next page reaches the caller. */
function cursorCases(subject: Subject, material: Material, { value }: PagingArgument): readonly WireCase[] {
  const field = value === CURSOR ? nextCursorField(subject, material.model) : undefined;
  if (field === undefined) return [];
  const { answer } = sampleSuccess(subject, material.model, withField(field, CURSOR));
  const args = sampleArguments(subject.row.inputSchema, 'required');
  return [
    newCase(material, subject, {
      does: 'tells where the next page begins',
      args,
      answers: [answer],
      result: { isError: false, contains: [CURSOR] },
    }),
  ];
}

/** RFC 8288: the address of the next page becomes the argument that leads to it, and what else stands in it is not told. */
function linkCases(subject: Subject, material: Material, { argument, name, value, member }: PagingArgument): readonly WireCase[] {
  const args = sampleArguments(subject.row.inputSchema, 'required');
  if (successOf(subject.source)?.hasLink !== true || own(args, argument) === value) return [];
  const next = subject.asCalled({ [argument]: member === undefined ? value : { [member]: value } });
  const [called = ''] = Object.keys(next);
  const { properties } = subject.actual.inputSchema;
  // A connector follows no reference to find out which members an object has.
  if (member !== undefined && objectOr(own(objectOr(properties), called)).properties === undefined) return [];
  const { answer } = sampleSuccess(subject, material.model);
  const query = `${SECRET}=${SECRET}&${percentEncoded(name)}=${percentEncoded(String(value))}`;
  const Link = `<{upstream}/?page_of=first>; rel="first", <{upstream}/?${query}>; rel="next"`;
  return [
    newCase(material, subject, {
      does: 'tells of the next page that a link names',
      args,
      answers: [{ ...answer, headers: { ...answer.headers, Link } }],
      result: {
        isError: false,
        contains: [`There is a next page. Call this again with the same arguments and ${JSON.stringify(next)}.`],
        excludes: [SECRET],
      },
    }),
  ];
}

interface PagingArgument {
  readonly argument: string;
  /** On the wire. */
  readonly name: string;
  readonly value: string | number;
  /** The member of the argument that this value is, where the argument is an object. */
  readonly member?: string;
  /** The argument that holds this value. */
  readonly given: (value: unknown) => unknown;
}

type Candidate = Omit<PagingArgument, 'value'> & { readonly schema: JsonObject };

function pagingArgument(subject: Subject): PagingArgument | undefined {
  for (const { schema, ...candidate } of candidatesOf(subject)) {
    const { name } = candidate;
    const types = [schema.type].flat();
    const isText =
      types.includes('string') && ['enum', 'pattern', 'format', 'maxLength', 'minLength'].every((keyword) => !(keyword in schema));
    if (cursorNames.test(name) && isText) return { ...candidate, value: CURSOR };
    const value = pageNames.test(name) ? PAGE : offsetNames.test(name) ? OFFSET : undefined;
    const isNumber = (types.includes('integer') || types.includes('number')) && !types.includes('string');
    if (value !== undefined && isNumber && isWithin(value, schema)) return { ...candidate, value };
  }
  return undefined;
}

/** Every argument of a query and every variable of GraphQL; the members of a deep object instead of itself. */
function candidatesOf({ row, parameters }: Subject): readonly Candidate[] {
  const whole = (argument: string, name: string): Candidate => ({
    argument,
    name,
    given: (value) => value,
    schema: argumentSchema(row.inputSchema, argument),
  });
  const ofQuery = [...parameters].flatMap(([argument, parameter]): readonly Candidate[] => {
    if (parameter.in !== 'query') return [];
    if (parameter.style !== 'deepObject') return [whole(argument, parameter.name)];
    const { properties, required: names } = argumentSchema(row.inputSchema, argument);
    const object: InputSchema = { ...row.inputSchema, properties: objectOr(properties), required: arrayOr(names) };
    const required = sampleArguments(object, 'required');
    return Object.keys(objectOr(properties)).map((member) => ({
      argument,
      name: `${parameter.name}[${member}]`,
      member,
      given: (value) => withArgument(required, member, value),
      schema: argumentSchema(object, member),
    }));
  });
  const variables = row.body?.kind === 'graphql' ? (row.body.fields ?? []) : [];
  return [...ofQuery, ...variables.map(({ argument, name = argument }) => whole(argument, name))];
}

const isWithin = (value: number, schema: Readonly<Record<string, unknown>>): boolean =>
  !(typeof schema.maximum === 'number' && value > schema.maximum) &&
  !(typeof schema.minimum === 'number' && value < schema.minimum) &&
  !(typeof schema.multipleOf === 'number' && value % schema.multipleOf !== 0) &&
  schema.enum === undefined;

/** The field of the answer that holds the cursor of the next page. */
function nextCursorField({ source }: Subject, model: ApiModel): string | undefined {
  const media = source.responses.find(({ status }) => /^2/.test(status))?.media.find(({ mediaType }) => isJsonMedia(mediaType));
  const resolution = isObject(media?.schema) ? model.references.resolve(media.schema) : undefined;
  if (resolution?.kind !== 'found') return undefined;
  return Object.keys(objectOr(resolution.value.properties)).find((name) => textOf(name) !== undefined && nextNames.test(name));
}
