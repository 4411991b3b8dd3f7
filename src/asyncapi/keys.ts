/**
 * Names as keys of an AsyncAPI document, in which only letters, digits, `.`, `-` and `_` may stand. Pure.
 *
 * @module
 */

const FREE = /^[A-Za-z0-9._-]$/;

/** An underscore that could be taken for the beginning of a number of ours. */
const MISLEADING = /^_[0-9a-f]+[^A-Za-z0-9.-]/u;

/**
 * Writes a name as a key: what may not stand in one becomes its number between underscores, as `_3a_` for `:`. Different
 * names have different keys, and a name has the same key whatever else is in the document.
 */
export function toKey(name: string): string {
  const characters = Array.from(name);
  return characters.map((character, i) => {
    const isKept = FREE.test(character) && !isMisleading(characters, i);
    return isKept ? character : `_${(character.codePointAt(0) ?? 0).toString(16)}_`;
  }).join("");
}

/**
 * Writes a pattern of rooms as a key that is easy to read, `chat-id` for `"chat/{id}"`, and that is none of `taken`.
 */
export function toRoomKey(pattern: string, taken: ReadonlySet<string>): string {
  let key = toKey(pattern.replaceAll("/", "-").replaceAll(/[{}]/g, "").replace(/\*$/, "rest"));
  if (taken.has(key)) key = toKey(pattern);
  while (taken.has(key)) key += "_";
  return key;
}

/** Also of names that begin as those do which objects have already, such as `__proto__`. */
function isMisleading(characters: readonly string[], at: number): boolean {
  if (characters[at] !== "_") return false;
  return (at === 0 && characters[1] === "_") || MISLEADING.test(characters.slice(at).join(""));
}
