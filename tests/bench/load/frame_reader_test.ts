/**
 * Tests of how the load generator finds frames.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { FrameReader } from "./frame_reader.ts";
import { TEXT } from "./frames.ts";

/** A server's frame. */
function frame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head = length < 126
    ? [0x80 | opcode, length]
    : length < 65_536
    ? [0x80 | opcode, 126, length >> 8, length & 0xff]
    : [0x80 | opcode, 127, 0, 0, 0, 0, length >>> 24, length >> 16 & 0xff, length >> 8 & 0xff, length & 0xff];
  return new Uint8Array([...head, ...payload]);
}

for (
  const { bytes, head } of [
    { bytes: 0, head: 2 },
    { bytes: 125, head: 2 },
    { bytes: 126, head: 4 },
    { bytes: 65_535, head: 4 },
    { bytes: 65_536, head: 10 },
    { bytes: 200_000, head: 10 },
  ]
) {
  Deno.test(`FrameReader.read() finds a frame of ${bytes} bytes, and not before it is whole`, () => {
    const reader = new FrameReader();
    const before = frame(TEXT, new Uint8Array(3));
    const whole = new Uint8Array([...before, ...frame(TEXT, new Uint8Array(bytes))]);

    const found = reader.read(whole, before.length, whole.length);
    const [from, to] = [reader.from, reader.to];

    assertEquals(found, true);
    assertEquals([from, to], [before.length + head, whole.length]);
    assertEquals(reader.opcode, TEXT);
    for (const end of new Set([before.length, before.length + 1, before.length + head - 1, whole.length - 1])) {
      assertEquals(reader.read(whole, before.length, end), false, `up to ${end} of ${whole.length}`);
    }
  });
}

Deno.test("FrameReader.read() takes eight bytes of length for one number", () => {
  const reader = new FrameReader();

  const found = reader.read(new Uint8Array([0x81, 127, 0, 0, 0, 1, 0x80, 0, 0, 2]), 0, 10);

  assertEquals(found, false);
  assertEquals(reader.to - reader.from, 2 ** 32 + 2 ** 31 + 2);
});

Deno.test("FrameReader.read() refuses fragments, reserved bits and masks", () => {
  for (const head of [[0x01, 0], [0x80, 0], [0xc1, 0], [0x81, 0x80]]) {
    assertThrows(() => new FrameReader().read(new Uint8Array(head), 0, 2), Error, "A server sent");
  }
});
