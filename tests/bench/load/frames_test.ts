/**
 * Tests of what the load generator sends.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { maskedFrame, repeated, REQUEST_BYTES, TEXT, upgradeRequest } from "./frames.ts";

/** Payload of a masked frame, read as a server reads it. */
function unmasked(frame: Uint8Array, headBytes: number): Uint8Array {
  const mask = frame.subarray(headBytes, headBytes + 4);
  return frame.slice(headBytes + 4).map((byte, index) => byte ^ mask[index % 4]!);
}

Deno.test("maskedFrame() makes a final masked frame with the length in its head", () => {
  const payload = Uint8Array.from({ length: 125 }, (_, index) => index);

  const frame = maskedFrame(TEXT, payload);

  assertEquals([...frame.subarray(0, 2)], [0x81, 0x80 | 125]);
  assertEquals(unmasked(frame, 2), payload);
});

Deno.test("maskedFrame() writes lengths over 125 in two bytes", () => {
  const payload = Uint8Array.from({ length: 300 }, (_, index) => index & 0xff);

  const frame = maskedFrame(TEXT, payload);

  assertEquals([...frame.subarray(0, 4)], [0x81, 0x80 | 126, 1, 44]);
  assertEquals(unmasked(frame, 4), payload);
});

Deno.test("repeated() puts a frame after itself", () => {
  assertEquals([...repeated(new Uint8Array([1, 2]), 3)], [1, 2, 1, 2, 1, 2]);
});

Deno.test("upgradeRequest() has the size of a browser's request, with and without a subprotocol", () => {
  for (const protocol of [undefined, "switchboard.v1"]) {
    const bytes = upgradeRequest("127.0.0.1:65535", "/ws", protocol);
    const text = new TextDecoder().decode(bytes);

    assertEquals(bytes.length, REQUEST_BYTES);
    assertEquals(text.indexOf("\r\n\r\n"), REQUEST_BYTES - 4);
    assertEquals(text.includes("\r\nSec-WebSocket-Protocol: switchboard.v1\r\n"), protocol !== undefined);
  }
});
