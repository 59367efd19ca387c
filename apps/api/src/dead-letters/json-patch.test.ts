import type { JsonPatch } from '@mcpoverflow/types';
import { describe, expect, it } from 'vitest';
import { applyPatch, pointerNames, refuseExcess } from './json-patch.ts';

const patched = (document: unknown, ...patch: JsonPatch) => {
  const result = applyPatch(document, patch);
  return result.ok ? result.value : result.error;
};

describe('the examples of RFC 6902, appendix A', () => {
  it.each<[string, unknown, JsonPatch, unknown]>([
    ['A.1 adds a member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
    ['A.2 adds to a list', { foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
    ['A.3 removes a member', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    ['A.4 removes from a list', { foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
    ['A.5 replaces', { baz: 'qux', foo: 'bar' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo', foo: 'bar' }],
    [
      'A.6 moves',
      { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
    ],
    [
      'A.7 moves within a list',
      { foo: ['all', 'grass', 'cows', 'eat'] },
      [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
      { foo: ['all', 'cows', 'eat', 'grass'] },
    ],
    [
      'A.8 tests',
      { baz: 'qux', foo: ['a', 2, 'c'] },
      [
        { op: 'test', path: '/baz', value: 'qux' },
        { op: 'test', path: '/foo/1', value: 2 },
      ],
      { baz: 'qux', foo: ['a', 2, 'c'] },
    ],
    [
      'A.10 adds into what it added',
      { foo: 'bar' },
      [{ op: 'add', path: '/child', value: { grandchild: {} } }],
      { foo: 'bar', child: { grandchild: {} } },
    ],
    ['A.14 unescapes', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    ['A.16 appends', { foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }], { foo: ['bar', ['abc', 'def']] }],
  ])('%s', (_name, document, patch, expected) => {
    expect(patched(document, ...patch)).toEqual(expected);
  });

  it('A.9 and A.15 fail where a test finds something else', () => {
    const fault = { index: 0, member: 'value', detail: 'is not what is there' };
    expect(patched({ baz: 'qux' }, { op: 'test', path: '/baz', value: 'bar' })).toMatchObject(fault);
    expect(patched({ '/': 9, '~1': 10 }, { op: 'test', path: '/~01', value: '10' })).toMatchObject(fault);
  });

  it('A.12 fails where the target’s parent does not exist', () => {
    const fault = { index: 0, member: 'path', detail: 'leads through something that does not exist' };
    expect(patched({ foo: 'bar' }, { op: 'add', path: '/baz/bat', value: 'qux' })).toMatchObject(fault);
  });
});

describe('a patch', () => {
  it('is applied as a whole or not at all, and says which operation failed', () => {
    const document = { list: [1], kept: { a: 1 } };
    const patch: JsonPatch = [
      { op: 'add', path: '/list/0', value: 0 },
      { op: 'remove', path: '/gone' },
    ];
    expect(applyPatch(document, patch)).toEqual({
      ok: false,
      error: { index: 1, operation: patch[1], member: 'path', detail: 'names nothing' },
    });
    expect(document).toEqual({ list: [1], kept: { a: 1 } });
  });

  it('leaves what it does not touch the very same', () => {
    const document = { list: [{ a: 1 }, { b: 2 }], kept: {} };
    const result = applyPatch(document, [{ op: 'replace', path: '/list/0/a', value: 3 }]);
    expect(result).toEqual({ ok: true, value: { list: [{ a: 3 }, { b: 2 }], kept: {} } });
    expect(result.ok && result.value).toMatchObject({ kept: document.kept });
    expect(Object.values(Object(result.ok && result.value))[1]).toBe(document.kept);
  });

  it('that moves something to where it is changes nothing', () => {
    expect(patched({ list: [1, 2] }, { op: 'move', from: '/list/0', path: '/list/0' })).toEqual({ list: [1, 2] });
  });

  it('replaces the whole document by the empty pointer', () => {
    expect(patched({ a: 1 }, { op: 'replace', path: '', value: [2] })).toEqual([2]);
    expect(patched({ a: { b: 1 } }, { op: 'copy', from: '/a', path: '' })).toEqual({ b: 1 });
    expect(patched({ a: 1 }, { op: 'remove', path: '' })).toMatchObject({ member: 'path' });
  });

  it('compares whatever the order of members is, and nothing else leniently', () => {
    const document = { a: { x: 1, y: [null, { z: '1' }] } };
    const test = (value: unknown) => applyPatch(document, [{ op: 'test', path: '/a', value }]).ok;
    expect(test({ y: [null, { z: '1' }], x: 1 })).toBe(true);
    for (const other of [{ x: 1 }, { x: 1, y: [{ z: '1' }, null] }, { x: 1, y: [null, { z: 1 }] }, [], null, { x: 1, w: 0 }]) {
      expect(test(other)).toBe(false);
    }
  });

  it.each<[string, JsonPatch[number], string]>([
    ['an index with a leading zero', { op: 'replace', path: '/list/00', value: 1 }, 'path'],
    ['an index that is no number', { op: 'add', path: '/list/1e0', value: 1 }, 'path'],
    ['a negative index', { op: 'remove', path: '/list/-1' }, 'path'],
    ['an index beyond the end', { op: 'add', path: '/list/3', value: 1 }, 'path'],
    ['the end of a list where something must exist', { op: 'replace', path: '/list/-', value: 1 }, 'path'],
    ['a list’s length', { op: 'test', path: '/list/length', value: 2 }, 'path'],
    ['a text’s length', { op: 'test', path: '/text/length', value: 4 }, 'path'],
    ['a member of a text', { op: 'add', path: '/text/0', value: 'x' }, 'path'],
    ['an inherited member', { op: 'test', path: '/toString', value: 1 }, 'path'],
    ['a value that is not given', { op: 'add', path: '/new', value: undefined }, 'value'],
    ['a pointer without a slash', { op: 'remove', path: 'text' }, 'path'],
    ['a tilde that escapes nothing', { op: 'remove', path: '/~2' }, 'path'],
    ['a source that does not exist', { op: 'copy', from: '/gone', path: '/new' }, 'from'],
    ['a move into its own child', { op: 'move', from: '/object', path: '/object/inner/deep' }, 'path'],
  ])('is refused for %s', (_name, operation, member) => {
    const document = { list: [1, 2], text: 'text', object: { inner: {} } };
    expect(patched(document, operation)).toMatchObject({ index: 0, member });
  });

  it.each(['__proto__', 'constructor', 'prototype'])('reaches no %s, at no level and from neither side', (name) => {
    const document = JSON.parse('{"a":{},"__proto__":{"kept":true}}');
    for (const path of [`/${name}`, `/a/${name}/polluted`]) {
      expect(patched(document, { op: 'add', path, value: 1 })).toMatchObject({ member: 'path', detail: expect.stringContaining(name) });
      expect(patched(document, { op: 'copy', from: path, path: '/b' })).toMatchObject({ member: 'from' });
    }
    expect(Object.prototype).not.toHaveProperty('polluted');
    expect({}).not.toHaveProperty('kept');
  });

  it('keeps members of any name that were there, without a prototype of their making', () => {
    const document = JSON.parse('{"__proto__":{"kept":true},"a":1}');
    expect(JSON.stringify(patched(document, { op: 'remove', path: '/a' }))).toBe('{"__proto__":{"kept":true}}');
    expect(JSON.stringify(patched(document, { op: 'add', path: '/a', value: 2 }))).toBe('{"__proto__":{"kept":true},"a":2}');
  });

  it('of copies into itself costs no memory, and is refused before anybody reads it', () => {
    const patch: JsonPatch = Array.from({ length: 100 }, (_, index) => ({ op: 'copy', from: '/a', path: `/a/${index}` }) as const);
    const bomb = applyPatch({ a: { text: 'x' } }, patch);
    expect(bomb.ok).toBe(true);
    expect(refuseExcess(bomb.ok ? bomb.value : null, 1_000_000)).toMatchObject({ ok: false });
  });
});

describe('a document’s size', () => {
  it('is bounded in values, levels and bytes', () => {
    let deep: unknown = {};
    for (let level = 1; level < 200; level += 1) deep = { deep };
    expect(refuseExcess(deep, 10_000).ok).toBe(true);
    expect(refuseExcess({ deep }, 10_000)).toMatchObject({ ok: false, error: expect.stringContaining('levels') });
    expect(
      refuseExcess(
        Array.from({ length: 1_000_001 }, () => 0),
        1,
      ),
    ).toMatchObject({ ok: false, error: expect.stringContaining('values') });
    expect(refuseExcess({ ab: 'cd' }, 4).ok).toBe(true);
    expect(refuseExcess({ ab: 'cd' }, 3)).toMatchObject({ ok: false, error: expect.stringContaining('bytes') });
    expect(refuseExcess({ ß: '世界🙂' }, 12).ok).toBe(true);
    expect(refuseExcess({ ß: '世界🙂' }, 11).ok).toBe(false);
  });

  it('is bounded in a pointer too', () => {
    expect(pointerNames('/a'.repeat(200)).ok).toBe(true);
    expect(pointerNames('/a'.repeat(201)).ok).toBe(false);
  });
});
