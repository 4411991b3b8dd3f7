/** Tests of waiting in virtual time. */

import { assertEquals, assertRejects } from "@std/assert";
import { eventually, VirtualClock } from "../../src/testing/mod.ts";

Deno.test("eventually() moves the clock no further than needed, and gives what the condition gave", async () => {
  const clock = new VirtualClock();
  let found: string | undefined;
  clock.setTimer(() => found = "yes", 10);
  clock.setTimer(() => {}, 20);

  assertEquals([await eventually(clock, () => found), clock.now(), clock.pending], ["yes", 10, 1]);
});

Deno.test("eventually() moves nothing where the condition holds, or will when promises have settled", async () => {
  const clock = new VirtualClock();
  let isSettled = false;
  Promise.resolve().then(() => isSettled = true);

  await eventually(clock, () => true);
  await eventually(clock, () => Promise.resolve(isSettled));

  assertEquals(clock.now(), 0);
});

Deno.test("eventually() gives up in time, or when no timer is left", async () => {
  const clock = new VirtualClock();
  clock.setTimer(() => {}, 10);
  clock.setTimer(() => {}, 200);

  const options = { withinMs: 100 };
  await assertRejects(() => eventually(clock, () => false, options), Error, "100 ms of virtual time in vain, the next");
  assertEquals(clock.now(), 10);
  await assertRejects(() => eventually(clock, () => false), Error, "no timer is left");
});
