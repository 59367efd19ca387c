/**
 * What connectors can be made for: a language on a runtime, or the sentence that says why not. The table
 * lies here and not beside the generators, because the api refuses what cannot be made and imports no
 * connector code; a test of the generators holds both to the same.
 */
import * as z from 'zod';

export const languages = ['typescript', 'python', 'go'] as const;
export const runtimes = ['cloudflare-workers', 'docker', 'vercel', 'lambda'] as const;

export const languageSchema = z.enum(languages);
export const runtimeSchema = z.enum(runtimes);
export type Language = z.infer<typeof languageSchema>;
export type Runtime = z.infer<typeof runtimeSchema>;

const everywhere = { 'cloudflare-workers': true, docker: true, vercel: true, lambda: true } as const;

/** True, or why the official MCP SDK of that language does not run there. */
export const runtimeVerdicts: Readonly<Record<Language, Readonly<Record<Runtime, true | string>>>> = {
  typescript: everywhere,
  python: { ...everywhere, 'cloudflare-workers': 'The MCP SDK for Python does not run on Cloudflare Workers.' },
  go: { ...everywhere, 'cloudflare-workers': 'The MCP SDK for Go does not run on Cloudflare Workers.' },
};

/** The runtimes that a language's connectors run on. */
export const supportedRuntimes = (language: Language): readonly Runtime[] =>
  runtimes.filter((runtime) => runtimeVerdicts[language][runtime] === true);

/** Why a connector in this language cannot run there, with what works instead; null when it can. */
export function refusedTarget(language: Language, runtime: Runtime): string | null {
  const verdict = runtimeVerdicts[language][runtime];
  if (verdict === true) return null;
  const works = languages.map((each) => `${each} on ${supportedRuntimes(each).join(', ')}`);
  return `${verdict} What works: ${works.join('; ')}.`;
}
