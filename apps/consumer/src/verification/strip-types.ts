/**
 * TypeScript -> JavaScript, by removing the types and looking at nothing else.
 *
 * Parsing costs some 50 bytes of memory a character, and a connector is mostly data: the operations of
 * a large API are megabytes of literals. So large literals that hold nothing but data are set aside
 * before the parser sees them and put back afterwards, which keeps a Worker inside its 128 MB.
 */
import { transform } from 'sucrase';

/** Below this a literal may as well be parsed. */
const MIN_LITERAL_CHARACTERS = 4096;
/** What the parser may be given; beyond it the memory of an isolate is in danger. */
export const MAX_PARSED_CHARACTERS = 1024 * 1024;

/** Removes the types. Throws for what is not TypeScript, and for more than a million characters that are not data. */
export function stripTypes(source: string): string {
  const { code, literals, placeholder } = setDataAside(source);
  if (code.length > MAX_PARSED_CHARACTERS) throw new Error(`more than ${MAX_PARSED_CHARACTERS} characters of code`);
  const stripped = transform(code, { transforms: ['typescript'], disableESTransforms: true, preserveDynamicImport: true }).code;
  return stripped.replace(new RegExp(`${placeholder}(\\d+)_`, 'g'), (_, index: string) => literals[Number(index)] ?? '');
}

/**
 * Replaces large data literals that are assigned or passed on by names that occur nowhere else. A match inside
 * a string or a comment does no harm: the same text comes back to the same place.
 */
function setDataAside(source: string): { code: string; literals: readonly string[]; placeholder: string } {
  let placeholder = '_data';
  while (source.includes(placeholder)) placeholder = `_${placeholder}`;

  const literals: string[] = [];
  let code = '';
  let copied = 0;
  const beginning = /[=(,]\s*(?=[[{])/g;
  while (beginning.test(source)) {
    const start = beginning.lastIndex;
    const { end, isData } = scanLiteral(source, start);
    // Never back to what was scanned already: the effort stays linear, whatever the source.
    beginning.lastIndex = Math.max(end, start);
    if (!isData || end - start < MIN_LITERAL_CHARACTERS) continue;
    code += `${source.slice(copied, start)}${placeholder}${literals.length}_`;
    literals.push(source.slice(start, end));
    copied = end;
  }
  return { code: code + source.slice(copied), literals, placeholder };
}

/** Blanks, separators, strings, numbers, words for values, and names of properties: no syntax that could be a type. */
const dataToken =
  /\s+|[,:]|"[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*"|'[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*'|-?\d[\w.+-]*|(?:true|false|null)\b|[A-Za-z_$][\w$]*(?=\s*:)/y;

/** Follows a literal that begins here to its closing bracket, or to the first thing that is not data. */
function scanLiteral(source: string, start: number): { end: number; isData: boolean } {
  let depth = 0;
  for (let at = start; at < source.length; ) {
    const character = source[at];
    if (character === '[' || character === '{') {
      depth += 1;
      at += 1;
    } else if (character === ']' || character === '}') {
      depth -= 1;
      at += 1;
      if (depth === 0) return { end: at, isData: true };
    } else {
      dataToken.lastIndex = at;
      if (!dataToken.test(source)) return { end: at, isData: false };
      at = dataToken.lastIndex;
    }
  }
  return { end: source.length, isData: false };
}
