/**
 * Sorts operations by what they are about: the document's tag, or the first word of the path that
 * names a thing. The groups are what an agent is offered together.
 */
import type { Analysis } from '@mcpoverflow/types';
import { oneLine, setOwn, shorten } from '../json.ts';
import type { ApiModel, ApiOperation } from '../model/model.ts';

/** Groups recommended at most; more would be the API again. */
const MAX_GROUPS = 40;

/** The first tag, else the first path segment that is neither a placeholder nor a version. */
export function categoryOf(operation: ApiOperation): string {
  const [tag] = operation.tags;
  if (tag !== undefined) return oneLine(tag);
  const words = operation.path.split('/').filter((part) => part !== '' && !part.includes('{') && !/^(api|v?\d+(\.\d+)*)$/i.test(part));
  return words[0] ?? 'general';
}

/** One recommendation per category, the largest first. `names` are the tools' names in the order of the operations. */
export function recommendTools(model: ApiModel, names: readonly string[]): Analysis['recommendedTools'] {
  const groups = new Map<string, string[]>();
  for (const [index, operation] of model.operations.entries()) {
    if (operation.deprecated) continue;
    const category = categoryOf(operation);
    const group = groups.get(category) ?? [];
    group.push(names[index] ?? '');
    groups.set(category, group);
  }
  const descriptions: Record<string, string> = {};
  for (const tag of model.tags) if (tag.description !== undefined) setOwn(descriptions, tag.name, tag.description);
  return [...groups]
    .sort(([, first], [, second]) => second.length - first.length)
    .slice(0, MAX_GROUPS)
    .map(([category, operations]) => {
      const described = Object.hasOwn(descriptions, category) ? descriptions[category] : undefined;
      const count = `${operations.length} ${operations.length === 1 ? 'operation' : 'operations'} on ${category}`;
      return { name: category, description: shorten(oneLine(described ?? `${count}.`), 200), operations };
    });
}
