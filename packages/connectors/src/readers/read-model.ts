/**
 * Text of a specification -> the one model, whatever it was written in.
 */
import type { Result, SpecFormat, SpecType } from '@mcpoverflow/types';
import type { SpecificationFault } from '../fault.ts';
import type { ApiModel } from '../model/model.ts';
import { buildModel } from './build-model.ts';
import { readSpecification } from './read-specification.ts';

/** Reads a specification. Fails with `specification-unusable` and a sentence on what to mend. */
export function readModel(input: {
  readonly text: string;
  readonly specType: SpecType;
  readonly format: SpecFormat;
}): Result<ApiModel, SpecificationFault> {
  const document = readSpecification(input);
  return document.ok ? buildModel(document.value) : document;
}
