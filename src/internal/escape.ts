/**
 * Makes text that a peer controls safe to write into one line of a log. Pure.
 *
 * @module
 */

/** The most of a peer's text that is written. */
export const MAX_SHOWN_CHARACTERS = 200;

/**
 * Escapes control characters, line ends and the characters that change the direction of text, and cuts what is longer
 * than {@linkcode MAX_SHOWN_CHARACTERS}, telling the length.
 */
export function escapeText(text: string): string {
  const shown = text.length > MAX_SHOWN_CHARACTERS ? text.slice(0, MAX_SHOWN_CHARACTERS) : text;
  let escaped = "";
  for (let i = 0; i < shown.length; i++) {
    const unit = shown.charCodeAt(i);
    escaped += isUnsafe(unit) ? `\\u${unit.toString(16).padStart(4, "0")}` : shown[i];
  }
  return shown === text ? escaped : `${escaped}… (${text.length} characters)`;
}

function isUnsafe(unit: number): boolean {
  return unit < 0x20 || (unit >= 0x7f && unit < 0xa0) || // C0, DEL and C1
    unit === 0x061c || unit === 0x200e || unit === 0x200f || // direction marks
    (unit >= 0x2028 && unit <= 0x202e) || // line ends, embeddings and overrides
    (unit >= 0x2066 && unit <= 0x2069); // isolates
}
