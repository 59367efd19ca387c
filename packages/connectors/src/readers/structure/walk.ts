/** What each look at a part of a document is given: how to tell of it, and how to go on into its parts. */
import type { References } from '../../model/references.ts';
import type { Version } from './grammar.ts';

export interface Walk {
  readonly version: Version;
  readonly references: References;
  /** Tells of the value that is being looked at, or of what `steps` lead to from there. */
  readonly complain: (message: string, ...steps: readonly (string | number)[]) => void;
  /** The same for what nothing can be read of, unless the reader has told in its own words why it left it out. */
  readonly refuse: (message: string, ...steps: readonly (string | number)[]) => void;
  /** Where the walk stands: who looks at a part puts the steps to it on the end, and takes them off again. */
  readonly path: (string | number)[];
  /** Looks at a value as an object of the grammar. */
  readonly object: (value: unknown, name: string) => void;
}
