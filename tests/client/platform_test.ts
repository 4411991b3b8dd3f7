import { assertEquals, assertThrows } from "@std/assert";
import { createAlarm, defaultPlatform } from "../../src/client/platform.ts";
import { FakePlatform } from "./fakes.ts";

Deno.test("createAlarm() makes an alarm that rings once, at its time", () => {
  const platform = new FakePlatform();
  let rings = 0;
  createAlarm(platform)(100, () => rings++);

  platform.advance(99);
  const before = rings;
  platform.advance(1_000);

  assertEquals([before, rings], [0, 1]);
});

Deno.test("createAlarm() makes an alarm that is set anew in place of what was set", () => {
  const platform = new FakePlatform();
  const rings: string[] = [];
  const alarm = createAlarm(platform);

  alarm(100, () => rings.push("first"));
  alarm(200, () => rings.push("second"));
  platform.advance(1_000);

  assertEquals(rings, ["second"]);
});

Deno.test("createAlarm() makes an alarm that is off when it is called without arguments, also twice", () => {
  const platform = new FakePlatform();
  const alarm = createAlarm(platform);
  alarm(100, () => {});

  alarm();
  alarm();

  assertEquals(platform.timers, 0);
});

Deno.test("createAlarm() makes an alarm that never rings after Infinity", () => {
  const platform = new FakePlatform();

  createAlarm(platform)(Infinity, () => {});

  assertEquals(platform.timers, 0);
});

Deno.test("createAlarm() never asks for a longer wait than timers can do", () => {
  const platform = new FakePlatform();

  createAlarm(platform)(1e12, () => {});

  assertEquals(platform.untilNextTimer, 2 ** 31 - 1);
});

Deno.test("defaultPlatform has a clock, timers and chance", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const before = defaultPlatform.now();

  defaultPlatform.clearTimer(defaultPlatform.setTimer(() => resolve(), 0));
  defaultPlatform.setTimer(resolve, 0);
  await promise;

  const drawn = defaultPlatform.random();
  assertEquals([defaultPlatform.now() >= before, drawn >= 0 && drawn < 1], [true, true]);
});

Deno.test("defaultPlatform.connect() hands url and protocols to the runtime, which checks them", () => {
  assertThrows(() => defaultPlatform.connect("ws://localhost", ["a b"]), DOMException);
  assertThrows(() => defaultPlatform.connect("nowhere", []), DOMException);
});

Deno.test("defaultPlatform.connect() gives headers only where there are some", () => {
  const made: unknown[][] = [];
  const before = globalThis.WebSocket;
  globalThis.WebSocket = class {
    constructor(...given: unknown[]) {
      made.push(given);
    }
  } as unknown as typeof WebSocket;
  try {
    defaultPlatform.connect("ws://localhost", ["a"]);
    defaultPlatform.connect("ws://localhost", ["a"], { "x-a": "b" });
  } finally {
    globalThis.WebSocket = before;
  }

  assertEquals(made, [
    ["ws://localhost", ["a"]],
    ["ws://localhost", { protocols: ["a"], headers: { "x-a": "b" } }],
  ]);
});
