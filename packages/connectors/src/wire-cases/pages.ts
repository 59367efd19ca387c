/**
 * Lists that come in pages, where the specification's words give it away: the next page is asked for by a
 * cursor, a page's number or an offset, and a cursor in the answer reaches the caller, who has to send it back.
 */
import { isObject, objectOr, textOf } from '../json.ts';
import type { WireCase } from '../languages/wire-case.ts';
import type { ApiModel } from '../model/model.ts';
import { isJsonMedia } from '../tools/tool-input.ts';
import { type Material, newCase } from './new-case.ts';
import { sampleSuccess, withField } from './sample-answers.ts';
import { argumentSchema, sampleArguments, withArgument } from './sample-arguments.ts';
import type { Subject } from './subjects.ts';

/** With characters that mean something in a URL, as real cursors have them. */
const CURSOR = 'bmV4dA==/page+2&';
const PAGE = 2;
const OFFSET = 10;

const cursorNames = /^(cursor|after|starting_?after|(next_?)?page_?token|next_?(token|cursor)|continuation(_?token)?|marker)$/i;
const pageNames = /^(page|page_?(number|num|index|no))$/i;
const offsetNames = /^(offset|skip|start_?(index|at))$/i;
const nextNames = /^(next_?(cursor|token|page_?token)|continuation_?token|end_?cursor)$/i;

/** A case for an operation that has pages, and a second one when its answer tells where the next begins. */
export function pageCases(subject: Subject, material: Material): readonly WireCase[] {
  const found = pagingArgument(subject);
  if (found === undefined) return [];
  const required = sampleArguments(subject.row.inputSchema, 'required');
  const plain = sampleSuccess(subject, material.model);
  const next = newCase(material, subject, {
    does: `asks for the next page by "${found.argument}"`,
    args: withArgument(required, found.argument, found.value),
    answers: [plain.answer],
    result: { isError: false, ...plain.seen },
  });
  const field = found.value === CURSOR ? nextCursorField(subject, material.model) : undefined;
  if (field === undefined) return [next];
  const { answer } = sampleSuccess(subject, material.model, withField(field, CURSOR));
  const first = newCase(material, subject, {
    does: 'tells where the next page begins',
    args: required,
    answers: [answer],
    result: { isError: false, contains: [CURSOR] },
  });
  return [first, next];
}

interface PagingArgument {
  readonly argument: string;
  readonly value: string | number;
}

function pagingArgument({ row, parameters }: Subject): PagingArgument | undefined {
  const ofQuery = [...parameters].flatMap(([argument, parameter]) =>
    parameter.in === 'query' ? [[argument, parameter.name] as const] : [],
  );
  const variables = row.body?.kind === 'graphql' ? (row.body.fields ?? []) : [];
  const named = [...ofQuery, ...variables.map(({ argument, name = argument }) => [argument, name] as const)];
  for (const [argument, name] of named) {
    const schema = argumentSchema(row.inputSchema, argument);
    const types = [schema.type].flat();
    const isText =
      types.includes('string') && ['enum', 'pattern', 'format', 'maxLength', 'minLength'].every((keyword) => !(keyword in schema));
    if (cursorNames.test(name) && isText) return { argument, value: CURSOR };
    const value = pageNames.test(name) ? PAGE : offsetNames.test(name) ? OFFSET : undefined;
    if (value !== undefined && (types.includes('integer') || types.includes('number')) && isWithin(value, schema))
      return { argument, value };
  }
  return undefined;
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
