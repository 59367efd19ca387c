/** The runners of all languages: whoever adds a language adds its runner here, and the wire test plays it. */
import type { Language } from '@mcpoverflow/types';
import type { WireRunner } from './wire-runner.ts';
import { goWireRunner } from './wire-runner-go.ts';
import { pythonWireRunner } from './wire-runner-python.ts';
import { typescriptWireRunner } from './wire-runner-typescript.ts';

export const wireRunners: Readonly<Record<Language, WireRunner>> = {
  typescript: typescriptWireRunner,
  python: pythonWireRunner,
  go: goWireRunner,
};
