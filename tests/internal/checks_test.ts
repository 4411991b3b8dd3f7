import { assertEquals, assertThrows } from "@std/assert";
import { type NumberRule, OptionChecks, show } from "../../src/internal/checks.ts";

const checks = new OptionChecks("start the server");

Deno.test("OptionChecks.number() gives the fallback for undefined, and the value otherwise", () => {
  assertEquals([checks.number("n", undefined, 5, { min: 1 }), checks.number("n", 7, 5, { min: 1 })], [5, 7]);
});

for (
  const [rule, good, bad] of [
    [{ min: 1 }, [1, 1.5, 1e9], [0, 0.9, -1, Infinity]],
    [{ min: 1, max: 10 }, [1, 10], [0, 11, Infinity, -Infinity]],
    [{ min: 1, integer: true }, [1, 2], [1.5, 0]],
    [{ min: 10, zeroIsOff: true }, [0, 10], [1, 9, -1]],
    [{ min: 0, infinite: true }, [0, Infinity], [-1, -Infinity]],
    [{ min: 1, integer: true, zeroIsOff: true, infinite: true }, [0, 1, Infinity], [0.5, -1]],
  ] as readonly (readonly [NumberRule, number[], number[]])[]
) {
  Deno.test(`OptionChecks.number() holds ${JSON.stringify(rule)}`, () => {
    assertEquals(good.map((value) => checks.number("n", value, -5, rule)), good);
    for (const value of bad) assertThrows(() => checks.number("n", value, 5, rule), RangeError);
    for (const value of [NaN, "5", null, {}, true, 5n]) {
      assertThrows(() => checks.number("n", value, 5, rule), TypeError);
    }
  });
}

for (
  const [rule, text] of [
    [{ min: 1 }, "a number of at least 1"],
    [{ min: 1, max: 9 }, "a number from 1 to 9"],
    [{ min: 1, integer: true, zeroIsOff: true }, "a whole number of at least 1, or 0 for off"],
    [{ min: 1, infinite: true }, "a number of at least 1, or Infinity"],
  ] as readonly (readonly [NumberRule, string])[]
) {
  Deno.test(`OptionChecks.number() says that it wants ${text}`, () => {
    const error = assertThrows(() => checks.number("portNumber", -1, 5, rule), RangeError);

    assertEquals(error.message, `Cannot start the server as "portNumber" must be ${text}: current value is -1`);
  });
}

Deno.test("OptionChecks.boolean() takes true and false alone", () => {
  assertEquals([undefined, true, false].map((value) => checks.boolean("b", value, true)), [true, true, false]);
  for (const value of [0, 1, "true", null]) assertThrows(() => checks.boolean("b", value, true), TypeError, '"b"');
});

Deno.test("OptionChecks.oneOf() takes what is allowed alone", () => {
  const allowed = ["a", "b"] as const;

  assertEquals([undefined, "b"].map((value) => checks.oneOf("o", value, "a", allowed)), ["a", "b"]);
  for (const value of ["c", "", null, 1]) {
    assertThrows(() => checks.oneOf("o", value, "a", allowed), TypeError, 'one of "a", "b"');
  }
});

Deno.test("OptionChecks.optionalFunction() takes functions and undefined alone", () => {
  checks.optionalFunction("f", undefined);
  checks.optionalFunction("f", () => {});
  for (const value of [null, {}, "f"]) assertThrows(() => checks.optionalFunction("f", value), TypeError, "function");
});

Deno.test("OptionChecks.knownKeys() refuses a key that it does not know, and says which there are", () => {
  checks.knownKeys("the server", { a: 1 }, ["a", "b"]);

  const error = assertThrows(() => checks.knownKeys("the server", { c: 1 }, ["a", "b"]), TypeError);
  assertEquals(error.message, 'Cannot start the server as the server has no option "c": known are a, b');
});

Deno.test("OptionChecks.failure() makes an error that completes a sentence", () => {
  assertEquals(
    checks.failure("path", "begin with a slash", "ws").message,
    'Cannot start the server as "path" must begin with a slash: current value is "ws"',
  );
});

for (
  const [value, shown] of [
    ["text", '"text"'],
    ["x".repeat(101), `"${"x".repeat(100)}…"`],
    [() => 1, "a function"],
    [[1, 2], "an array of 2"],
    [{ a: 1 }, "an object"],
    [null, "null"],
    [undefined, "undefined"],
    [5n, "5"],
    [Symbol("s"), "Symbol(s)"],
  ] as const
) {
  Deno.test(`show() of ${typeof value} is ${shown.slice(0, 20)}`, () => {
    assertEquals(show(value), shown);
  });
}
