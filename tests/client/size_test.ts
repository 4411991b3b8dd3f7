import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { byteLength, exceeds } from "../../src/client/size.ts";

for (const [frame, bytes] of [["", 0], ["abc", 3], ["ä", 2], ["€", 3], ["😀", 4], [new Uint8Array(7), 7]] as const) {
  Deno.test(`byteLength() of ${JSON.stringify(frame)} is ${bytes}`, () => {
    assertEquals(byteLength(frame), bytes);
  });
}

Deno.test("exceeds() says the same as counting the bytes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), fc.nat(130), (text, maxBytes) => {
      assertEquals(exceeds(text, maxBytes), new TextEncoder().encode(text).length > maxBytes);
    }),
  );
});

Deno.test("exceeds() looks at bytes as bytes", () => {
  assertEquals([exceeds(new Uint8Array(4), 4), exceeds(new Uint8Array(5), 4)], [false, true]);
});

Deno.test("exceeds() takes anything for Infinity", () => {
  assertEquals(exceeds("anything", Infinity), false);
});
