/**
 * Tests of the benchmark's conclusions.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { type Bound, compared, judge, median, quantile } from "./statistics.ts";

const AT_MOST: Bound = { of: "ratio", is: "at most", value: 1.05 };
const AT_LEAST: Bound = { of: "ratio", is: "at least", value: 0.97 };
const KIB: Bound = { of: "difference", is: "at most", value: 3 };

Deno.test("median() takes the middle of unsorted values, and the mean of two middles", () => {
  assertEquals(median([10, 9, 1]), 9);
  assertEquals(median([4, 1, 3, 2]), 2.5);
});

Deno.test("quantile() interpolates between neighbours and refuses nothing at all", () => {
  assertEquals(quantile([0, 10], 0.25), 2.5);
  assertEquals(quantile([7], 0.75), 7);
  assertThrows(() => quantile([], 0.5), RangeError);
});

Deno.test("compared() sets each round against the baseline of the same round", () => {
  assertEquals(compared("ratio", [2, 6], [1, 2]), [2, 3]);
  assertEquals(compared("difference", [2, 6], [1, 2]), [1, 4]);
});

Deno.test("judge() says met and missed on the right sides of a bound", () => {
  assertEquals(judge(AT_MOST, 1.05, 1), "met");
  assertEquals(judge(AT_MOST, 1.051, 1), "missed");
  assertEquals(judge(AT_LEAST, 0.97, 1), "met");
  assertEquals(judge(AT_LEAST, 0.969, 1), "missed");
  assertEquals(judge(KIB, 2.9, 0.1), "met");
  assertEquals(judge(KIB, 3.1, -0.1), "missed");
});

Deno.test("judge() says nothing when the control is off, however good the result", () => {
  assertEquals(judge(AT_MOST, 1, 1.031), "says nothing");
  assertEquals(judge(AT_MOST, 1, 0.969), "says nothing");
  assertEquals(judge(KIB, 0, 0.31), "says nothing");
  assertEquals(judge(KIB, 9, -0.31), "says nothing");
});
