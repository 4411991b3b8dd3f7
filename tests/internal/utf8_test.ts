import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { cutUtf8, exceedsUtf8, utf8Length } from "../../src/internal/utf8.ts";

const encoder = new TextEncoder();
/** Texts of every kind of character, lone surrogates too. */
const texts = fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), fc.string({ maxLength: 30 }), halves());

function halves(): fc.Arbitrary<string> {
  const unit = fc.constantFrom("a", "\ud800", "\udc00", "😀", "é", "€");
  return fc.array(unit, { maxLength: 20 }).map((units) => units.join(""));
}

for (
  const [text, bytes] of [
    ["", 0],
    ["a", 1],
    ["\u007f", 1],
    ["\u0080", 2],
    ["\u07ff", 2],
    ["\u0800", 3],
    [
      "\uffff",
      3,
    ],
    ["😀", 4],
    ["\ud800", 3],
    ["\udc00", 3],
    ["\ud800a", 4],
    ["\udc00\ud800", 6],
  ] as const
) {
  Deno.test(`utf8Length() of ${JSON.stringify(text)} is ${bytes}`, () => {
    assertStrictEquals(utf8Length(text), bytes);
  });
}

Deno.test("utf8Length() is the length of what is encoded", () => {
  fc.assert(fc.property(texts, (text) => assertStrictEquals(utf8Length(text), encoder.encode(text).length)));
});

Deno.test("exceedsUtf8() says the same as counting", () => {
  fc.assert(
    fc.property(texts, fc.nat(100), (text, limit) => {
      assertStrictEquals(exceedsUtf8(text, limit), encoder.encode(text).length > limit);
    }),
  );
});

Deno.test("exceedsUtf8() takes anything for Infinity", () => {
  assertEquals(exceedsUtf8("x".repeat(1_000), Infinity), false);
});

for (
  const [text, limit, cut] of [["", 0, ""], ["abc", 0, ""], ["abc", 3, "abc"], ["abc", 2, "ab"], ["äöü", 5, "äö"], [
    "a😀b",
    4,
    "a",
  ], ["a😀b", 5, "a😀"]] as const
) {
  Deno.test(`cutUtf8() of ${JSON.stringify(text)} to ${limit} bytes is ${JSON.stringify(cut)}`, () => {
    assertStrictEquals(cutUtf8(text, limit), cut);
  });
}

Deno.test("cutUtf8() keeps the longest beginning that fits, and never half of a character", () => {
  fc.assert(
    fc.property(texts, fc.nat(80), (text, limit) => {
      const cut = cutUtf8(text, limit);
      const characters = [...text];
      const next = characters[[...cut].length];
      assert(text.startsWith(cut));
      assert(encoder.encode(cut).length <= limit);
      assertEquals([...cut], characters.slice(0, [...cut].length));
      if (next !== undefined) assert(encoder.encode(cut).length + encoder.encode(next).length > limit);
    }),
  );
});
