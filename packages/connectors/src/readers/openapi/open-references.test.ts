import { expect, test } from 'vitest';
import { newIssues } from '../../model/issues.ts';
import { referencesOf } from '../../model/references.ts';
import { reportOpenReferences } from './open-references.ts';

const document = {
  schemas: {
    Loop: { $ref: '#/schemas/Pool' },
    Pool: { $ref: '#/schemas/Loop' },
    Anything: true,
    Tree: { properties: { children: { items: { $ref: '#/schemas/Tree' } }, any: { $ref: '#/schemas/Anything' } } },
  },
};

function toldOf(schema: unknown): string[] {
  const issues = newIssues();
  reportOpenReferences(schema, '/here', { references: referencesOf(document), issues });
  return issues.list.map(({ severity, pointer, message }) => `${severity} ${pointer} ${message}`);
}

test('a reference that leads nowhere is told where it stands, however deep', () => {
  const schema = {
    properties: { 'a/b': { anyOf: [{ type: 'string' }, { items: { $ref: '#/schemas/Gone' } }] } },
    additionalProperties: { $ref: 'other.yaml#/Pet' },
  };
  expect(toldOf(schema)).toEqual([
    expect.stringMatching(/^warning \/here\/additionalProperties The reference other\.yaml#\/Pet leads to another document/),
    expect.stringMatching(/^warning \/here\/properties\/a~1b\/anyOf\/1\/items Nothing is at the reference #\/schemas\/Gone/),
  ]);
});

test('a chain that never ends is told once for each place that enters it', () => {
  expect(toldOf({ allOf: [{ $ref: '#/schemas/Loop' }] })).toEqual([
    expect.stringMatching(/^warning \/here\/allOf\/0 The chain .* never ends/),
  ]);
});

test('recursion, boolean schemas, and references that are data are nothing to tell of', () => {
  expect(toldOf(document.schemas.Tree)).toEqual([]);
  expect(toldOf({ $ref: '#/schemas/Anything' })).toEqual([]);
  expect(
    toldOf({ example: { $ref: '#/schemas/Gone' }, enum: [{ $ref: '#/schemas/Gone' }], properties: { $ref: { type: 'string' } } }),
  ).toEqual([]);
  for (const nothing of [undefined, null, true, 'text', []]) expect(toldOf(nothing)).toEqual([]);
});
