/**
 * From a submission's body to what a Job stores: the small parameters, the options of the job itself,
 * and the input as compressed files. After this the parsed body is not needed any more; a specification
 * of 25 MiB would otherwise sit in memory beside its own compressed form.
 */
import {
  type ConnectorReference,
  fail,
  type GeneratedFile,
  type InputFile,
  type JobType,
  jobKinds,
  type Language,
  ok,
  optionFields,
  optionNames,
  type Parameters,
  parametersSchema,
  type Result,
  type SubmissionOptions,
} from '@mcpoverflow/types';
import * as z from 'zod';
import { gzipText } from '../gzip.ts';
import { type Refusal, refusalAt } from '../problems.ts';
import { fingerprintOf } from './canonical-json.ts';
import { refuseCrowd } from './crowd.ts';
import { refuseLargeFields } from './small-fields.ts';
import { admitSpecification } from './specification.ts';
import { validate } from './validation.ts';

export interface Admission {
  readonly type: JobType;
  readonly parameters: Parameters;
  readonly options: SubmissionOptions;
  readonly files: readonly InputFile[];
  /** Of the work asked for, without the options: equal work has an equal one. */
  readonly inputFingerprint: string;
  /** Of the whole submission: tells a repeat from a key used twice. */
  readonly bodyFingerprint: string;
}

interface TextFile {
  readonly path: string;
  readonly text: string;
  readonly format?: InputFile['format'];
}

const optionsOfSubmission = z.object(optionFields);

/** Where the code of a one-file connector lives, by the convention of its language. */
const mainFile: Record<Language, string> = { typescript: 'src/worker.ts', python: 'server.py', go: 'main.go' };

const filesOf = (connector: ConnectorReference): readonly GeneratedFile[] => {
  if ('files' in connector) return connector.files;
  return 'code' in connector ? [{ path: mainFile[connector.language], content: connector.code }] : [];
};

const inFolder = (folder: string, files: readonly GeneratedFile[]): TextFile[] =>
  files.map(({ path, content }) => ({ path: `${folder}/${path}`, text: content }));

function refuseRepeatedPaths(files: readonly GeneratedFile[], pointer: string): Result<void, Refusal> {
  const seen = new Set<string>();
  for (const [index, { path }] of files.entries()) {
    if (seen.has(path)) return fail(refusalAt('invalid-request', `${pointer}/${index}/path`, 'is used by an earlier file'));
    seen.add(path);
  }
  return ok(undefined);
}

/** Validates a body as a submission of `type` and takes it apart. */
export async function admit(type: JobType, body: unknown): Promise<Result<Admission, Refusal>> {
  const crowd = refuseCrowd(body);
  if (!crowd.ok) return crowd;
  const validated = validate(jobKinds[type].schema, body);
  if (!validated.ok) return validated;
  const submission = validated.value;

  const files: TextFile[] = [];
  let derived: Parameters = {};
  if ('spec' in submission) {
    const specification = admitSpecification(submission.spec, 'specType' in submission ? submission.specType : undefined);
    if (!specification.ok) return specification;
    const { specType, format, text } = specification.value;
    files.push({ path: `specification.${format}`, text, format });
    derived = { ...derived, specType };
  }
  if ('connector' in submission) {
    const { connector } = submission;
    const connectorFiles = filesOf(connector);
    const unique = refuseRepeatedPaths(connectorFiles, '/connector/files');
    if (!unique.ok) return unique;
    files.push(...inFolder('connector', connectorFiles));
    derived = { ...derived, ...('jobId' in connector ? { connectorJobId: connector.jobId } : { language: connector.language }) };
  }
  if ('tests' in submission && submission.tests !== undefined) {
    const unique = refuseRepeatedPaths(submission.tests, '/tests');
    if (!unique.ok) return unique;
    files.push(...inFolder('tests', submission.tests));
  }

  const options = optionsOfSubmission.parse(submission);
  const parameters: Parameters = { ...parametersSchema.parse(submission), ...derived };
  const small = refuseLargeFields(parameters, options);
  if (!small.ok) return small;
  const optionKeys: readonly string[] = optionNames;
  const input = Object.fromEntries(Object.entries(submission).filter(([name]) => !optionKeys.includes(name)));
  const inputFingerprint = fingerprintOf({ type, input });
  return ok({
    type,
    parameters,
    options,
    files: await compress(files),
    inputFingerprint,
    bodyFingerprint: fingerprintOf({ inputFingerprint, options }),
  });
}

async function compress(files: readonly TextFile[]): Promise<InputFile[]> {
  const compressed: InputFile[] = [];
  // One after the other: a large specification should not be compressed beside five hundred files.
  for (const { path, text, format } of files) {
    compressed.push({ path, gzip: await gzipText(text), ...(format === undefined ? {} : { format }) });
  }
  return compressed;
}
