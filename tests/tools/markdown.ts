/**
 * Reads what tests need of a Markdown file: its fenced blocks, headings and table rows. Pure.
 *
 * @module
 */

/** A fenced block. */
export interface Block {
  /** The line of its first line of code, from 1. */
  readonly line: number;
  /** The first word after the fence; `""` when there is none. */
  readonly language: string;
  /** The other words after the fence. */
  readonly tags: readonly string[];
  readonly code: string;
}

/** A heading. */
export interface Heading {
  readonly level: number;
  /** Its text, without the marks of code. */
  readonly text: string;
}

/** The fenced blocks of a text, in order. */
export function readBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const [, indent = "", fence, info = ""] = /^( *)(`{3,}|~{3,})(.*)$/.exec(lines[index] ?? "") ?? [];
    if (fence === undefined) continue;
    const start = index + 1;
    const end = lines.findIndex((line, at) => at >= start && line.trim().startsWith(fence) && /^ *[`~]+ *$/.test(line));
    const [language = "", ...tags] = info.trim().split(/\s+/);
    const code = lines.slice(start, end === -1 ? lines.length : end).map((line) => unindent(line, indent.length));
    blocks.push({ line: start + 1, language, tags, code: code.join("\n") });
    index = end === -1 ? lines.length : end;
  }
  return blocks;
}

/** The headings of a text that stand outside of fenced blocks. */
export function readHeadings(markdown: string): Heading[] {
  return [...withoutBlocks(markdown).matchAll(/^(#{1,6}) +(.*?)\s*#*$/gm)]
    .map(([, marks = "", text = ""]) => ({ level: marks.length, text: text.replaceAll("`", "") }));
}

/** The rows of all tables, each as its cells without the marks of code; the lines under table heads are left out. */
export function readTableRows(markdown: string): string[][] {
  return [...withoutBlocks(markdown).matchAll(/^\|(.*)\|\s*$/gm)]
    .map(([, row = ""]) => row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("`", "")))
    .filter((cells) => !cells.every((cell) => /^:?-+:?$/.test(cell)));
}

/** The part under the first heading that has `word` as a word, up to the next heading as high as that; `""` without one. */
export function readSection(markdown: string, word: string): string {
  const lines = markdown.split("\n");
  const level = (line: string) => /^(#{1,6}) /.exec(line)?.[1]?.length;
  const start = lines.findIndex((line) => level(line) !== undefined && line.split(/[\s`]+/).includes(word));
  if (start === -1) return "";
  const own = level(lines[start] ?? "") ?? 0;
  const end = lines.findIndex((line, at) => at > start && (level(line) ?? 7) <= own);
  return lines.slice(start, end === -1 ? lines.length : end).join("\n");
}

function withoutBlocks(markdown: string): string {
  return markdown.replace(/^( *)(`{3,}|~{3,}).*\n(?:[^]*?\n)?\1\2`*~* *$/gm, "");
}

function unindent(line: string, width: number): string {
  return line.slice(0, width).trim() === "" ? line.slice(width) : line;
}
