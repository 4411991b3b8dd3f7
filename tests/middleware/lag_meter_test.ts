/** Tests of the measuring of the event loop's lag: a busy loop shows, a rest is forgotten, no timer is left. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { LagMeter, smoothed } from "../../src/middleware/lag_meter.ts";
import { FakeHost } from "./tools/fake_host.ts";

function rig() {
  const host = new FakeHost();
  return { clock: host.clock, meter: new LagMeter(host.platform) };
}

Deno.test("LagMeter has no timer until it is asked, and then only one", () => {
  const { clock, meter } = rig();
  assertEquals([meter.lagMs, clock.pending], [0, 0]);

  for (let i = 0; i < 3; i++) assertEquals(meter.ask(), 0);

  assertEquals(clock.pending, 1);
});

Deno.test("LagMeter.ask() is 0 while the loop is on time", async () => {
  const { clock, meter } = rig();
  meter.ask();
  await clock.advance(5_000);

  assertEquals(meter.ask(), 0);
});

Deno.test("LagMeter.ask() tells of a loop that was blocked", async () => {
  const { clock, meter } = rig();
  meter.ask();
  await clock.jump(2_100);

  const after = meter.ask();

  assert(after > 1_500 && after <= 2_000, String(after));
});

Deno.test("LagMeter.lagMs counts what is late and has not rung yet", () => {
  const host = new FakeHost();
  let now = 0;
  const meter = new LagMeter({ ...host.platform, now: () => now });
  meter.ask();
  now = 1_100;

  assert(meter.lagMs > 600, String(meter.lagMs));
});

Deno.test("LagMeter forgets a pause within some seconds", async () => {
  const { clock, meter } = rig();
  meter.ask();
  await clock.jump(2_100);
  assert(meter.ask() > 1_000);
  await clock.advance(4_000);

  assert(meter.ask() < 50, String(meter.lagMs));
});

Deno.test("LagMeter stops by itself when nobody asks, and begins at 0 again", async () => {
  const { clock, meter } = rig();
  meter.ask();
  await clock.jump(2_100);
  await clock.advance(20_000);

  assertEquals([meter.isMeasuring, meter.lagMs, clock.pending], [false, 0, 0]);
  assertEquals(meter.ask(), 0);
});

Deno.test("LagMeter goes on while somebody asks now and then", async () => {
  const { clock, meter } = rig();
  for (let i = 0; i < 10; i++) {
    meter.ask();
    await clock.advance(9_000);
    assertStrictEquals(meter.isMeasuring, true);
  }
});

Deno.test("LagMeter.stop() leaves no timer", () => {
  const { clock, meter } = rig();
  meter.ask();
  meter.stop();
  meter.stop();

  assertEquals([clock.pending, meter.lagMs], [0, 0]);
});

Deno.test("smoothed() lets what stands for more time count for more, and a night for seconds only", () => {
  assert(smoothed(0, 1_000) > smoothed(0, 100) * 10);
  assert(smoothed(0, 8 * 3_600_000) <= 10_000);
  assert(smoothed(100, 0) < 100 && smoothed(100, 0) > 80);
});
