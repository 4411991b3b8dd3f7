/** Tests of the one bound of everything that is kept. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Hoard, LogBudget } from "../../src/server/log_budget.ts";

/** Something that keeps bytes. */
class Pile implements Hoard {
  list: object | undefined = undefined;
  older: Hoard | undefined = undefined;
  newer: Hoard | undefined = undefined;
  movedAt = -Infinity;
  bytes = 0;

  constructor(readonly budget: LogBudget, readonly maxAgeMs = 10_000) {}

  add(bytes: number, now: number): void {
    this.bytes += bytes;
    this.budget.add(this, bytes, now);
  }

  take(bytes: number): void {
    this.bytes -= bytes;
    this.budget.take(this, bytes, this.bytes === 0);
  }

  drop(): number {
    const { bytes } = this;
    this.bytes = 0;
    return bytes;
  }
}

function pilesOf(budget: LogBudget, count: number, maxAgeMs?: number): Pile[] {
  return Array.from({ length: count }, () => new Pile(budget, maxAgeMs));
}

Deno.test("LogBudget lets what was quiet for longest forget first", () => {
  const budget = new LogBudget(100);
  const [a, b, c] = pilesOf(budget, 3) as [Pile, Pile, Pile];
  a.add(40, 0);
  b.add(40, 0);
  a.add(10, 2_000);

  c.add(20, 2_000);

  assertEquals([a.bytes, b.bytes, c.bytes, budget.bytes, budget.hoards], [50, 0, 20, 70, 2]);
});

Deno.test("LogBudget lets as many forget as it takes, and in the end who wants too much itself", () => {
  const budget = new LogBudget(100);
  const [a, b, c] = pilesOf(budget, 3) as [Pile, Pile, Pile];
  a.add(50, 0);
  b.add(50, 0);

  c.add(101, 0);

  assertEquals([a.bytes, b.bytes, c.bytes, budget.bytes, budget.hoards], [0, 0, 0, 0, 0]);
});

Deno.test("LogBudget moves who is busy once in a second at most", () => {
  const budget = new LogBudget(100);
  const [a, b, c] = pilesOf(budget, 3) as [Pile, Pile, Pile];
  a.add(40, 0);
  b.add(40, 0);
  a.add(1, 999);

  c.add(30, 999);

  assertEquals([a.bytes, b.bytes, c.bytes], [0, 40, 30]);
});

Deno.test("LogBudget.sweep() lets those forget whose last addition is too long ago", () => {
  const budget = new LogBudget(100);
  const [a, b] = pilesOf(budget, 2) as [Pile, Pile];
  a.add(10, 0);
  b.add(10, 5_000);

  budget.sweep(11_000);
  const before = a.bytes;
  budget.sweep(11_001);

  assertEquals([before, a.bytes, b.bytes, budget.bytes], [10, 0, 10, 10]);
});

Deno.test("LogBudget knows what all keep, never more than its bound, and forgets nobody without need", () => {
  const step = fc.tuple(fc.constantFrom("add", "add", "add", "take", "sweep", "wait"), fc.nat(4), fc.nat(40));
  fc.assert(fc.property(fc.array(step, { maxLength: 100, size: "max" }), (steps) => {
    const budget = new LogBudget(100);
    const piles = pilesOf(budget, 5);
    let now = 0;

    for (const [what, which, n] of steps) {
      const pile = piles[which]!;
      const before = piles.reduce((sum, { bytes }) => sum + bytes, 0);
      if (what === "add") {
        pile.add(n, now);
        if (before + n <= 100 && now < 10_000) assertEquals(budget.bytes, before + n);
      } else if (what === "take") pile.take(Math.min(n, pile.bytes));
      else if (what === "sweep") budget.sweep(now);
      else now += n * 50;
      const kept = piles.reduce((sum, { bytes }) => sum + bytes, 0);
      assertEquals([budget.bytes, kept <= 100], [kept, true]);
    }
    for (const pile of piles) pile.take(pile.bytes);
    assertEquals([budget.bytes, budget.hoards], [0, 0]);
  }));
});
