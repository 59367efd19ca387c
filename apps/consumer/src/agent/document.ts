/** The specification among a job's input, as a document. */
import { readSpecification, type SpecificationFault } from '@mcpoverflow/connectors';
import type { Result } from '@mcpoverflow/types';
import { gunzipText } from '../gzip.ts';
import type { JobInput } from '../job/job.ts';

/** Null for a job without a specification whose kind is known; fails as {@link readSpecification} does. */
export async function documentOf({ parameters, files }: JobInput): Promise<Result<unknown, SpecificationFault> | null> {
  const specification = files.find((file) => file.format !== undefined);
  if (specification?.format === undefined || parameters.specType === undefined) return null;
  const text = await gunzipText(specification.gzip);
  return readSpecification({ text, specType: parameters.specType, format: specification.format });
}
