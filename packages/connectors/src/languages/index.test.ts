import { runtimeVerdicts } from '@mcpoverflow/types';
import { expect, test } from 'vitest';
import { languages } from './index.ts';

test('what the api admits is what the generators make', () => {
  for (const language of Object.values(languages)) {
    expect(languages[language.language]).toBe(language);
    expect(language.runtimes).toEqual(runtimeVerdicts[language.language]);
  }
});
