/**
 * Says whether values fit JSON Schemas, in an isolate of its own: schemas of a stranger's connector can branch
 * and backtrack without end, and must not do so in the engine's own process time. It has no network, and its
 * time is bounded like that of a connector.
 */
import * as z from 'zod';
import type { Libraries } from './libraries.ts';
import { connectorModules } from './modules.ts';

/** Larger lists are judged in several requests, each with its own time. */
const CASES_AT_ONCE = 50;
const JUDGE_TIMEOUT_MS = 10_000;

const verdictsSchema = z.array(z.string().nullable());

const SOURCE = `
import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/server/validators/cf-worker';
const provider = new CfWorkerJsonSchemaValidator();
function complaintAbout({ schema, value }) {
  try {
    const verdict = provider.getValidator(schema)(value);
    return verdict.valid ? null : String(verdict.errorMessage).slice(0, 300);
  } catch (error) {
    return 'the schema cannot be used: ' + String(error).slice(0, 200);
  }
}
export default {
  fetch: async (request) => Response.json((await request.json()).map(complaintAbout)),
};`;

export interface Case {
  readonly schema: object;
  readonly value: unknown;
}
/** Per case null when the value fits, else a sentence that says why not. */
export type Judge = (cases: readonly Case[]) => Promise<readonly (string | null)[]>;

/** A judge in an isolate that `load` makes. What takes too long to judge does not fit. */
export function schemaJudge(
  load: (main: string, modules: Record<string, { readonly js: string } | { readonly json: unknown }>) => Fetcher,
  libraries: Libraries,
  signal: AbortSignal,
): Judge {
  const prepared = connectorModules([{ path: 'src/worker.ts', content: SOURCE }], libraries);
  if (!prepared.ok) throw new Error(prepared.error.message);
  const judge = load(prepared.value.main, { ...prepared.value.modules });
  const ask = async (cases: readonly Case[]): Promise<readonly (string | null)[]> => {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(JUDGE_TIMEOUT_MS)]);
      const response = await judge.fetch('http://judge/', { method: 'POST', body: JSON.stringify(cases), signal: limit });
      return verdictsSchema.parse(await response.json());
    } catch {
      return cases.map(() => 'the schema takes too long to check');
    }
  };
  return async (cases) => {
    const verdicts: (string | null)[] = [];
    for (let start = 0; start < cases.length; start += CASES_AT_ONCE)
      verdicts.push(...(await ask(cases.slice(start, start + CASES_AT_ONCE))));
    return verdicts;
  };
}
