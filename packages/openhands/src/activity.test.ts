import { describe, expect, test } from 'vitest';
import { type ActionEvent, actionEventsSchema, activityOf } from './activity.ts';

const DIRECTORY = '/workspace/6f1f';
const SECRET = 'model-key-0123456789';

const event = (tool: string, action: Record<string, unknown> | null): ActionEvent => ({ tool_name: tool, action });
const terminal = (command: string): ActionEvent => event('terminal', { command });
const editor = (command: string, path: string): ActionEvent => event('file_editor', { command, path });
const told = (...events: ActionEvent[]) => activityOf(events, DIRECTORY, [SECRET]);

describe('what an action is told as', () => {
  test.each([
    [editor('view', `${DIRECTORY}/task.json`), 'reading', 'Reading task.json.'],
    [editor('view', DIRECTORY), 'reading', 'Reading the directory.'],
    [editor('create', `${DIRECTORY}/src/index.ts`), 'editing', 'Editing src/index.ts.'],
    [editor('str_replace', `${DIRECTORY}/src/index.ts`), 'editing', 'Editing src/index.ts.'],
    [editor('insert', '/etc/hosts'), 'editing', 'Editing /etc/hosts.'],
    [editor('undo_edit', `${DIRECTORY}/a.ts`), 'editing', 'Editing a.ts.'],
    [event('think', { thought: 'How?' }), 'thinking', 'Thinking.'],
    [event('finish', { message: 'Done.' }), 'finishing', 'Finishing.'],
    [terminal('npm install'), 'commanding', 'Running `npm install`.'],
    [terminal(`cd ${DIRECTORY} && ls -la ${DIRECTORY}/src`), 'commanding', 'Running `cd . && ls -la src`.'],
  ])('%j', (action, kind, message) => {
    expect(told(action)).toEqual({ kind, message });
  });

  test.each([
    'npm test',
    'npm run test -- --coverage',
    'npm t',
    'npx vitest run',
    'npx -y vitest run',
    `cd ${DIRECTORY} && npx tsc --noEmit`,
    'node_modules/.bin/vitest',
    './node_modules/.bin/tsc -p .',
    'go test ./...',
    'go vet ./...',
    'python -m pytest -q',
    'pytest',
    'pnpm typecheck',
    'cargo test',
    'CI=1 npm test',
    'timeout 60 npx vitest',
    'node --test',
  ])('%s is a test', (command) => {
    expect(told(terminal(command))).toEqual({ kind: 'testing', message: 'Running tests.' });
  });

  test.each([
    'cat test.txt',
    'mkdir tests',
    'ls node_modules/vitest',
    'npm install vitest',
    'npm install --save-dev vitest tsc',
    'echo go testing',
  ])('%s is none', (command) => {
    expect(told(terminal(command))?.kind).toBe('commanding');
  });
});

test('the newest action that says something is told', () => {
  expect(
    told(terminal(''), event('terminal', { command: 'C-c', is_input: true }), event('secret_tool', {}), terminal('make'))?.message,
  ).toBe('Running `make`.');
  expect(told(event('file_editor', { command: 'view' }), event('task_tracker', null))).toBeNull();
  expect(told()).toBeNull();
});

test.each([
  [`curl -H "Authorization: Bearer abc.def" https://api.test`],
  ['export API_TOKEN=abc.def && make'],
  [`PASSWORD='abc.def ghi' make`],
  ['deploy --api-key abc.def --verbose'],
  ['mysql --password=abc.def'],
  ['git clone https://user:abc.def@git.test/x.git'],
  ['curl -u user:abc.def https://api.test'],
  [`echo '{"client_secret": "abc.def"}' > x.json`],
  ['curl https://api.test/?access_token=abc.def'],
  ['login -p abc.def'],
  ["docker login -u me -p 'abc.def ghi' registry.test"],
  ['mysql -u root -pabc.def shop'],
  ['aws configure set aws_secret_access_key abc.def/7+89'],
  ['curl -H "X: eyJabcdefgh123.eyJabcdefgh.abc-def" https://api.test'],
  ['curl -H "X-Api: sk-abcdefgh12345678" https://api.test'],
])('what looks like a secret is masked: %s', (command) => {
  const message = told(terminal(command))?.message;
  expect(message).toContain('***');
  expect(message).not.toContain('abc');
});

test.each(['mkdir -p src/app', 'docker run -p 8080:80 app', 'find . -print', 'cp -p a b', 'cat skeleton-components.ts', 'ps -p 12'])(
  '%s holds no secret',
  (command) => {
    expect(told(terminal(command))?.message).toBe(`Running \`${command}\`.`);
  },
);

test('what cannot be seen is left out, and hides nothing', () => {
  expect(told(terminal(`echo model-\u200bkey-\u20600123456789 \u202edon\u00ade`))?.message).toBe('Running `echo *** done`.');
});

test('known secrets are masked wherever they stand, also where a text is cut', () => {
  expect(told(editor('create', `${DIRECTORY}/${SECRET}.ts`))?.message).toBe('Editing ***.ts.');
  const cut = told(terminal(`echo ${'x'.repeat(100)} ${SECRET}`))?.message;
  expect(cut).not.toContain('model-key');
});

test('a sentence is one line of at most 200 characters, whatever the agent did', () => {
  const long = told(terminal(`cat <<'E'\n\u001b[31m${'a b '.repeat(200)}\u2028`))?.message ?? '';
  expect(long).toMatch(/^Running `cat <<'E' \[31ma b .*…`\.$/u);
  expect(long.length).toBeLessThanOrEqual(200);
  const path = told(editor('view', `/${'deep/'.repeat(100)}file.ts`))?.message ?? '';
  expect(path.length).toBeLessThanOrEqual(200);
  expect(told(terminal('echo `id`'))?.message).toBe("Running `echo 'id'`.");
});

test('a command of megabytes that is made to be slow to read is told like any other', () => {
  for (const part of [';', '-a ', 'key', '/', 'npx -y ', '://']) {
    expect(told(terminal(part.repeat(1_000_000)))?.message.length).toBeLessThanOrEqual(200);
  }
});

test('events in shapes from the future are passed over and break nothing', () => {
  const page = actionEventsSchema.parse({
    items: [{ tool_name: 7 }, { tool_name: 'terminal', action: { command: ['ls'] } }, { tool_name: 'think', action: 'none' }, {}],
  });
  expect(activityOf(page.items, DIRECTORY, [])).toEqual({ kind: 'thinking', message: 'Thinking.' });
});
