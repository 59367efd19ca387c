import type { GeneratedFile } from '@mcpoverflow/types';
import { describe, expect, test } from 'vitest';
import { connectorModules } from './modules.ts';
import { MAX_PARSED_CHARACTERS } from './strip-types.ts';

const libraries = {
  entries: { '@scope/sdk': '@scope/sdk.js' },
  modules: { '@scope/sdk.js': `export * from '../chunk.js';`, 'chunk.js': 'export const sdk = 1;' },
};

function modulesOf(files: Record<string, string>) {
  const list: GeneratedFile[] = Object.entries(files).map(([path, content]) => ({ path, content }));
  return connectorModules(list, libraries);
}

describe('the modules of a connector', () => {
  test('are what the entry reaches, each import rewritten to the one place it means', () => {
    const modules = modulesOf({
      'src/worker.ts': `
        import { sdk } from '@scope/sdk';
        import { a } from './lib/a.js';
        import { b } from "./lib/b";
        import table from '../table.json' with { type: 'json' };
        export { c } from './c/index.ts';
        const late = await import('./late.ts', { with: { type: 'javascript' } });
        const text = "import x from './nowhere'";
        export default { sdk, a, b, table, late, text };`,
      'src/lib/a.ts': 'export const a: number = 1;',
      'src/lib/b.ts': 'export const b = <T,>(value: T): T => value;',
      'src/c/index.ts': 'export enum c { one }',
      'src/late.ts': '',
      'table.json': '{"rows":[1]}',
      'test/worker.test.ts': 'not code',
    });
    if (!modules.ok) throw new Error(modules.error.message);
    expect(Object.keys(modules.value.modules).sort()).toEqual([
      '.libraries/@scope/sdk.js',
      '.libraries/chunk.js',
      'src/c/index.ts',
      'src/late.ts',
      'src/lib/a.ts',
      'src/lib/b.ts',
      'src/worker.ts',
      'table.json',
    ]);
    expect(modules.value.main).toBe('src/worker.ts');
    expect(modules.value.modules['table.json']).toEqual({ json: { rows: [1] } });
    expect(modules.value.modules['.libraries/@scope/sdk.js']).toEqual({ js: 'export * from "/.libraries/chunk.js";' });
    expect(modules.value.modules['src/worker.ts']).toEqual({
      js: `
        import { sdk } from "/.libraries/@scope/sdk.js";
        import { a } from "/src/lib/a.ts";
        import { b } from "/src/lib/b.ts";
        import table from "/table.json";
        export { c } from "/src/c/index.ts";
        const late = await import("/src/late.ts");
        const text = "import x from './nowhere'";
        export default { sdk, a, b, table, late, text };`,
    });
  });

  test('leave out what is imported as a type only, and leave the runtime’s own modules to it', () => {
    const modules = modulesOf({
      'src/worker.ts': `import type { T } from 'nowhere'; import { type U } from 'elsewhere'; import { Buffer } from 'node:buffer'; export default Buffer;`,
    });
    expect(modules).toMatchObject({ ok: true, value: { modules: { 'src/worker.ts': { js: expect.stringContaining(`'node:buffer'`) } } } });
  });

  test.each([
    ['wrangler.toml', 'name = "x"\nmain = "./server/index.ts"\n'],
    ['wrangler.jsonc', '{\n  // the entry\n  "main": "server/index.ts"\n}'],
  ])('begin where %s says', (name, content) => {
    const modules = modulesOf({ [name]: content, 'server/index.ts': 'export default {};' });
    expect(modules).toMatchObject({ ok: true, value: { main: 'server/index.ts' } });
  });
});

describe('a connector is refused', () => {
  test.each([
    [
      'that imports what is no module',
      { 'src/worker.ts': `import './style.css'; export default {};`, 'src/style.css': '' },
      'src/style.css is imported, but it is neither code nor JSON.',
    ],
    [
      'that imports broken JSON',
      { 'src/worker.ts': `import x from './x.json'; export default x;`, 'src/x.json': '{' },
      'src/x.json is not valid JSON.',
    ],
    ['with too much TypeScript', { 'src/worker.ts': ' '.repeat(MAX_PARSED_CHARACTERS + 1) }, 'src/worker.ts cannot be read: more than'],
    ['that imports an inherited name', { 'src/worker.ts': `import x from 'constructor'; export default x;` }, 'imports "constructor"'],
  ])('%s', (_, files, message) => {
    expect(modulesOf(files)).toMatchObject({ ok: false, error: { message: expect.stringContaining(message) } });
  });

  test('quickly, even when its wrangler file is a trap for regular expressions', () => {
    const trap = `${'\n'.repeat(500_000)}${' '.repeat(500_000)}main${' '.repeat(500_000)}`;
    expect(modulesOf({ 'wrangler.toml': trap })).toMatchObject({ ok: false });
  });
});
