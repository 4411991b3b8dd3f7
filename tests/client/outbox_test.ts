import { assertEquals } from "@std/assert";
import { resolveOptions } from "../../src/client/options.ts";
import { createOutbox } from "../../src/client/outbox.ts";
import type { ReconnectingClientConfig } from "../../src/client/config.ts";
import { FakePlatform } from "./fakes.ts";

function makeOutbox(config: Partial<ReconnectingClientConfig> = {}) {
  const platform = new FakePlatform();
  const dropped: [message: unknown, reason: string, limit: number][] = [];
  const options = resolveOptions({ url: "ws://localhost", platform, ...config });
  const outbox = createOutbox(options, (...drop) => dropped.push(drop));
  const drain = () => {
    const frames: unknown[] = [];
    outbox.drain(({ frame }) => frames.push(frame));
    return frames;
  };
  return { platform, outbox, dropped, drain };
}

Deno.test("Outbox.drain() takes out messages in the order in which they were added", () => {
  const { outbox, drain } = makeOutbox();

  for (const text of ["a", "b", "c"]) outbox.add(text, text);

  assertEquals([outbox.items.size, drain(), outbox.items.size], [3, ["a", "b", "c"], 0]);
});

Deno.test("Outbox.add() refuses a message beyond the count, and keeps those before it", () => {
  const { outbox, dropped, drain } = makeOutbox({ maxQueuedMessages: 2 });

  const outcomes = ["a", "b", "c"].map((text) => outbox.add(text, text));

  assertEquals(outcomes, ["queued", "queued", "dropped"]);
  assertEquals([dropped, drain()], [[["c", "messages", 2]], ["a", "b"]]);
});

Deno.test("Outbox.add() refuses a message beyond the bytes, counted in UTF-8", () => {
  const { outbox, dropped } = makeOutbox({ maxQueuedBytes: 5 });

  const outcomes = ["äö", "ü", "u"].map((text) => outbox.add(text, text));

  assertEquals([outcomes, dropped], [["queued", "dropped", "queued"], [["ü", "bytes", 5]]]);
});

Deno.test("Outbox.add() refuses every message when there is to be no outbox", () => {
  const { outbox } = makeOutbox({ maxQueuedMessages: 0 });

  assertEquals(outbox.add("a", "a"), "dropped");
});

Deno.test("Outbox.add() makes room by dropping what has waited too long", () => {
  const { platform, outbox, dropped } = makeOutbox({ maxQueuedMessages: 1, maxQueuedAgeMs: 100 });
  outbox.add("old", "old");
  platform.advance(100);

  assertEquals([outbox.add("new", "new"), dropped], ["queued", [["old", "age", 100]]]);
});

Deno.test("Outbox.expire() drops what has waited too long, and nothing else", () => {
  const { platform, outbox, dropped, drain } = makeOutbox({ maxQueuedAgeMs: 100 });
  outbox.add("old", "old");
  platform.advance(50);
  outbox.add("young", "young");
  platform.advance(50);

  outbox.expire();

  assertEquals([dropped, drain()], [[["old", "age", 100]], ["young"]]);
});

Deno.test("Outbox.drain() drops what has waited too long", () => {
  const { platform, outbox, dropped, drain } = makeOutbox({ maxQueuedAgeMs: 100 });
  outbox.add("old", "old");
  platform.advance(100);

  assertEquals([drain(), dropped], [[], [["old", "age", 100]]]);
});

Deno.test("Outbox.add() with an age of Infinity keeps messages for ever", () => {
  const { platform, outbox, drain } = makeOutbox({ maxQueuedAgeMs: Infinity });
  outbox.add("a", "a");
  platform.advance(1e12);

  assertEquals(drain(), ["a"]);
});

Deno.test("Outbox.add() keeps bytes as they were, whatever the application writes into them later", () => {
  const { outbox, drain } = makeOutbox();
  const bytes = new Uint8Array([1, 2, 3]);
  outbox.add(bytes, bytes);

  bytes.fill(9);

  assertEquals(drain(), [new Uint8Array([1, 2, 3])]);
});

Deno.test("Outbox.remove() takes a message out, and makes room for another", () => {
  const { outbox, drain } = makeOutbox({ maxQueuedMessages: 2, maxQueuedBytes: 2 });
  for (const text of ["a", "b"]) outbox.add(text, text);
  const [first] = [...outbox.items];

  outbox.remove(first!);

  assertEquals([first?.message, outbox.add("c", "c"), drain()], ["a", "queued", ["b", "c"]]);
});
