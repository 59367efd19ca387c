/**
 * What is wrong with a document, and no more of it than asked for. zod lists every fault: a quarter of a
 * million bad items become two million issues and half a gigabyte. This walk asks zod about one leaf at a
 * time and stops when it has seen enough; the shape it follows is the schema's own.
 */
import * as z from 'zod';

/** At most `most` sentences, each with a JSON Pointer. Looks at objects, lists and records; everything else is a leaf for zod. */
export function faultsIn(schema: z.core.$ZodType, document: unknown, most: number): string[] {
  const faults: string[] = [];
  const visit = (part: z.core.$ZodType, value: unknown, pointer: string): void => {
    if (faults.length >= most) return;
    if (part instanceof z.ZodOptional) {
      if (value !== undefined) visit(part.unwrap(), value, pointer);
    } else if (part instanceof z.ZodArray && Array.isArray(value)) {
      for (let index = 0; index < value.length && faults.length < most; index += 1)
        visit(part.element, value[index], `${pointer}/${index}`);
    } else if (part instanceof z.ZodObject && isRecord(value)) {
      for (const [name, field] of Object.entries(part.shape)) visit(field, value[name], `${pointer}/${name}`);
      if (part.def.catchall instanceof z.ZodNever) {
        for (const name in value) {
          if (faults.length >= most) return;
          if (!Object.hasOwn(part.shape, name)) faults.push(`${pointer}/${name.slice(0, 100)}: is not a known field`);
        }
      }
    } else if (part instanceof z.ZodRecord && isRecord(value)) {
      for (const name in value) {
        if (faults.length >= most) return;
        visit(part.valueType, value[name], `${pointer}/${name.slice(0, 100)}`);
      }
    } else {
      const leaf = z.safeParse(part, value);
      if (!leaf.success) faults.push(`${pointer}: ${leaf.error.issues[0]?.message ?? 'is not valid'}`);
    }
  };
  visit(schema, document, '');
  return faults;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
