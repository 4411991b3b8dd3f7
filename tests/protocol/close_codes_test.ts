import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  checkClose,
  CLOSE_CODES,
  CloseCode,
  cutReason,
  MAX_REASON_BYTES,
  maySend,
  normalizeCloseCode,
} from "../../src/protocol/close_codes.ts";

Deno.test("CloseCode names codes of the table as the table does", () => {
  const names = new Map(CLOSE_CODES.map(({ code, name }) => [code, name]));

  assertEquals(Object.values(CloseCode).filter((code) => !names.has(code)), []);
  assertEquals(new Set(Object.values(CloseCode)).size, Object.keys(CloseCode).length);
});

Deno.test("CLOSE_CODES has each code and each name once, in order", () => {
  const codes = CLOSE_CODES.map(({ code }) => code);

  assertEquals(codes, [...new Set(codes)].sort((a, b) => a - b));
  assertEquals(new Set(CLOSE_CODES.map(({ name }) => name)).size, codes.length);
});

Deno.test("maySend() says no to what is no close code at all", () => {
  assertEquals([1000.5, NaN, -1, Infinity, "1000" as unknown as number].map(maySend), new Array(5).fill(false));
});

for (const [given, code] of [[undefined, 1006], [0, 1006], [1000, 1000], [1005, 1005], [4000, 4000]] as const) {
  Deno.test(`normalizeCloseCode() makes ${code} of ${given}`, () => {
    assertStrictEquals(normalizeCloseCode(given), code);
  });
}

Deno.test("cutReason() keeps the longest beginning that a close frame holds, and never half of a character", () => {
  const encoder = new TextEncoder();
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (reason) => {
      const cut = cutReason(reason);
      assert(reason.startsWith(cut));
      assert(encoder.encode(cut).length <= MAX_REASON_BYTES);
      const next = [...reason][[...cut].length];
      if (next !== undefined) assert(encoder.encode(cut + next).length > MAX_REASON_BYTES);
    }),
  );
});

Deno.test("checkClose() returns the reason as it may be sent", () => {
  assertEquals([checkClose(1000, ""), checkClose(4999, "x".repeat(200))], ["", "x".repeat(MAX_REASON_BYTES)]);
});

for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, NaN, 1000.5]) {
  Deno.test(`checkClose() refuses the code ${code}`, () => {
    assertThrows(() => checkClose(code, ""), RangeError, String(code));
  });
}

Deno.test("checkClose() refuses a reason that is no string", () => {
  assertThrows(() => checkClose(1000, 5 as unknown as string), TypeError, "number");
});
