/**
 * Holds `docs/migrating.md` to the original product's guide: each of its commands and settings has its row. Held to what
 * runs: the npm scripts it names exist, and tests/load/migrating.test.ts runs what needs no account.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const guide = join(project, '..', 'shared', 'seed', 'deployment-guide.md');
const page = readFileSync(join(project, 'docs', 'migrating.md'), 'utf8');
/** The cells of every row of the tables. A pipe within a cell is written `\|`. */
const rows = [...page.matchAll(/^\| (.+) \|$/gm)].map(([, row = '']) =>
  row.split(/ *(?<!\\)\| */).map((cell) => cell.replaceAll('\\|', '|').trim()),
);
/** What stands as code in the first column. */
const covered = new Set(rows.flatMap(([first = '']) => [...first.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)));

const blocks = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);

/** The first line of each command: what follows a backslash or lies within quotes goes on with the one before. */
function commandsOf(block: string): readonly string[] {
  const commands: string[] = [];
  let quotes = 0;
  let goesOn = false;
  for (const line of block.split('\n')) {
    const isNew: boolean = quotes % 2 === 0 && !goesOn;
    const code: string = isNew ? line.replace(/(^|\s)#.*$/, '').trim() : line.trim();
    quotes += code.split("'").length - 1;
    goesOn = code.endsWith('\\');
    if (isNew && code !== '') commands.push(code.replace(/ *\\$/, ''));
  }
  return commands;
}

test('commands are told from their continuations and from comments', () => {
  expect(commandsOf('# one\ncurl a \\\n  -d \'{\n  "b": 1\n}\'\n\nnpm run b  # two\n')).toEqual(['curl a', 'npm run b']);
});

if (!existsSync(guide)) {
  console.warn(`\n!!! ${guide} is missing: docs/migrating.md is NOT held to it.\n`);
  test.runIf(process.env.CI !== undefined)('the original product’s guide is there', () => expect(existsSync(guide)).toBe(true));
} else {
  describe('of the original product’s guide', () => {
    const text = readFileSync(guide, 'utf8');
    const commands = [
      ...blocks(text, 'bash').flatMap(commandsOf),
      ...blocks(text, 'yaml').flatMap((block) => [...block.matchAll(/^\s*(?:run|command): (.+)$/gm)].map(([, command = '']) => command)),
    ];
    const settings = blocks(text, 'toml').flatMap((block) =>
      [...block.matchAll(/^(\w+) =|^\[\[(\w+)\]\]/gm)].map(([, key, table]) => key ?? table ?? ''),
    );

    test('every command has its row', () => {
      expect(commands.length).toBeGreaterThan(50);
      expect(commands.filter((command) => !covered.has(command))).toEqual([]);
    });

    test('every setting has its row', () => {
      expect(settings.length).toBeGreaterThan(8);
      expect(settings.filter((setting) => !covered.has(setting))).toEqual([]);
    });
  });
}

test('every npm script that the page names exists', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')));
  const named = new Set([...page.matchAll(/`npm run ([\w:-]+)/g)].map(([, name = '']) => name));
  expect(named.size).toBeGreaterThan(4);
  expect([...named].filter((name) => scripts[name] === undefined)).toEqual([]);
});

test('every command in the present form names a Worker by its file and an environment', () => {
  const present = rows.flatMap(([, second = '']) => [...second.matchAll(/`(npx wrangler [^`]+)`/g)].map(([, command = '']) => command));
  const aboutOne = present.filter((command) => !/^npx wrangler (?:login|whoami|kv namespace list)$/.test(command));
  expect(aboutOne.length).toBeGreaterThan(8);
  for (const command of aboutOne) expect(command).toMatch(/ -c wrangler\.(api|consumer|embedded-agent)\.toml --env production/);
});
