/**
 * Text to a tree of values (tree.ts): YAML 1.2 as its core schema reads it, and nothing more. Never throws: what is wrong
 * goes to the problems, in words of people and not of parsers.
 */
import { type Document, type ParsedNode, parseDocument, type YAMLError } from 'yaml';
import type { Problems } from './problem.ts';
import { type Tree, TreeBuilder } from './tree.ts';

const MOST_BYTES = 1024 * 1024;
const MOST_SYNTAX_ERRORS = 20;
/** Errors that leave the tree as it was meant. */
const HARMLESS = new Set<string>(['TAG_RESOLVE_FAILED', 'BAD_SCALAR_START', 'MULTIPLE_DOCS']);

/** Bytes of a file to its text; null where they are none, and the problem says where. */
export function readText(bytes: Uint8Array): { readonly text: string; readonly refusal: string | null } {
  if (bytes.length > MOST_BYTES)
    return { text: '', refusal: `the file has ${bytes.length} bytes; a flow may have ${MOST_BYTES}` };
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return { text: '', refusal: 'the file is written in UTF-16' };
  const text = new TextDecoder('utf-8').decode(bytes);
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { text, refusal: null };
  } catch {
    return { text, refusal: 'the file is not UTF-8' };
  }
}

/** The tree of a document, null where there is none to speak of; `isWhole` is false when its syntax is broken. */
export function parseTree(
  text: string,
  problems: Problems,
): { readonly tree: Tree | null; readonly brokenAt: number | null } {
  if (refuseCharacters(text, problems)) return { tree: null, brokenAt: 0 };
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const brokenAt = tellSyntax(text, document, problems);
  const contents = document.contents as ParsedNode | null;
  if (contents === null) {
    if (brokenAt === null)
      problems.error(
        { start: 0, end: 1 },
        'the file is empty',
        'a flow has at least: tasks: { hello: { run: echo hello } }',
      );
    return { tree: null, brokenAt };
  }
  return { tree: new TreeBuilder(problems).build(contents, 0), brokenAt };
}

/** What no YAML may hold. */
function refuseCharacters(text: string, problems: Problems): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const found = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(text);
  if (found === null) return false;
  const code = found[0].charCodeAt(0);
  const what =
    code === 0 ? 'a NUL character' : `a control character (U+${code.toString(16).padStart(4, '0').toUpperCase()})`;
  problems.error(
    { start: found.index, end: found.index + 1 },
    `the file holds ${what}, so it is no text`,
    'take it out; in double quotes it can be written as "\\x.."',
  );
  return true;
}

/** Follow-up errors of one mistake stand in one line: each line is told once. Gives the offset of the first. */
function tellSyntax(text: string, document: Document, problems: Problems): number | null {
  const version = /^%YAML\s+(\S+)/m.exec(text);
  if (version !== null && version[1] !== '1.2' && document.directives?.yaml.explicit === true)
    problems.error(
      { start: version.index, end: version.index + version[0].length },
      `Weir reads YAML 1.2, not ${version[1]}`,
      'leave the line out',
    );
  let first: number | null = null;
  const lines = new Set<number>();
  const all: readonly YAMLError[] = [...document.errors, ...document.warnings];
  for (const error of all) {
    const start = Math.min(error.pos[0], text.length);
    if (!HARMLESS.has(error.code)) first = Math.min(first ?? start, start);
    const { line } = problems.placeOf(start);
    if (lines.has(line) || lines.size >= MOST_SYNTAX_ERRORS) continue;
    lines.add(line);
    const { message, hint } = inWords(error, text);
    problems.error({ start, end: error.pos[1] }, message, hint);
  }
  return first;
}

function inWords(error: YAMLError, text: string): { message: string; hint: string | null } {
  const at = error.pos[0];
  switch (error.code) {
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here; a file holds one flow', hint: 'put it into a file of its own' };
    case 'TAB_AS_INDENT':
      return { message: 'a tab cannot indent in YAML', hint: 'use spaces' };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        message: 'a second ": " in one line, or a line indented too far',
        hint: 'put text that holds ": " into quotes; give every key a line of its own',
      };
    case 'MULTILINE_IMPLICIT_KEY':
      return { message: 'a key must stand in one line with its colon', hint: 'look for a missing ":" above' };
    case 'MISSING_CHAR':
      if (error.message.includes('quote'))
        return { message: 'a quote is not closed', hint: 'close it, or put the text into the other kind of quotes' };
      break;
    case 'BAD_DQ_ESCAPE':
      return {
        message: `${text.slice(at, at + 2)} is no escape of YAML: in double quotes \\ begins one`,
        hint: 'put the text into single quotes, or write \\\\ for \\ itself',
      };
    case 'BAD_SCALAR_START':
      return { message: `a text cannot begin with ${text[at] ?? 'this'}`, hint: 'put it into quotes' };
    case 'BAD_INDENT':
      if (error.message.startsWith('Flow'))
        return { message: 'a bracket is not closed', hint: 'close it, or indent what stands inside' };
      break;
    case 'TAG_RESOLVE_FAILED':
      return {
        message: `${lowerFirst(error.message)}: Weir knows no tags of its own`,
        hint: 'leave it out, or put the text into quotes',
      };
    case 'RESOURCE_EXHAUSTION':
      return { message: 'nested too deeply', hint: null };
    default:
  }
  const [sentence = ''] = error.message.split('\n');
  return {
    message: `not YAML: ${lowerFirst(sentence)}`,
    hint: 'compare the indentation with the lines around it',
  };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
