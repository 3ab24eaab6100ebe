/** A fenced block of TypeScript in a page or a doc comment. */
export interface CodeBlock {
  /** The file it stands in, relative to the repository. */
  readonly file: string;
  /** The line of the file on which the code begins, from 1 on. */
  readonly line: number;
  readonly code: string;
  /** The words after the language, such as `class-body`. */
  readonly marks: readonly string[];
}

const FENCE = /^\s*(`{3,}|~{3,})\s*(.*)$/;
const LANGUAGES = ['ts', 'typescript'];

/**
 * The TypeScript blocks of a text.
 *
 * @param file where the text stands
 * @param firstLine the line of the file on which the text begins
 */
export function codeBlocks(
  file: string,
  text: string,
  firstLine = 1,
): CodeBlock[] {
  return fencesOf(text, `${file}:${firstLine}`).flatMap(
    ({ info, lines, start }) => {
      const [language = '', ...marks] = info.split(/\s+/);
      if (!LANGUAGES.includes(language)) return [];
      return [{ file, line: firstLine + start, code: lines.join('\n'), marks }];
    },
  );
}

/**
 * The tags of a doc comment, such as `example`; not what stands in its code.
 *
 * @param where the place of the comment
 */
export function tagsOf(text: string, where: string): string[] {
  const inCode = new Set(
    fencesOf(text, where).flatMap(({ start, lines }) =>
      lines.map((_, index) => start + index),
    ),
  );
  return text.split('\n').flatMap((line, index) => {
    const tag = /^\s*@(\w+)/.exec(line)?.[1];
    return tag === undefined || inCode.has(index) ? [] : [tag];
  });
}

interface Fence {
  readonly info: string;
  readonly lines: readonly string[];
  /** Index of the first line of the code. */
  readonly start: number;
}

function fencesOf(text: string, where: string): Fence[] {
  const found: Fence[] = [];
  let open: { mark: string; info: string; start: number } | undefined;
  const all = text.split('\n');
  all.forEach((line, index) => {
    const [, mark = '', info = ''] = FENCE.exec(line) ?? [];
    if (open === undefined) {
      if (mark !== '') open = { mark, info: info.trim(), start: index + 1 };
    } else if (mark.startsWith(open.mark) && info === '') {
      const { start } = open;
      found.push({ info: open.info, lines: all.slice(start, index), start });
      open = undefined;
    }
  });
  if (open) throw new Error(`A block of code has no end: ${where}`);
  return found;
}
