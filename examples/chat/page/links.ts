/**
 * Finds the links in a text. Only addresses of web pages are links: nothing else that somebody writes can be followed.
 */

/** A piece of a text: as it is, or as a link. */
export interface Piece {
  readonly text: string;
  /** Where the link leads; absent for mere text. */
  readonly href?: string;
}

/** Splits a text into pieces that together are the text. */
export function findLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(/\bhttps?:\/\/[^\s<>"]+/gi)) {
    // What ends a sentence or closes a bracket that was open before is not part of the address.
    const address = found.replace(found.includes("(") ? /[.,;:!?'’]+$/ : /[.,;:!?'’)\]]+$/, "");
    const href = webAddress(address);
    if (href === undefined) continue;
    if (index > end) pieces.push({ text: text.slice(end, index) });
    pieces.push({ text: address, href });
    end = index + address.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

function webAddress(text: string): string | undefined {
  const url = URL.parse(text);
  return url?.protocol === "http:" || url?.protocol === "https:" ? url.href : undefined;
}
