/**
 * The inverse of `admit`: from what a Job stores back to a body that its route would take. Whoever wants
 * to change a submission changes this body and has it admitted like any other.
 *
 * Two things come back in another form than they were sent in, and mean the same: a specification that
 * was JSON text is an object, so that a patch can reach into it, and a connector sent as `code` is its one
 * file.
 */
import { fail, type InputFile, type JobType, jobKinds, ok, parseLenientJson, type Result, type StoredSubmission } from '@mcpoverflow/types';
import { gunzip } from '../gzip.ts';
import { isRecord } from './record.ts';

export type Body = Readonly<Record<string, unknown>>;

export interface Rebuilt {
  readonly body: Body;
  /** Body and text of a specification that was stored as JSON: to be sent as it was if nothing in it is changed. */
  readonly specification?: { readonly value: unknown; readonly text: string };
}

interface File {
  readonly path: string;
  readonly content: string;
}

const textOf = ({ gzip }: InputFile): Promise<string> => new Response(gunzip(gzip)).text();

/** The files of a folder, by their paths within it. */
async function filesIn(folder: string, files: readonly InputFile[]): Promise<File[]> {
  const own = files.filter(({ path, format }) => format === undefined && path.startsWith(`${folder}/`));
  const texts: File[] = [];
  for (const file of own) texts.push({ path: file.path.slice(folder.length + 1), content: await textOf(file) });
  return texts;
}

/** What a submission of this type may say; a Job's parameters also hold what was found out. */
const fieldsOf = (type: JobType): ReadonlySet<string> => new Set(Object.keys(jobKinds[type].schema.shape));

const present = (fields: Body): Body => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** The body of a stored submission. The error is a sentence: what is stored cannot be read. */
export async function rebuild({ type, parameters, options, files }: StoredSubmission): Promise<Result<Rebuilt, string>> {
  const fields = fieldsOf(type);
  const stated = Object.fromEntries(Object.entries(parameters).filter(([name]) => fields.has(name)));
  const body: Record<string, unknown> = { ...stated, ...present(options) };

  if (fields.has('connector')) {
    const { connectorJobId, language } = parameters;
    body.connector = connectorJobId === undefined ? { files: await filesIn('connector', files), language } : { jobId: connectorJobId };
  }
  const tests = fields.has('tests') ? await filesIn('tests', files) : [];
  if (tests.length > 0) body.tests = tests;

  const stored = files.find(({ format }) => format !== undefined);
  if (!fields.has('spec') || stored === undefined) return ok({ body });
  const text = await textOf(stored);
  if (stored.format !== 'json') return ok({ body: { ...body, spec: text } });
  const spec = parseLenientJson(text);
  if (!spec.ok || !isRecord(spec.value)) return fail('The stored specification is not the JSON object it was admitted as.');
  return ok({ body: { ...body, spec: spec.value }, specification: { value: spec.value, text } });
}

/** The body with its specification in the very text that is stored, if it is still the same one. */
export const withOriginalText = (body: Body, { specification }: Rebuilt): Body =>
  specification !== undefined && body.spec === specification.value ? { ...body, spec: specification.text } : body;
