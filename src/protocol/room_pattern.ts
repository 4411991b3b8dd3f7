/**
 * Patterns of room names such as `"chat/{id}"`: one is compiled once, and tells in one pass over a name whether it fits
 * and what stands in its placeholders. No regular expressions, so that no name can make it slow. Pure.
 *
 * @module
 */

import { show } from "../internal/checks.ts";
import { escapeText } from "../internal/escape.ts";

/** A pattern of room names, ready to be held against names. */
export interface CompiledRoomPattern {
  /** The pattern as it was written. */
  readonly pattern: string;
  /** Whether it ends in `*`. */
  readonly hasRest: boolean;
  /** The names of its placeholders, in their order. */
  readonly names: readonly string[];
  /**
   * What stands in the placeholders if the name fits, `undefined` if it does not. The result has no prototype, so that
   * no placeholder's name can mean anything else. Takes time in proportion to the length of the name.
   */
  match(name: string): Readonly<Record<string, string>> | undefined;
}

/** A piece of a pattern: text that must stand there, or a placeholder that ends before `end`, a character. */
type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "placeholder"; readonly name: string; readonly end: string };

const PLACEHOLDER_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SLASH = 0x2f;

/**
 * Reads a pattern of room names. Text stands for itself. `{name}` stands for one or more characters up to the character
 * that follows it in the pattern, and never for a `/`. `*`, only as the last character, stands for any rest, an empty
 * one too.
 *
 * @throws {TypeError} If it is no such pattern: it is empty, begins with `$`, has a `*` elsewhere, a brace that is not
 * part of a placeholder, two placeholders with nothing between them, or two of one name.
 *
 * @example
 * ```ts
 * import { compileRoomPattern } from "@switchboard/websocket/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const pattern = compileRoomPattern("chat/{id}");
 *
 * assertEquals({ ...pattern.match("chat/42") }, { id: "42" });
 * assertEquals(pattern.match("chat/42/log"), undefined);
 * ```
 */
export function compileRoomPattern(pattern: string): CompiledRoomPattern {
  const { pieces, hasRest } = readPattern(pattern);
  const names = pieces.flatMap((piece) => piece.kind === "placeholder" ? [piece.name] : []);
  return { pattern, hasRest, names, match: (name) => match(pieces, hasRest, name) };
}

function match(pieces: readonly Piece[], hasRest: boolean, name: string): Record<string, string> | undefined {
  const params: Record<string, string> = Object.create(null);
  let at = 0;
  for (const piece of pieces) {
    if (piece.kind === "text") {
      if (!name.startsWith(piece.text, at)) return undefined;
      at += piece.text.length;
    } else {
      const end = endOfPlaceholder(name, at, piece.end);
      if (end === at) return undefined;
      params[piece.name] = name.slice(at, end);
      at = end;
    }
  }
  return hasRest || at === name.length ? params : undefined;
}

/** Where a placeholder that begins at `at` ends: before `end`, a slash, or where the name ends. */
function endOfPlaceholder(name: string, at: number, end: string): number {
  const first = end === "" ? -1 : end.charCodeAt(0);
  for (let i = at; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    // The whole character is compared, as two characters may share their first half.
    if (unit === SLASH || (unit === first && name.startsWith(end, i))) return i;
  }
  return name.length;
}

function readPattern(pattern: string): { readonly pieces: readonly Piece[]; readonly hasRest: boolean } {
  const breach = (rule: string) =>
    new TypeError(`Cannot use a room pattern as ${rule}: current value is ${shown(pattern)}`);
  if (typeof pattern !== "string" || pattern === "") throw breach("it must be a string that is not empty");
  if (pattern.startsWith("$")) throw breach('names that begin with "$" are the protocol\'s');
  const hasRest = pattern.endsWith("*");
  const body = hasRest ? pattern.slice(0, -1) : pattern;
  if (body.includes("*")) throw breach('"*" may be its last character only');
  const pieces: Piece[] = [];
  const names = new Set<string>();
  for (let at = 0; at < body.length;) {
    const open = body.indexOf("{", at);
    const text = body.slice(at, open === -1 ? body.length : open);
    if (text.includes("}")) throw breach('every "}" must end a placeholder such as "{id}"');
    if (text !== "") pieces.push({ kind: "text", text });
    if (open === -1) break;
    const close = body.indexOf("}", open);
    const name = body.slice(open + 1, close === -1 ? body.length : close);
    if (close === -1 || !PLACEHOLDER_NAME.test(name)) {
      throw breach('"{" must begin a placeholder such as "{id}": a letter or "_", then letters, digits or "_"');
    }
    if (names.has(name)) throw breach(`the placeholder "{${name}}" may stand in it once only`);
    names.add(name);
    at = close + 1;
    const next = body.codePointAt(at);
    if (next === 0x7b || (next === undefined && hasRest)) {
      throw breach(`something must stand between "{${name}}" and what follows, to tell where it ends`);
    }
    pieces.push({ kind: "placeholder", name, end: next === undefined ? "" : String.fromCodePoint(next) });
  }
  return { pieces, hasRest };
}

function shown(pattern: unknown): string {
  return typeof pattern === "string" ? `"${escapeText(pattern)}"` : show(pattern);
}
