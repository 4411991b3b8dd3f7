/**
 * Tests of how errors are shown in logs.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { errorText } from "../../src/server/error_text.ts";

/** Makes an error as a parser does that quotes what it was given. */
function parseError(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

Deno.test("errorText() shows name, message and the places in the code in one line", () => {
  const text = errorText(new RangeError("too far"));

  assertMatch(text, /^RangeError: too far \(at .*error_text_test\.ts:\d+:\d+.*\)$/);
});

Deno.test("errorText() escapes what a peer put into the message, its causes too", () => {
  const cause = parseError("\x1b[2J\u202e");

  const text = errorText(new Error("line one\nline two\x1b", { cause }));

  assertMatch(text, /^Error: line one\\u000aline two\\u001b \(at /);
  assertMatch(text, /, caused by SyntaxError: .*\\u001b\[2J\\u202e/);
});

Deno.test("errorText() takes no line of a message for a place in the code", () => {
  const text = errorText(new Error("boom\n    at forged (file:///etc/passwd:1:1)"));

  assertEquals(text.split("at forged").length, 2);
  assertMatch(text, /^Error: boom\\u000a {4}at forged \(file:\/\/\/etc\/passwd:1:1\) \(at /);
});

Deno.test("errorText() cuts a long message, and ends a chain of causes that has no end", () => {
  const endless = new Error("x".repeat(10_000));
  endless.cause = endless;

  const text = errorText(endless);

  assertEquals(text.split(", caused by ").length, 4);
  assertMatch(text, /^Error: x{193}… \(10007 characters\) \(at /);
});

Deno.test("errorText() shows what is no error, and does not throw where it cannot", () => {
  const vicious = new Error();
  Object.defineProperty(vicious, "message", {
    get: () => {
      throw new Error("No");
    },
  });

  assertEquals(errorText("plain \x07"), "plain \\u0007");
  assertEquals(errorText(undefined), "undefined");
  assertEquals(errorText(Object.create(null)), "something that cannot be shown");
  assertEquals(errorText(vicious), "something that cannot be shown");
});
