/**
 * Takes what a page sent and makes it safe to work with: cut, and without characters that hide or turn around what stands
 * next to them. A page can be anybody's program, so nothing of it is believed.
 *
 * Text is not escaped here: it stays what was typed, and the page shows it as text.
 */

/** The longest name of a person or a room, in characters. */
export const MAX_NAME_LENGTH = 40;

/** The longest text of one line, in characters. */
export const MAX_TEXT_LENGTH = 2_000;

/** What is said by who joins a room: how its name is written. */
export interface Join {
  readonly name: string;
}

/** A line for a room. */
export interface Say {
  readonly text: string;
  /** Makes the line's id; a line that is sent again after a lost connection has the same. */
  readonly nonce: string;
}

/** A line for one person. */
export interface Whisper extends Say {
  readonly to: string;
}

/** A notice of typing. */
export interface Typing {
  /** For whom; absent in a room. */
  readonly to?: string;
}

/** Anything that came as JSON. */
type Unknown = Readonly<Record<string, unknown>> | null | undefined;

/** Reads what is said by who joins; `undefined` when it makes no sense. */
export function readJoin(value: unknown): Join | undefined {
  const name = cleanName((value as Unknown)?.["name"]);
  return name === "" ? undefined : { name };
}

/** Reads a line for a room. A program that sends no line twice may leave the nonce out. */
export function readSay(value: unknown): Say | undefined {
  const { text: given, nonce } = (value ?? {}) as Record<string, unknown>;
  const text = cleanText(given);
  const isNonce = typeof nonce === "string" && /^[\w-]{1,40}$/.test(nonce);
  return text === "" ? undefined : { text, nonce: isNonce ? nonce : crypto.randomUUID() };
}

/** Reads a line for one person. */
export function readWhisper(value: unknown): Whisper | undefined {
  const line = readSay(value);
  const to = cleanName((value as Unknown)?.["to"]);
  return line === undefined || to === "" ? undefined : { ...line, to };
}

/** Reads a notice of typing. */
export function readTyping(value: unknown): Typing | undefined {
  const to = cleanName((value as Unknown)?.["to"]);
  return to === "" ? {} : { to };
}

/** A name as it is shown: one line, nothing invisible, no direction marks, not longer than it may be. `""` when nothing is left. */
export function cleanName(value: unknown): string {
  if (typeof value !== "string") return "";
  const visible = value
    .slice(0, 8 * MAX_NAME_LENGTH)
    .toWellFormed()
    .normalize("NFC")
    .replace(/\s+/gu, " ")
    // Joiners and the emoji selector are needed inside of words and emoji; direction marks, fillers and the like are not.
    .replace(/\p{Cc}|(?![\u200c\u200d\ufe0f])\p{Default_Ignorable_Code_Point}/gu, "")
    .replace(/(\p{M}{3})\p{M}+/gu, "$1");
  const name = cut(visible.trim(), MAX_NAME_LENGTH).trim();
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(name) ? name : "";
}

/** What two names have in common that must not stand side by side: "ann" and "Ann" are one person. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

function cleanText(value: unknown): string {
  if (typeof value !== "string") return "";
  const lines = value.toWellFormed().replace(/\r\n?/g, "\n");
  const text = lines.replace(/(?![\n\t])\p{Cc}/gu, "").replace(/\n{3,}/g, "\n\n");
  return cut(text.trim(), MAX_TEXT_LENGTH).trim();
}

/** Cuts at a whole character, never in the middle of one. */
function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : [...text].slice(0, maxLength).join("");
}
