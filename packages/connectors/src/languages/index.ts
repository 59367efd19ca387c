/**
 * The languages connectors are made in. Adding one is a folder beside this file and a line in this table;
 * what it runs on must be told in `packages/types/src/targets.ts` too, and the test beside holds both together.
 */
import type { Language } from '@mcpoverflow/types';
import { go } from './go/go.ts';
import type { ConnectorLanguage } from './language.ts';
import { python } from './python/python.ts';
import { typescript } from './typescript/typescript.ts';

export const languages: Readonly<Record<Language, ConnectorLanguage>> = { typescript, python, go };
