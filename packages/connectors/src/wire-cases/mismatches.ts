/**
 * A case for everything that a connector's table says otherwise than the specification. Each fails until the
 * connector is mended, and its name says of which tool and of what. A connector as the engine made it has none.
 */
import { own, setOwn } from '../json.ts';
import type { WireCase } from '../languages/wire-case.ts';
import { UNFIT } from './calls.ts';
import type { Difference } from './differences.ts';
import { type Material, newCase } from './new-case.ts';
import { sampleSuccess } from './sample-answers.ts';
import { adorned, argumentSchema, sampleArguments, withArgument } from './sample-arguments.ts';
import type { Arguments } from './slots.ts';
import type { Subject } from './subjects.ts';

/** The cases of a tool that differs. How it is let in is shown where that of all tools is. */
export const mismatchCases = (subject: Subject, material: Material): readonly WireCase[] =>
  subject.differences.flatMap((difference) => {
    const made = mismatchCase(difference, subject, material);
    return made === undefined ? [] : [made];
  });

function mismatchCase({ does, shownBy }: Difference, subject: Subject, material: Material): WireCase | undefined {
  const args = sampleArguments(subject.row.inputSchema, 'required');
  const { answer, seen } = sampleSuccess(subject, material.model);
  const succeeds = { does, answers: [answer], result: { isError: false, ...seen } };
  switch (shownBy.call) {
    case 'required':
      return newCase(material, subject, { ...succeeds, args });
    case 'with':
      return newCase(material, subject, { ...succeeds, args: withArgument(args, shownBy.argument, telling(subject, shownBy.argument)) });
    case 'beyond': {
      const value = own(sampleArguments(subject.actual.inputSchema, 'all'), shownBy.argument) ?? 'sample';
      return newCase(material, subject, { ...succeeds, args, moreArgs: withArgument({}, shownBy.argument, value) });
    }
    case 'without': {
      const made = newCase(material, subject, {
        does,
        args: withoutArgument(args, shownBy.argument),
        answers: [answer],
        result: { isError: true, contains: [UNFIT] },
      });
      return { ...made, requests: [] };
    }
    case 'none': {
      const made = newCase(material, subject, { ...succeeds, args });
      return { ...made, requests: made.requests.map((request) => ({ ...request, target: `${shownBy.expected} ${request.target}` })) };
    }
    case 'access':
      return undefined;
  }
}

/** A value that shows how it is written. A header holds only what fetch lets through. */
function telling({ row, parameters }: Subject, argument: string): unknown {
  const value = own(sampleArguments(row.inputSchema, 'all'), argument);
  return parameters.get(argument)?.in === 'header' ? value : adorned(argumentSchema(row.inputSchema, argument), value, row.inputSchema);
}

function withoutArgument(args: Arguments, argument: string): Arguments {
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(args)) if (name !== argument) setOwn(rest, name, value);
  return rest;
}
