import { assertEquals } from "@std/assert";
import { createGatherer } from "../../src/client/gather.ts";
import type { Payload } from "../../src/protocol/codec.ts";

function makeGatherer() {
  const frames: Payload[] = [];
  return { frames, ...createGatherer((frame) => frames.push(frame)) };
}

Deno.test("Gatherer.send() sends at once until it is told how many messages a frame may have", () => {
  const { frames, send } = makeGatherer();

  send("1");
  send("2");

  assertEquals(frames, ["1", "2"]);
});

Deno.test("Gatherer.send() puts what is sent in one turn into one array", async () => {
  const { frames, send, allow } = makeGatherer();
  allow(100, 1_000);

  send('{"a":1}');
  send('{"a":2}');
  const before = [...frames];
  await Promise.resolve();
  send('{"a":3}');
  await Promise.resolve();

  assertEquals([before, frames], [[], ['[{"a":1},{"a":2}]', '{"a":3}']]);
});

Deno.test("Gatherer.send() fills frames up to their bounds", async () => {
  for (
    const [maxMessages, maxBytes, expected] of [
      [2, 1_000, ["[1,2]", "[3,4]", "5"]],
      [100, 7, ["[1,2,3]", "[4,5]"]],
      [100, 8, ["[1,2,3]", "[4,5]"]],
      [100, 9, ["[1,2,3,4]", "5"]],
      [100, 1, ["1", "2", "3", "4", "5"]],
    ] as const
  ) {
    const { frames, send, allow } = makeGatherer();
    allow(maxMessages, maxBytes);

    for (const text of "12345") send(text);
    await Promise.resolve();

    assertEquals(frames, [...expected]);
  }
});

Deno.test("Gatherer.send() counts bytes and not characters, and makes no frame of more than 64 KiB", async () => {
  const { frames, send, allow } = makeGatherer();
  allow(1_000, Infinity);
  const text = `"${"é".repeat(10_000)}"`;

  for (let i = 0; i < 4; i++) send(text);
  await Promise.resolve();

  assertEquals(frames, [`[${text},${text},${text}]`, text]);
});

Deno.test("Gatherer.send() of bytes sends what came before first", () => {
  const { frames, send, allow } = makeGatherer();
  allow(100, 1_000);

  send("1");
  send(new Uint8Array([2]));

  assertEquals(frames, ["1", new Uint8Array([2])]);
});

Deno.test("Gatherer.flush() sends what was gathered, once", async () => {
  const { frames, send, flush, allow } = makeGatherer();
  allow(100, 1_000);

  send("1");
  flush();
  flush();
  await Promise.resolve();

  assertEquals(frames, ["1"]);
});
