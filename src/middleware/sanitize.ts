/**
 * Cleans text that peers sent, for {@linkcode ValidateMessagesOptions.sanitize}. Pure.
 *
 * @module
 */

/**
 * Takes out what nobody types and what shows text as something else than it is: control characters (C0 and C1, but not
 * tab and newline) and the characters that override the direction of writing. Marks of direction, which Arabic and Hebrew
 * need, stay.
 *
 * @example
 * ```ts
 * import { stripControlCharacters } from "@switchboard/websocket/middleware";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(stripControlCharacters("two\nlines\u0000, invoice\u202Efdp.exe"), "two\nlines, invoicefdp.exe");
 * ```
 */
export function stripControlCharacters(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what is taken out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Writes `&`, `<`, `>`, `"` and `'` as HTML does, for pages that put what they receive into their HTML as it is. Better are
 * pages that do not (`textContent`), as what is stored in this form shows its marks everywhere else.
 *
 * @example
 * ```ts
 * import { escapeHtml } from "@switchboard/websocket/middleware";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(escapeHtml("<img src=x onerror='boo()'>"), "&lt;img src=x onerror=&#39;boo()&#39;&gt;");
 * ```
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
