import { assert, assertEquals } from "@std/assert";
import { escapeHtml, stripControlCharacters } from "../../src/middleware/sanitize.ts";

for (
  const [what, text, clean] of [
    ["ordinary text", "grüße, 😀 👩‍👩‍👧 你!", "grüße, 😀 👩‍👩‍👧 你!"],
    ["tabs and line ends", "a\tb\nc\r\nd", "a\tb\nc\nd"],
    ["NUL, bell, DEL and C1", "a\0b\x07c\x7fd\x9be", "abcde"],
    ["sequences of terminals", "\x1b]52;c;ZXZpbA==\x07\x1b[2J", "]52;c;ZXZpbA==[2J"],
    ["overrides and isolates of direction", "a\u202Eb\u2066c\u2069d", "abcd"],
    ["marks of direction", "\u200Fשלום\u200E", "\u200Fשלום\u200E"],
  ] as const
) {
  Deno.test(`stripControlCharacters() of ${what}`, () => assertEquals(stripControlCharacters(text), clean));
}

Deno.test("stripControlCharacters() takes out control characters and overrides, and no other character", () => {
  const removed: number[] = [];
  for (let unit = 0; unit <= 0xffff; unit++) {
    if (stripControlCharacters(String.fromCharCode(unit)) === "") removed.push(unit);
  }

  assertEquals(removed.length, 32 - 2 + 33 + 5 + 4);
  assert(removed.every((unit) => unit < 0xa0 || (unit >= 0x202a && unit <= 0x2069)));
  assert(!removed.includes(9) && !removed.includes(10));
});

Deno.test("escapeHtml() leaves nothing that begins a tag, an attribute or an entity", () => {
  assertEquals(escapeHtml(`<a b="c" d='e'>&amp;</a>`), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;&lt;/a&gt;");
  assertEquals(escapeHtml("nothing to do"), "nothing to do");
});
