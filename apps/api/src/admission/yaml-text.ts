/**
 * YAML text from strangers. Two budgets, because YAML can be large in two ways: in text (bounded
 * before parsing, by counting what can start a node; more of it is taken where it can be read in
 * parts) and by aliases, where nine short lines stand for a billion nodes (bounded after parsing:
 * js-yaml shares aliased nodes, so building them costs nothing and only a walk finds out). The walk
 * keeps its own stack, and a cycle ends at the depth limit.
 *
 * Duplicate keys are accepted, the last one counting, as in JSON: vendors publish them.
 */
import { fail, MAX_DEPTH, MAX_VALUES, ok, type Result, readYamlInParts } from '@mcpoverflow/types';
import { CORE_SCHEMA, load, mapTag, mergeTag, YAMLException } from 'js-yaml';

/** Most lines, commas and brackets read at once; GitHub's 12.7 MB specification has 290,000 as YAML. */
const MAX_YAML_MARKS = 400_000;
/** Characters of a text that leaves less memory for them: of 20 MB with 386,000 a Worker went down, with 279,000 it did not. */
const LARGE_TEXT = 16_000_000;
const MAX_MARKS_OF_LARGE_TEXT = 280_000;

export interface YamlFault {
  readonly code: 'syntax' | 'too-deep' | 'too-many-values';
  readonly detail: string;
}

const schema = CORE_SCHEMA.withTags(mergeTag);
const marks = new Set([0x0a, 0x2c, 0x5b, 0x7b]);

function hasMoreMarks(text: string, limit: number): boolean {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (marks.has(text.charCodeAt(at))) count += 1;
    if (count > limit) return true;
  }
  return false;
}

/** The document of a large text, if it can be read in parts that are each within the budget. */
const loadInParts = (text: string): unknown =>
  readYamlInParts(text, (part) => {
    if (hasMoreMarks(part.text, MAX_YAML_MARKS)) return undefined;
    const tagged = schema.withTags({ ...mapTag, create: part.create });
    return load(part.text, { schema: tagged, json: true, maxDepth: MAX_DEPTH - part.level });
  });

/** Counts nodes as a reader of the document would meet them: an aliased node counts wherever it is named. */
function findExcess(root: unknown): YamlFault | undefined {
  const stack = [{ value: root, depth: 1 }];
  let values = 0;
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { value, depth } = entry;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > MAX_DEPTH) return { code: 'too-deep', detail: `is nested more than ${MAX_DEPTH} levels deep, aliases included` };
    const children: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    values += children.length;
    if (values > MAX_VALUES) return { code: 'too-many-values', detail: `holds more than ${MAX_VALUES} values, aliases included` };
    for (const child of children) stack.push({ value: child, depth: depth + 1 });
  }
  return undefined;
}

const tooManyMarks = (limit: number, more = ''): Result<never, YamlFault> =>
  fail({ code: 'too-many-values', detail: `has more than ${limit} lines and entries${more}` });

/** Parses one YAML 1.2 document (merge keys allowed) within the budgets. */
export function parseYaml(text: string): Result<unknown, YamlFault> {
  if (hasMoreMarks(text, MAX_VALUES)) return tooManyMarks(MAX_VALUES);
  let value = loadInParts(text);
  if (value === undefined) {
    const limit = text.length > LARGE_TEXT ? MAX_MARKS_OF_LARGE_TEXT : MAX_YAML_MARKS;
    if (hasMoreMarks(text, limit)) return tooManyMarks(limit, ', and cannot be read in parts; send it as JSON');
    try {
      value = load(text, { schema, json: true, maxDepth: MAX_DEPTH });
    } catch (error) {
      const reason = error instanceof YAMLException ? error.reason : 'cannot be parsed';
      const line = error instanceof YAMLException && error.mark !== undefined ? ` (line ${error.mark.line + 1})` : '';
      const code = reason.startsWith('nesting exceeded') ? 'too-deep' : 'syntax';
      return fail({ code, detail: `${reason.slice(0, 200)}${line}` });
    }
  }
  const excess = findExcess(value);
  return excess === undefined ? ok(value) : fail(excess);
}
