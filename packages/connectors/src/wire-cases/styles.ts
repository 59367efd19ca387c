/** A case for every way the API's parameters are written, with values that hold what separates values. */
import type { WireCase } from '../languages/wire-case.ts';
import type { ApiParameter } from '../model/model.ts';
import { type Material, newCase } from './new-case.ts';
import { sampleSuccess } from './sample-answers.ts';
import { adorned, argumentSchema, sampleArguments, withArgument } from './sample-arguments.ts';
import type { Subject } from './subjects.ts';

/** One case for each style, place and shape of value that occurs: the first parameter that has it. */
export function styleCases(subjects: readonly Subject[], material: Material): readonly WireCase[] {
  const shown = new Set<string>();
  return subjects.flatMap((subject) => {
    const { inputSchema } = subject.row;
    const all = sampleArguments(inputSchema, 'all');
    return [...subject.parameters].flatMap(([argument, parameter]) => {
      const value = all[argument];
      const what = notation(parameter, value);
      // A header holds what fetch lets through, and a dot segment or an empty one would be another path.
      if (value === undefined || shown.has(what)) return [];
      const decorated = parameter.in === 'header' ? value : adorned(argumentSchema(inputSchema, argument), value, inputSchema);
      if (isPlain(value) && decorated === value && parameter.in !== 'header') return [];
      shown.add(what);
      const { answer, seen } = sampleSuccess(subject, material.model);
      const args = withArgument(sampleArguments(inputSchema, 'required'), argument, decorated);
      return [newCase(material, subject, { does: `writes ${what}`, args, answers: [answer], result: { isError: false, ...seen } })];
    });
  });
}

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;

function notation({ in: place, style, explode, allowReserved, mediaType }: ApiParameter, value: unknown): string {
  const shape = Array.isArray(value) ? 'a list' : isPlain(value) ? 'a value' : 'an object';
  if (place === 'querystring') return `${shape} as the whole query${mediaType === undefined ? '' : ', as JSON'}`;
  if (mediaType !== undefined) return `${shape} in the ${place} as JSON`;
  const exploded = explode && shape !== 'a value' ? ', exploded' : '';
  return `${shape} in the ${place} in the style ${style}${exploded}${allowReserved ? ', reserved characters allowed' : ''}`;
}
