import { expect, test } from 'vitest';
import { generateConnectorSchema, generateFromDescriptionSchema } from './submissions.ts';
import { refusedTarget, supportedRuntimes } from './targets.ts';

test('a target that works is not refused', () => {
  for (const runtime of supportedRuntimes('python')) expect(refusedTarget('python', runtime)).toBeNull();
});

test('a language on a runtime that it does not run on is refused at its pointer, with what works', () => {
  const target = { language: 'python', runtime: 'cloudflare-workers' };
  const submissions = [
    generateConnectorSchema.safeParse({ name: 'a', specType: 'openapi', spec: 'x', ...target }),
    generateFromDescriptionSchema.safeParse({ description: 'a', ...target }),
  ];
  for (const { error } of submissions) {
    expect(error?.issues).toEqual([
      expect.objectContaining({ path: ['runtime'], message: expect.stringContaining('python on docker, vercel, lambda') }),
    ]);
  }
});

test('a runtime that is left out is one that the language runs on', () => {
  const submission = { name: 'a', specType: 'openapi', spec: 'x' };
  expect(generateConnectorSchema.parse(submission).runtime).toBe('cloudflare-workers');
  expect(generateConnectorSchema.parse({ ...submission, language: 'go' }).runtime).toBe('docker');
});
