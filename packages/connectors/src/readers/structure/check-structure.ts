/**
 * Tells where a document departs from the version of OpenAPI that it names, and which references in it
 * lead nowhere. Vendors' own documents are often invalid, so everything here is a warning and nothing
 * is refused: reading goes on with what can be read.
 *
 * The document is walked as it is written, once, each reference followed for itself: recursion is legal
 * and costs nothing here, and whoever only analyses an API hears of broken references too.
 */
import { isObject, type JsonObject, oneLine, own, pointerTo, shorten, textOf } from '../../json.ts';
import type { Issues } from '../../model/issues.ts';
import { describeUnresolved, type References } from '../../model/references.ts';
import { checkSchema } from './check-schema.ts';
import { type Grammar, grammarOf, type ObjectRule, type Rule, type Version } from './grammar.ts';
import type { Walk } from './walk.ts';

const grammars = new Map<Version, Grammar>();

/** Adds a warning for everything in `document` that its version does not allow, at its own pointer. */
export function checkStructure(
  document: JsonObject,
  version: Version,
  context: { readonly references: References; readonly issues: Issues },
): void {
  const grammar = grammars.get(version) ?? grammarOf(version);
  grammars.set(version, grammar);
  const told = new Set(context.issues.list.map(({ pointer }) => pointer));
  // One path for the whole walk, and no function for a step of it, of which a large document has hundreds of thousands:
  // pointers are only written where there is something to tell.
  const path: (string | number)[] = [];
  const pointerOf = (steps: readonly (string | number)[]): string => [...path, ...steps].reduce<string>(pointerTo, '');
  const walk: Walk = {
    version,
    references: context.references,
    path,
    complain: (message, ...steps) => context.issues.add('warning', pointerOf(steps), message),
    refuse(message, ...steps) {
      if (!told.has(pointerOf(steps))) walk.complain(message, ...steps);
    },
    object(value, name) {
      const rule = grammar.get(name);
      if (rule !== undefined) checkObject(value, rule, walk);
    },
  };
  walk.object(document, 'document');
}

function checkObject(value: unknown, rule: ObjectRule, walk: Walk): void {
  if (!isObject(value)) {
    walk.refuse('An object was expected here.');
    return;
  }
  if (rule.isReferable && textOf(value.$ref) !== undefined) {
    const resolution = walk.references.resolve(value);
    if (resolution.kind !== 'found') walk.complain(describeUnresolved(resolution));
    return;
  }
  for (const name in value) {
    const field = value[name];
    if (field === undefined || name.startsWith('x-')) continue;
    const holds = rule.fields.get(name) ?? (rule.entries?.names.test(name) ? rule.entries.of : undefined);
    if (holds === undefined) walk.refuse(`The field "${quotable(name)}" has no meaning here.`, name);
    else checkPart(field, holds, walk, name);
  }
  for (const name of rule.required) if (own(value, name) === undefined) walk.complain(`The field "${name}" is missing.`);
  for (const [first, second] of rule.exclusive) {
    if (own(value, first) !== undefined && own(value, second) !== undefined) {
      walk.complain(`"${first}" and "${second}" exclude each other.`, second);
    }
  }
  rule.judge?.(value, walk.complain);
}

function checkValue(value: unknown, rule: Rule, walk: Walk): void {
  switch (rule.kind) {
    case 'anything':
      return;
    case 'text':
      if (typeof value !== 'string') walk.complain('A text was expected here.');
      return;
    case 'boolean':
      if (typeof value !== 'boolean') walk.complain('true or false was expected here.');
      return;
    case 'choice':
      if (typeof value !== 'string' || !rule.of.includes(value)) walk.complain(`One of ${rule.of.join(', ')} was expected here.`);
      return;
    case 'schema':
      checkSchema(value, walk);
      return;
    case 'object':
      walk.object(value, rule.name);
      return;
    case 'list':
      if (!Array.isArray(value)) walk.complain('A list was expected here.');
      else for (let index = 0; index < value.length; index += 1) checkPart(value[index], rule.of, walk, index);
      return;
    case 'map':
      checkMap(value, rule, walk);
  }
}

function checkMap(value: unknown, rule: Extract<Rule, { kind: 'map' }>, walk: Walk): void {
  if (!isObject(value)) {
    walk.complain('An object was expected here.');
    return;
  }
  for (const name in value) {
    if (rule.keys !== undefined && !rule.keys.test(name)) walk.complain(`"${quotable(name)}" cannot be a name here.`, name);
    checkPart(value[name], rule.of, walk, name);
  }
}

function checkPart(value: unknown, rule: Rule, walk: Walk, step: string | number): void {
  walk.path.push(step);
  checkValue(value, rule, walk);
  walk.path.pop();
}

const quotable = (name: string): string => shorten(oneLine(name), 60);
