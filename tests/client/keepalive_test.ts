import { assertEquals } from "@std/assert";
import { keepAlive, PROBE_TIMEOUT_MS } from "../../src/client/keepalive.ts";
import { FakePlatform } from "./fakes.ts";

function watch(intervalMs = 30_000, timeoutMs = 60_000) {
  const platform = new FakePlatform();
  const pings: number[] = [];
  const ends: number[] = [];
  const keepalive = keepAlive(platform, { intervalMs, timeoutMs }, {
    sendPing: (data) => pings.push(data),
    giveUp: (silentMs) => {
      ends.push(silentMs);
      keepalive.stop();
    },
  });
  return { platform, keepalive, pings, ends };
}

Deno.test("keepAlive() pings a server that was silent for the interval, once", () => {
  const { platform, pings } = watch();

  platform.advance(29_999);
  const before = [...pings];
  platform.advance(30_000);

  assertEquals([before, pings], [[], [1]]);
});

Deno.test("keepAlive() never pings a server that keeps talking", () => {
  const { platform, keepalive, pings } = watch();

  for (let i = 0; i < 100; i++) {
    platform.advance(20_000);
    keepalive.heard();
  }

  assertEquals(pings, []);
});

Deno.test("keepAlive() gives up when nothing was received for interval and timeout", () => {
  const { platform, ends } = watch();

  platform.advance(89_999);
  const before = [...ends];
  platform.advance(1);

  assertEquals([before, ends], [[], [90_000]]);
});

Deno.test("keepAlive() takes anything at all for an answer", () => {
  const { platform, keepalive, pings, ends } = watch();

  platform.advance(30_000);
  keepalive.heard();
  platform.advance(89_999);

  assertEquals([pings, ends], [[1, 2], []]);
});

Deno.test("keepAlive() sets one timer, and none when it is stopped", () => {
  const { platform, keepalive } = watch();
  platform.advance(45_000);

  const running = platform.timers;
  keepalive.stop();

  assertEquals([running, platform.timers], [1, 0]);
});

Deno.test("keepAlive() with an interval of 0 does nothing, also when it is probed", () => {
  const { platform, keepalive, pings, ends } = watch(0, 10);

  keepalive.probe();
  platform.advance(1_000_000);

  assertEquals([pings, ends, platform.timers], [[], [], 0]);
});

Deno.test("Keepalive.pong() measures the round trip of the ping with this number", () => {
  const { platform, keepalive, pings } = watch();
  platform.advance(30_025);

  const other = keepalive.pong(7);
  const own = keepalive.pong(pings[0]);
  const again = keepalive.pong(pings[0]);

  assertEquals([other, own, again], [undefined, 25, undefined]);
});

Deno.test("Keepalive.pong() takes a pong without data for its own, as servers of others may answer", () => {
  const { platform, keepalive } = watch();

  const before = keepalive.pong(undefined);
  platform.advance(30_010);

  assertEquals([before, keepalive.pong(undefined)], [undefined, 10]);
});

Deno.test("Keepalive.pong() measures 0 ms when the clock was set back meanwhile", () => {
  const { platform, keepalive, pings } = watch();
  platform.advance(30_000);
  platform.time -= 5_000;

  assertEquals(keepalive.pong(pings[0]), 0);
});

Deno.test("Keepalive.probe() pings at once and waits less long than usual", () => {
  const { platform, keepalive, pings, ends } = watch();

  keepalive.probe();
  platform.advance(PROBE_TIMEOUT_MS - 1);
  const before = [...ends];
  platform.advance(1);

  assertEquals([pings, before, ends], [[1], [], [PROBE_TIMEOUT_MS]]);
});

Deno.test("Keepalive.probe() never waits longer than usual", () => {
  const { platform, keepalive, ends } = watch(1_000, 500);

  keepalive.probe();
  platform.advance(1_500);

  assertEquals(ends, [1_500]);
});

Deno.test("Keepalive.probe() is as patient as usual again once the server was heard", () => {
  const { platform, keepalive, pings, ends } = watch();
  keepalive.probe();
  keepalive.heard();

  platform.advance(89_999);

  assertEquals([pings, ends], [[1, 2], []]);
});

Deno.test("Keepalive.probe() sends no second ping while one is unanswered", () => {
  const { platform, keepalive, pings } = watch();
  platform.advance(30_000);

  keepalive.probe();

  assertEquals(pings, [1]);
});

Deno.test("keepAlive() gives up at once, without a ping, when its timer rings long after the limit", () => {
  const { platform, pings, ends } = watch();

  platform.time += 600_000;
  platform.ring();

  assertEquals([pings, ends, platform.timers], [[], [600_000], 0]);
});

Deno.test("Keepalive.probe() gives up at once when nothing was received for longer than the limit", () => {
  const { platform, keepalive, pings, ends } = watch();

  platform.time += 600_000;
  keepalive.probe();

  assertEquals([pings, ends], [[], [600_000]]);
});

Deno.test("keepAlive() with a timer that rings late pings, and gives up at the same limit", () => {
  const { platform, pings, ends } = watch();

  platform.time += 80_000;
  platform.ring();
  platform.advance(9_999);
  const before = [...ends];
  platform.advance(1);

  assertEquals([pings, before, ends], [[1], [], [90_000]]);
});

Deno.test("keepAlive() does not wait until a clock that was set back has caught up", () => {
  const { platform, pings } = watch();

  platform.advance(29_000);
  platform.time -= 3_600_000;
  platform.advance(3_601_000); // when the timer was to ring
  platform.advance(30_000);

  assertEquals(pings, [1]);
});
