/** Tests of the seeded random numbers: the same for the same seed, evenly spread, and independent where forked. */

import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { SeededRandom } from "../../src/testing/mod.ts";

function draw(random: SeededRandom, count = 5): number[] {
  return Array.from({ length: count }, () => random.next());
}

Deno.test("SeededRandom gives the same numbers for the same seed, and others for another", () => {
  assertEquals(draw(new SeededRandom(1)), draw(new SeededRandom("1")));
  assertNotEquals(draw(new SeededRandom(1)), draw(new SeededRandom(2)));
});

Deno.test("SeededRandom keeps its numbers from version to version, so that seeds stay good", () => {
  assertEquals(draw(new SeededRandom(1), 3).map((number) => Math.floor(number * 1e6)), KNOWN);
});

Deno.test("SeededRandom spreads its numbers evenly, also the first ones of seeds in a row", () => {
  const random = new SeededRandom("even");
  const streams = [() => random.next(), (seed: number) => new SeededRandom(seed).next()];
  for (const next of streams) {
    const slots = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) slots[Math.floor(next(i) * 10)]!++;

    // 9 degrees of freedom: chi-square is above 27.9 once in a thousand.
    const chiSquare = slots.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    assert(chiSquare < 27.9, `${slots}`);
  }
});

Deno.test("SeededRandom keeps to the bounds that it is given", () => {
  const random = new SeededRandom(3);
  for (let i = 0; i < 1_000; i++) {
    const [between, below] = [random.between(5, 6), random.below(3)];
    assert(between >= 5 && between < 6 && [0, 1, 2].includes(below));
  }

  assertEquals([random.chance(0), random.chance(1), random.pick(["only"])], [false, true, "only"]);
  assertThrows(() => random.pick([]), RangeError);
});

Deno.test("SeededRandom.fork() depends on seed and name, and not on what was drawn before", () => {
  const [one, other] = [new SeededRandom(4), new SeededRandom(4)];
  draw(one);

  assertEquals(draw(one.fork("a")), draw(other.fork("a")));
  assertNotEquals(draw(one.fork("a")), draw(one.fork("b")));
});

/** What seed 1 has always given, in millionths. */
const KNOWN = [868_427, 256_803, 926_497];
