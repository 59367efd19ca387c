/** What kind of specification a text is, judged by the marks each format must carry. Undefined when none is found. */
import type { SpecType } from '@mcpoverflow/types';
import * as z from 'zod';

const marksSchema = z.object({
  openapi: z.unknown().optional(),
  swagger: z.unknown().optional(),
  info: z.object({ _postman_id: z.unknown().optional(), schema: z.unknown().optional() }).optional(),
  item: z.array(z.unknown()).optional(),
  __schema: z.unknown().optional(),
  data: z.object({ __schema: z.unknown().optional() }).optional(),
});

/** What the text says it is; undefined when it does not say. */
export function guessSpecificationType(text: string): SpecType | undefined {
  const document = parseJson(text);
  return document === undefined ? guessFromText(text) : guessFromDocument(document);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function guessFromDocument(document: unknown): SpecType | undefined {
  const marks = marksSchema.safeParse(document);
  if (!marks.success) return undefined;
  const { openapi, swagger, info, item, __schema, data } = marks.data;
  if (openapi !== undefined || swagger !== undefined) return 'openapi';
  if (__schema !== undefined || data?.__schema !== undefined) return 'graphql';
  const isPostman = info?._postman_id !== undefined || String(info?.schema).includes('postman');
  return isPostman || item !== undefined ? 'postman' : undefined;
}

function guessFromText(text: string): SpecType | undefined {
  if (/^["']?(openapi|swagger)["']?\s*:/m.test(text)) return 'openapi';
  if (/^\s*(extend\s+)?(schema|type|interface|union|enum|input|scalar|directive)\b[^:\n]*(\{|=|@|$)/m.test(text)) return 'graphql';
  return undefined;
}
