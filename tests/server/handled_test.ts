/** Tests of counting a client's messages: what was taken, and up to which all were handled. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Handled } from "../../src/server/handled.ts";

Deno.test("Handled begins behind the number that it is given", () => {
  const handled = new Handled(41);

  assertEquals([handled.taken, handled.done, handled.take()], [41, 41, 42]);
});

Deno.test("Handled.settle() moves `done` over what was handled before others", () => {
  const handled = new Handled(0);
  for (let n = 1; n <= 5; n++) handled.take();
  const done = [3, 5, 1, 1, 2, 4].map((number) => {
    handled.settle(number);
    return handled.done;
  });

  assertEquals(done, [0, 0, 1, 1, 3, 5]);
});

Deno.test("Handled.rewind() lets messages come again that were not looked at, and never takes back what is done", () => {
  const handled = new Handled(0);
  for (let n = 1; n <= 4; n++) handled.take();
  handled.settle(1);
  handled.settle(4);

  handled.rewind(3);
  handled.rewind(4);

  assertEquals([handled.taken, handled.done, handled.take(), handled.take()], [2, 1, 3, 4]);
  for (const number of [2, 4, 3]) handled.settle(number);
  assertEquals(handled.done, 4);
});

Deno.test("Handled.skipTo() settles what will not come, at once however much it is", () => {
  const handled = new Handled(0);
  handled.take();

  handled.skipTo(Number.MAX_SAFE_INTEGER);
  const before = handled.done;
  handled.settle(1);

  assertEquals([before, handled.taken, handled.done], [0, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER - 1]);
});

Deno.test("Handled.skipTo() does nothing for a number that was taken, or is the next one", () => {
  const handled = new Handled(3);

  for (const next of [0, 1, 3, 4]) handled.skipTo(next);

  assertEquals([handled.taken, handled.done], [3, 3]);
});

Deno.test("Handled agrees with a set of numbers, whatever the order of taking, settling, rewinding and skipping", () => {
  type Step = readonly ["take" | "settle" | "rewind" | "skip", number];
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 3, arbitrary: fc.constant<Step>(["take", 0]) },
    { weight: 4, arbitrary: fc.nat(30).map((n): Step => ["settle", n]) },
    { weight: 1, arbitrary: fc.nat(30).map((n): Step => ["rewind", n]) },
    { weight: 1, arbitrary: fc.nat(6).map((n): Step => ["skip", n]) },
  );
  fc.assert(fc.property(fc.nat(3), fc.array(step, { maxLength: 60, size: "max" }), (begin, steps) => {
    const handled = new Handled(begin);
    const settled = new Set<number>();
    let taken = begin;
    let done = begin;

    for (const [what, n] of steps) {
      if (what === "take") assertEquals(handled.take(), ++taken);
      else if (what === "settle") {
        if (taken <= done) continue;
        const number = done + 1 + n % (taken - done); // one of those that are under way, or were handled early
        handled.settle(number);
        settled.add(number);
      } else if (what === "rewind") {
        if (taken < done) continue;
        const number = done + 1 + n % (taken - done + 1);
        handled.rewind(number);
        taken = Math.min(taken, number - 1);
      } else {
        handled.skipTo(taken + n);
        for (let number = taken + 1; number < taken + n; number++) settled.add(number);
        taken = Math.max(taken, taken + n - 1);
      }
      while (settled.has(done + 1)) done++;
      assertEquals([handled.taken, handled.done], [taken, done]);
    }
  }));
});
