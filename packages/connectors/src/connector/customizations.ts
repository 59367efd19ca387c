/**
 * A caller's `customizations`, with the operations they name found in the model. The api refuses what the
 * schema does not know; what arrives by another way and does not fit is told and otherwise ignored.
 */
import { type Customizations, customizationsSchema, type Issue, type Parameters } from '@mcpoverflow/types';
import { shorten } from '../json.ts';
import type { ApiModel, ApiOperation } from '../model/model.ts';
import { normalised, operationsByName } from './select-operations.ts';

export interface AppliedCustomizations extends Omit<Customizations, 'names' | 'descriptions'> {
  /** By the operation's pointer. */
  readonly names: ReadonlyMap<string, string>;
  /** By the operation's pointer. */
  readonly descriptions: ReadonlyMap<string, string>;
}

/** Reads the customizations; issues tell what names no operation or is not understood. */
export function readCustomizations(
  model: ApiModel,
  customizations: Parameters['customizations'],
): { readonly value: AppliedCustomizations; readonly issues: readonly Issue[] } {
  const { value, unknown } = understood(customizations ?? {});
  const { names = {}, descriptions = {}, ...rest } = value;
  const issues: Issue[] = unknown.map((key) => ({
    severity: 'warning',
    pointer: '/customizations',
    message: `The customization "${shorten(key, 60)}" was not applied: it is not known, or its value is not.`,
  }));
  const isNaming = Object.keys(names).length + Object.keys(descriptions).length > 0;
  const byName: ReadonlyMap<string, readonly ApiOperation[]> = isNaming ? operationsByName(model) : new Map();
  const byPointer = (field: string, texts: Readonly<Record<string, string>>): ReadonlyMap<string, string> => {
    const found = new Map<string, string>();
    for (const [operation, text] of Object.entries(texts)) {
      const pointers = (byName.get(normalised(operation)) ?? []).map(({ pointer }) => pointer);
      for (const pointer of pointers) found.set(pointer, text);
      const message = `There is no operation "${shorten(operation, 200)}".`;
      if (pointers.length === 0) issues.push({ severity: 'warning', pointer: `/customizations/${field}`, message });
    }
    return found;
  };
  return { value: { ...rest, names: byPointer('names', names), descriptions: byPointer('descriptions', descriptions) }, issues };
}

/** What the schema takes; keys that it refuses are left out and named. */
function understood(customizations: Readonly<Record<string, unknown>>): {
  readonly value: Customizations;
  readonly unknown: readonly string[];
} {
  const whole = customizationsSchema.safeParse(customizations);
  if (whole.success) return { value: whole.data, unknown: [] };
  const keys = whole.error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0])]));
  const unknown = new Set(keys);
  const rest = customizationsSchema.safeParse(Object.fromEntries(Object.entries(customizations).filter(([key]) => !unknown.has(key))));
  return { value: rest.success ? rest.data : {}, unknown: [...unknown] };
}
