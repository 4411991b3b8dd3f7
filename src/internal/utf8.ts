/**
 * Lengths of text in UTF-8, without encoding it where that can be avoided. Pure.
 *
 * @module
 */

/** Counts the bytes that `text` takes in UTF-8; a lone surrogate counts as the three bytes that replace it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 2; // four bytes for two units
      i++;
    } else bytes += 2;
  }
  return bytes;
}

/** Tells whether `text` takes more than `limit` bytes in UTF-8. Looks at the text only where its length leaves doubt. */
export function exceedsUtf8(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  if (text.length * 3 <= limit) return false;
  return utf8Length(text) > limit;
}

/** Cuts `text` to at most `limit` bytes of UTF-8, never inside a character. */
export function cutUtf8(text: string, limit: number): string {
  if (text.length * 3 <= limit) return text;
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(limit)).read);
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
