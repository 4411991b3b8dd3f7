import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { misuse, toError } from "../../src/client/misuse.ts";

Deno.test("misuse() says what is wrong with what, and what it is", () => {
  const error = misuse("url", "a WebSocket URL", Symbol("x"));

  assertInstanceOf(error, TypeError);
  assertEquals(error.message, 'WebSocketClient: "url" must be a WebSocket URL: current value is Symbol(x)');
});

Deno.test("misuse() makes the kind of error that is asked for", () => {
  assertInstanceOf(misuse("code", "1000", 1005, RangeError), RangeError);
});

Deno.test("toError() returns an error as it is", () => {
  const error = new Error("x");

  assertStrictEquals(toError(error), error);
});

Deno.test("toError() makes an error of anything else", () => {
  assertEquals([5, undefined, null, "x"].map((thrown) => toError(thrown).message), [
    "Thrown: 5",
    "Thrown: undefined",
    "Thrown: null",
    "Thrown: x",
  ]);
});
