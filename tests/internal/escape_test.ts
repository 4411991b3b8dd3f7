import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { escapeText, MAX_SHOWN_CHARACTERS } from "../../src/internal/escape.ts";

for (
  const [what, text, escaped] of [
    ["ordinary text", "grüße, 😀 \u4f60!", "grüße, 😀 \u4f60!"],
    ["line ends", "a\nb\r\nc\u2028d\u2029e", "a\\u000ab\\u000d\\u000ac\\u2028d\\u2029e"],
    ["escape sequences of terminals", "\x1b[31mred", "\\u001b[31mred"],
    ["NUL, DEL and C1", "\0\x7f\x9b", "\\u0000\\u007f\\u009b"],
    ["changes of direction", "a\u202eb\u2066c\u200fd\u061ce", "a\\u202eb\\u2066c\\u200fd\\u061ce"],
    ["tabs", "a\tb", "a\\u0009b"],
  ] as const
) {
  Deno.test(`escapeText() of ${what}`, () => {
    assertStrictEquals(escapeText(text), escaped);
  });
}

Deno.test("escapeText() leaves no character that ends a line or moves a cursor", () => {
  for (let unit = 0; unit <= 0xffff; unit++) {
    const escaped = escapeText(String.fromCharCode(unit));
    // deno-lint-ignore no-control-regex -- that is what is looked for
    assert(!/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(escaped), unit.toString(16));
  }
});

Deno.test("escapeText() cuts what is long, and tells how long it was", () => {
  const long = "x".repeat(MAX_SHOWN_CHARACTERS + 1);

  assertEquals([escapeText(long.slice(1)), escapeText(long)], [
    long.slice(1),
    `${long.slice(1)}… (${long.length} characters)`,
  ]);
});
