/**
 * Text of a specification -> the one model, whatever it was written in.
 */
import type { Result } from '@mcpoverflow/types';
import type { SpecificationFault } from '../fault.ts';
import type { ApiModel } from '../model/model.ts';
import { buildModel } from './build-model.ts';
import { readSpecification, type SpecificationText } from './read-specification.ts';

/** Reads a specification. Fails with `specification-unusable` and a sentence on what to mend. */
export function readModel(input: SpecificationText): Result<ApiModel, SpecificationFault> {
  const document = readSpecification(input);
  return document.ok ? buildModel(document.value) : document;
}
