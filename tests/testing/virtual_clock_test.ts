/** Tests of the virtual clock: what is due rings in order, at its own time, and nothing else does. */

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { VirtualClock } from "../../src/testing/mod.ts";

Deno.test("VirtualClock.advance() calls what is due in the order of the times, each at its own", async () => {
  const clock = new VirtualClock();
  const rung: [string, number][] = [];
  for (const [name, delayMs] of [["c", 30], ["a", 10], ["b", 10]] as const) {
    clock.setTimer(() => rung.push([name, clock.now()]), delayMs);
  }

  await clock.advance(30);

  assertEquals(rung, [["a", 10], ["b", 10], ["c", 30]]);
});

Deno.test("VirtualClock.advance() leaves alone what is not due yet", async () => {
  const clock = new VirtualClock();
  let isRung = false;
  clock.setTimer(() => isRung = true, 101);

  await clock.advance(100);

  assertEquals([isRung, clock.pending, clock.nextDueAt], [false, 1, 101]);
});

Deno.test("VirtualClock.advance() calls timers that are set on the way, if they are due on it", async () => {
  const clock = new VirtualClock();
  const rung: number[] = [];
  clock.setTimer(() => {
    rung.push(clock.now());
    clock.setTimer(() => rung.push(clock.now()), 5);
    clock.setTimer(() => rung.push(clock.now()), 50);
  }, 10);

  await clock.advance(20);

  assertEquals([rung, clock.pending], [[10, 15], 1]);
});

Deno.test("VirtualClock.advance() lets promises settle between two timers", async () => {
  const clock = new VirtualClock();
  const order: string[] = [];
  clock.setTimer(async () => {
    order.push("first");
    for (let i = 0; i < 100; i++) await null;
    order.push("after the first");
  }, 1);
  clock.setTimer(() => order.push("second"), 2);

  await clock.advance(2);

  assertEquals(order, ["first", "after the first", "second"]);
});

Deno.test("VirtualClock.advance() passes on what a timer throws, and stands still at its time", async () => {
  const clock = new VirtualClock();
  clock.setTimer(() => {
    throw new Error("no");
  }, 10);

  await assertRejects(() => clock.advance(20), Error, "no");

  assertEquals([clock.now(), clock.pending], [10, 0]);
});

Deno.test("VirtualClock.clearTimer() takes a timer back, and leaves alone what is none of its own", async () => {
  const clock = new VirtualClock();
  const timer = clock.setTimer(() => {
    throw new Error("was taken back");
  }, 10);

  clock.clearTimer(timer);
  clock.clearTimer(timer);
  clock.clearTimer(undefined);

  assertEquals(clock.pending, 0);
  await clock.advance(20);
});

Deno.test("VirtualClock.jump() calls what was due meanwhile afterwards, late", async () => {
  const clock = new VirtualClock();
  const rung: number[] = [];
  clock.setTimer(() => rung.push(clock.now()), 10);
  clock.setTimer(() => rung.push(clock.now()), 5_000);

  await clock.jump(1_000);

  assertEquals([rung, clock.pending], [[1_000], 1]);
});

Deno.test("VirtualClock.date() moves with the time, and by itself when it is set", async () => {
  const clock = new VirtualClock({ nowMs: 7, dateMs: 1_000 });

  await clock.advance(10);
  await clock.jump(10);
  clock.shiftDate(-500);

  assertEquals([clock.now(), clock.date()], [27, 520]);
});

Deno.test("VirtualClock.date() is by default one that cannot be mistaken for today's", () => {
  assertStrictEquals(new Date(new VirtualClock().date()).toISOString(), "2030-01-01T00:00:00.000Z");
});

Deno.test("VirtualClock.date() is in whole milliseconds, whatever the time is", async () => {
  const clock = new VirtualClock({ dateMs: 5 });

  await clock.advance(1.75);

  assertEquals([clock.now(), clock.date()], [1.75, 6]);
});

Deno.test("VirtualClock.advance() rings every timer once, never early, however far it is moved at a time", async () => {
  const delays = fc.array(fc.nat({ max: 50 }), { maxLength: 12 });
  const steps = fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(delays, steps, async (delays, steps) => {
      const clock = new VirtualClock();
      const rung: number[] = [];
      for (const delayMs of delays) clock.setTimer(() => rung.push(delayMs * 1_000 + clock.now() - delayMs), delayMs);

      for (const step of steps) await clock.advance(step);

      const due = delays.filter((delayMs) => delayMs <= clock.now()).sort((a, b) => a - b);
      assertEquals(rung, due.map((delayMs) => delayMs * 1_000));
      assertEquals(clock.pending, delays.length - due.length);
    }),
    { numRuns: 50 },
  );
});
