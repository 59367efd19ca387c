/**
 * What a diligent agent does with each kind of job, as the calls of tools that its model asks for: it reads
 * the task, looks at the schema, writes files, lists them in `result.json`, and finishes. Files are written
 * by the agent's own tools on the agent's machine; nothing reaches the engine past OpenHands.
 */
import { dirname } from 'node:path';
import { buildModel, connectorOptions, generateConnector } from '@mcpoverflow/connectors';
import type { JobType } from '@mcpoverflow/types';
import { cannedAnalysis } from './openhands-server.ts';
import type { Answer, ModelTurn, Script } from './scripted-model.ts';
import { smallSpecification } from './small-specification.ts';

export const run = (command: string): Answer => ({ tool: 'terminal', input: { command } });
export const create = (path: string, text: string): Answer => ({
  tool: 'file_editor',
  input: { command: 'create', path, file_text: text },
});
export const view = (path: string): Answer => ({ tool: 'file_editor', input: { command: 'view', path } });
export const finish = (message: string): Answer => ({ tool: 'finish', input: { message } });

/** One answer a step; the last one again and again. */
export const inOrder =
  (answersOf: (turn: ModelTurn) => readonly Answer[]): Script =>
  (turn) => {
    const answers = answersOf(turn);
    return answers[Math.min(turn.step, answers.length - 1)] ?? finish('There is nothing to do.');
  };

/** Does the job that is asked for, and does it right. */
export const diligent: Script = inOrder((turn) => [
  run(`cd ${turn.directory} && cat task.json && ls -R | head -50`),
  view(`${turn.directory}/result.schema.json`),
  ...work[turn.task.type](turn),
  finish('I have written result.json.'),
]);

/** Writes `result.json` anew, whether or not it is there: the editor creates no file twice. */
export const writeResult = ({ directory }: ModelTurn, result: unknown): Answer =>
  run(`echo ${Buffer.from(JSON.stringify(result)).toString('base64')} | base64 -d > ${directory}/result.json`);

const work: Readonly<Record<JobType, (turn: ModelTurn) => readonly Answer[]>> = {
  analyze: (turn) => [create(`${turn.directory}/result.json`, JSON.stringify(cannedAnalysis('Analysed by a scripted model'), null, 2))],

  'generate-connector': ({ directory }) => [
    run(`cd ${directory} && mkdir -p result && cp -r baseline/. result/`),
    run(`cd ${directory} && printf '\\nImproved by an agent.\\n' >> result/README.md`),
    run(`cd ${directory} && python3 -c '${listFiles}'`),
  ],

  'generate-from-description': ({ directory }) => {
    const { files, ...rest } = connectorFromMind();
    return [
      // The editor makes no folders.
      run(`mkdir -p ${[...new Set(files.map(({ path }) => dirname(`${directory}/result/${path}`)))].join(' ')}`),
      ...files.map(({ path, content }) => create(`${directory}/result/${path}`, content)),
      create(`${directory}/result.json`, JSON.stringify({ ...rest, files: files.map(({ path }) => ({ path })) })),
    ];
  },

  'generate-tests': ({ directory }) => [
    run(`mkdir -p ${directory}/result/tests`),
    create(`${directory}/result/tests/tools.test.ts`, "import { test } from 'vitest';\ntest('lists its tools', () => {});\n"),
    create(
      `${directory}/result.json`,
      JSON.stringify({
        framework: 'vitest',
        files: [{ path: 'tests/tools.test.ts' }, { path: 'notes.md', content: '# Notes\n' }],
        cases: 1,
      }),
    ),
  ],

  'generate-documentation': ({ directory }) => [
    run(`mkdir -p ${directory}/result/docs`),
    create(`${directory}/result/docs/README.md`, '# How to use it\n'),
    create(`${directory}/result.json`, JSON.stringify({ files: [{ path: 'docs/README.md' }] })),
  ],

  'validate-connector': ({ directory }) => [
    create(
      `${directory}/result.json`,
      JSON.stringify({
        valid: true,
        issues: [],
        testResults: { passed: 3, failed: 0, skipped: 0, duration: 12 },
        performance: { avgResponseTime: 1, p95ResponseTime: 2, p99ResponseTime: 3 },
      }),
    ),
  ],

  'fix-connector': ({ directory, task }) => {
    const source = task.files.find((path) => path.startsWith('connector/') && path.endsWith('.ts')) ?? '';
    const path = source.slice('connector/'.length);
    return [
      run(`cd ${directory} && mkdir -p "$(dirname result/${path})" && cp ${source} result/${path}`),
      { tool: 'file_editor', input: { command: 'insert', path: `${directory}/result/${path}`, insert_line: 0, new_str: '// Mended.' } },
      create(
        `${directory}/result.json`,
        JSON.stringify({
          fixed: true,
          files: [{ path }],
          explanation: 'It said nothing of itself.',
          confidence: 0.9,
          changes: [`${path}: a comment`],
        }),
      ),
    ];
  },
};

/** `result.json` from `baseline.json` and the files that lie in `result/`. */
const listFiles = [
  'import json, os',
  'result = json.load(open("baseline.json"))',
  'result["files"] = [{"path": os.path.relpath(os.path.join(folder, name), "result")} for folder, _, names in os.walk("result") for name in names]',
  'json.dump(result, open("result.json", "w"))',
].join('; ');

/** A language model can write a connector without a baseline; the script takes one from the generator. */
function connectorFromMind() {
  const model = buildModel(smallSpecification('Pets by description'));
  if (!model.ok) throw new Error('The small specification cannot be read.');
  const connector = generateConnector(
    model.value,
    connectorOptions({ language: 'typescript', runtime: 'cloudflare-workers' }, model.value),
  );
  if (!connector.ok) throw new Error('No connector can be made of the small specification.');
  return connector.value;
}
